"""Laws of reading tables."""
