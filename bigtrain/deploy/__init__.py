"""From a registered version to wherever it is of use."""

from bigtrain.deploy.loading import LoadedModel, find_version, load_model, open_registry

__all__ = ["LoadedModel", "find_version", "load_model", "open_registry"]
