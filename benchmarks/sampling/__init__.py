"""Sampling: which policy finds a good score in the least time, asking included."""

TABLES = ("policy",)
