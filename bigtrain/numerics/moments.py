"""Sums of products of the columns of dense rows, of all rows or of each batch."""

from __future__ import annotations

from math import sqrt
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .compilation import call, compiled
from .memory import aligned
from .products import fetch_row, product_address
from .register_tile import VECTOR, WIDEST, place_of

Array: TypeAlias = NDArray[Any]

TILE = 64
"""Rows taken at once; of 100 features they are 100 kB and stay in the second-level cache."""


WIDE = 512
"""Above so many columns the sums outgrow the second-level cache, and BLAS reads them less often."""


@compiled
def _add_products(product, X, y, weight, order, starts, near, tile, sums):
    """sums[b] = Σ z·zᵀ over the rows of batch b, where z = √s·(x − near, 1, y − near)."""
    p, m, width = X.shape[1], y.shape[1], tile.shape[1]
    q, size = p + 1 + m, tile.itemsize
    for b in range(starts.shape[0] - 1):
        for first in range(starts[b], starts[b + 1], TILE):
            count = min(TILE, starts[b + 1] - first)
            for i in range(count):
                row = first + i
                if order.shape[0]:
                    fetch_row(X, order, row)
                    row = order[row]
                root = sqrt(weight[row]) if weight.shape[0] else 1.0
                for j in range(p):
                    tile[i, j] = root * (X[row, j] - near[j])
                tile[i, p] = root
                for t in range(m):
                    tile[i, p + 1 + t] = root * (y[row, t] - near[p + t])
            for k in range(0, width, WIDEST):  # the upper triangle, by panels of columns
                columns = min(WIDEST, width - k)
                out = place_of(sums) + (b * q * width + k) * size
                rows, right = min(q, k + columns), place_of(tile) + k * size
                more = first > starts[b]
                call(
                    product,
                    (place_of(tile), 0, 1, width, rows, count, right, columns, width, out, more, tile[0, 0]),
                )
        for i in range(q):
            for j in range(i):
                sums[b, i, j] = sums[b, j, i]


def products_of_rows(
    X: Array, y: Array, weight: Array, near: Array, *, order: Array | None = None, starts: Array | None = None
) -> Array:
    """Return Σ z·zᵀ of shape (B, p + 1 + m, p + 1 + m) by batch, where z = √s·(x − near, 1, y − near).

    Parameters
    ----------
    X : ndarray of shape (n, p)
        C-contiguous rows.
    y : ndarray of shape (n, m)
        Targets.
    weight : ndarray of shape (n,) or (0,)
        s; empty where it is 1 everywhere.
    near : ndarray of shape (p + m,)
        What is taken off features and targets.
    order, starts : ndarray of int, optional
        Rows as batches take them, and where each batch starts in that order, n included. Default: one batch.
    """
    q = X.shape[1] + 1 + y.shape[1]
    if starts is None and q > WIDE:
        return _product_by_blas(X, y, weight, near)[None]
    width = -(-q // VECTOR) * VECTOR
    starts = np.array([0, len(X)]) if starts is None else starts
    order = np.empty(0, dtype=np.int64) if order is None else order
    tile, sums = aligned((TILE, width)), aligned((len(starts) - 1, q, width))
    tile[:, q:] = 0.0
    float64 = np.dtype(np.float64)
    _add_products(
        product_address(float64), X, np.ascontiguousarray(y, dtype=float64),
        np.ascontiguousarray(weight, dtype=float64), order, starts, near, tile, sums,
    )  # fmt: skip
    return sums[:, :, :q]


def _product_by_blas(X: Array, y: Array, weight: Array, near: Array) -> Array:
    """Return Σ z·zᵀ of all rows (p + 1 + m, p + 1 + m)."""
    p = X.shape[1]
    z = np.empty((len(X), p + 1 + y.shape[1]))
    np.subtract(X, near[:p], out=z[:, :p])
    np.subtract(y, near[p:], out=z[:, p + 1 :])
    z[:, p] = 1.0
    if len(weight):
        z *= np.sqrt(weight)[:, None]
    return np.asarray(z.T @ z)
