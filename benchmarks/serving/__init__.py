"""Serving: one registered version behind two servers."""

TABLES = ("requests", "held_load")
