"""What a record costs."""

TABLES = ("trial", "folder")
