"""What a sweep says of itself on its parent run."""

MODEL, VERSION, ALIAS = "bigtrain.model", "bigtrain.model_version", "bigtrain.model_alias"
DECISION, BEST_TRIAL, SHIPPED = "bigtrain.model_reason", "bigtrain.best_trial", "bigtrain.shipped"
END, TIMEOUT, BLEND = "bigtrain.end", "bigtrain.timeout", "bigtrain.blend"
SPLIT = "bigtrain.split_digest"
"""Digest of the rows held out; that of every cell is `bigtrain.tracking.content.DATA`."""

SECONDS = "seconds"
"""The metric that says how long the sweep took in all its processes."""
