"""AutoML: what a table is predicted with after the same seconds on the same cores, beside FLAML."""

TABLES = ("recipe",)
