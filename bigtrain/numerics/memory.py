"""Arrays that begin where a cache line does."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

LINE = 64
"""Bytes of a cache line, and of the widest vector. A load that straddles two lines costs two: the products of
small tiles took 1.6 times as long on numpy's own arrays, which begin at any multiple of 16."""


def aligned(shape: int | tuple[int, ...], dtype: Any = np.float64) -> Array:
    """Return an empty C-contiguous array that begins at a cache line."""
    return aligned_arrays((shape, dtype))[0]


def aligned_arrays(*kinds: tuple[int | tuple[int, ...], Any]) -> list[Array]:
    """Return empty C-contiguous arrays of these (shape, dtype), each of which begins at a cache line.

    They lie in one block of memory: to ask for it and find out where it lies takes longer than all the rest.
    Behind each, the last too, the block goes on for a line at least: a kernel may read and put back a whole
    vector that begins in an array and ends in the next.
    """
    sizes = [
        (shape if isinstance(shape, int) else prod(shape)) * np.dtype(dtype).itemsize
        for shape, dtype in kinds
    ]
    ends = list(accumulate(-(-size // LINE) * LINE for size in sizes))
    raw = np.empty(ends[-1] + 2 * LINE, dtype=np.uint8)
    first = -raw.__array_interface__["data"][0] % LINE
    return [
        np.ndarray(shape, dtype, raw, first + start)
        for (shape, dtype), start in zip(kinds, (0, *ends), strict=False)
    ]


def aligned_copies(arrays: Sequence[Array], columns: Array) -> list[Array]:
    """Return C-contiguous copies of some columns of each array (…, K), that begin at cache lines."""
    copies = aligned_arrays(*(((*array.shape[:-1], len(columns)), array.dtype) for array in arrays))
    for array, copy in zip(arrays, copies, strict=True):
        array.take(columns, axis=-1, out=copy, mode="clip")  # "raise" would go by way of another copy
    return copies
