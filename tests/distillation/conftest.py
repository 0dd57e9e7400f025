"""The store of a sweep that has ended."""

from tests.compression.conftest import _own_cache, home, store

__all__ = ["_own_cache", "home", "store"]
