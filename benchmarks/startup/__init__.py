"""Startup: how long a person waits for the first word, and for a sweep that was there before."""

TABLES = ("first_word", "resume")
