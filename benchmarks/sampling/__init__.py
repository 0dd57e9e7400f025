"""Sampling: which policy finds a good score in the least time, asking included."""

TABLES = ("policy", "pruning")
"""The best score by the second: of samplers and cohort sizes, and of pruners."""
