"""Engines: what a second worker is worth, by what runs the work and by the work."""

TABLES = ("speed_up",)
