"""Rivals: the same tracked search by other tools, from the start of the process to a registered model."""

TABLES = ("by_hand", "by_tools")
