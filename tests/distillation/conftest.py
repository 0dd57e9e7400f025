"""The store of a sweep that has ended."""

from tests.compression.conftest import home, store

__all__ = ["home", "store"]
