"""One seed for a sweep, and from it a seed for everything in it."""

from __future__ import annotations

import hashlib


def derive_seed(seed: int, *path: str | int) -> int:
    """Return the 32-bit seed of one part of a sweep.

    It is a hash of the sweep's seed and of the part's name and number alone, so that it is the same
    whatever was done before, on whichever worker.

    >>> derive_seed(0, "fold", 1) == derive_seed(0, "fold", 1)
    True
    >>> derive_seed(0, "fold", 1) == derive_seed(0, "fold", 2)
    False
    """
    text = "/".join(str(part) for part in (seed, *path))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")
