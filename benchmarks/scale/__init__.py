"""Scale: one whole command on a large table, from the start of the process to the champion."""

TABLES = ("whole_sweep",)
