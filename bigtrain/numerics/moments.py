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
def _add_products(product, X, y, weight, order, starts, near, mean, tile, sums):
    """sums[b] = Σ z·zᵀ over the rows of batch b, where z = √s·(x − near, 1, y − near), or their mean."""
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
        count = starts[b + 1] - starts[b] if mean else 1
        for i in range(q):
            for j in range(i):
                sums[b, i, j] = sums[b, j, i]
            for j in range(i, q):
                sums[b, i, j] /= count


def products_of_rows(X: Array, y: Array, weight: Array, near: Array) -> Array:
    """Return Σ z·zᵀ of shape (p + 1 + m, p + 1 + m), where z = √s·(x − near, 1, y − near).

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
    """
    z = X.shape[1] + 1 + y.shape[1]
    if z > WIDE:
        return _product_by_blas(X, y, weight, near)
    in_turn, whole = np.empty(0, dtype=np.int64), np.array([0, len(X)])
    return _products(X, y, weight, in_turn, whole, near, mean=False)[0, :, :z]


def mean_products_of_batches(
    X: Array, y: Array, weight: Array, order: Array, starts: Array, into: Array | None = None
) -> Array:
    """Return Σ z·zᵀ/|b| of each batch b, where z = √s·(x, 1, y), of shape (B, p + 1 + m, whole vectors).

    Parameters
    ----------
    X, y, weight
        As `products_of_rows` takes them.
    order, starts : ndarray of int
        Rows as batches take them, and where each batch starts in that order, n included.
    into : ndarray, optional
        What was returned for other batches of the same number, to be overwritten.
    """
    near = np.zeros(X.shape[1] + y.shape[1])
    return _products(X, y, weight, order, starts, near, mean=True, into=into)


def _products(
    X: Array, y: Array, weight: Array, order: Array, starts: Array, near: Array, *,
    mean: bool, into: Array | None = None,
) -> Array:  # fmt: skip
    z = X.shape[1] + 1 + y.shape[1]
    width = -(-z // VECTOR) * VECTOR
    tile, sums = aligned((TILE, width)), aligned((len(starts) - 1, z, width)) if into is None else into
    tile[:, z:] = 0.0
    float64 = np.dtype(np.float64)
    _add_products(
        product_address(float64), X, np.ascontiguousarray(y, dtype=float64),
        np.ascontiguousarray(weight, dtype=float64), order, starts, near, mean, tile, sums,
    )  # fmt: skip
    return sums


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
