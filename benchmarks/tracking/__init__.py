"""What a record costs."""

TABLES = ("trial", "overhead", "folder")
