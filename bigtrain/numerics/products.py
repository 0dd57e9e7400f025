"""Products of tiles of rows with blocks of columns.

The dense ones take whole vectors of columns, as many as a multiple of `VECTOR`, in tiles that stay in
registers; on these narrow blocks that takes half the time of BLAS. One column has loops of its own, where the
features are what can be vectorised.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import from_dtype, types
from numba.extending import register_jitable

from .compilation import address, call
from .register_tile import VECTOR, WIDEST, place_of, register_tile


def _product(real: types.Float) -> Callable[..., None]:
    """Build the loop over tiles for one kind of numbers."""
    size = real.bitwidth // 8

    def panel(columns: int) -> Callable[..., None]:
        six, two, one = (register_tile(rows, columns, real) for rows in (6, 2, 1))

        @register_jitable(forceinline=True)
        def fill(a, along, across, rows, inner, w, width, out, add):
            i = 0
            while i + 6 <= rows:
                six(a + i * along * size, along, across, inner, w, width, out + i * width * size, add)
                i += 6
            while i + 2 <= rows:
                two(a + i * along * size, along, across, inner, w, width, out + i * width * size, add)
                i += 2
            if i < rows:
                one(a + i * along * size, along, across, inner, w, width, out + i * width * size, add)

        return fill

    wide, narrow = panel(WIDEST), panel(VECTOR)

    def product(a, first, along, across, rows, inner, w, columns, width, out, add):
        """out[i] = Σ_j a[i, j]·w[j] for i < rows and j < inner; or, where `add` is true, that added to `out`.

        a, w and out are places in memory, and a[i, j] is the number at ``first + i·along + j·across``; of w
        and of out, whose rows are `width` numbers apart, so many columns are read and written: a multiple of
        `VECTOR`.
        """
        k = 0
        while k + WIDEST <= columns:
            wide(a + first * size, along, across, rows, inner, w + k * size, width, out + k * size, add)
            k += WIDEST
        while k < columns:
            narrow(a + first * size, along, across, rows, inner, w + k * size, width, out + k * size, add)
            k += VECTOR

    return product


@cache
def product_address(dtype: np.dtype[Any]) -> int:
    """Where the compiled product lies; compiled once for all kernels."""
    return address(_product(from_dtype(dtype)), (types.intp,) * 10 + (types.boolean,))


@register_jitable
def symmetric_product(product, G, b, w, g):
    """g = G·w for w (q, K) and the symmetric matrix number b of G, which has them on top of each other."""
    q, K = w.shape
    if K > 1:
        call(product, (place_of(G), b * q * q, q, 1, q, q, place_of(w), K, K, place_of(g), False))
        return
    column = w.ravel()
    for i in range(q):
        total = 0.0
        for j in range(q):
            total += G[b * q + i, j] * column[j]
        g[i, 0] = total


@register_jitable
def predict_dense(product, X, order, start, count, w, tile, r):
    """r = X·w + b for `count` rows.

    For several columns they are copied into `tile`, whose last column is 1 everywhere.
    """
    p, K = X.shape[1], w.shape[1]
    if K > 1:
        for i in range(count):
            row = order[start + i]
            for j in range(p):
                tile[i, j] = X[row, j]
        call(product, (place_of(tile), 0, p + 1, 1, count, p + 1, place_of(w), K, K, place_of(r), False))
        return
    column = w.ravel()
    for i in range(count):
        row, total = order[start + i], column[p]
        for j in range(p):
            total += X[row, j] * column[j]
        r[i, 0] = total


@register_jitable
def gather_dense(product, X, order, start, count, tile, r, g):
    """g += Xᵀ·r of the same rows, the intercept's row being the sum of r."""
    p, K = X.shape[1], g.shape[1]
    if K > 1:
        call(product, (place_of(tile), 0, 1, p + 1, p + 1, count, place_of(r), K, K, place_of(g), True))
        return
    column = g.ravel()
    for i in range(count):
        row, slope = order[start + i], r[i, 0]
        for j in range(p):
            column[j] += slope * X[row, j]
        column[p] += slope


@register_jitable
def predict_sparse(product, X, order, start, count, w, tile, r):
    """r = X·w + b for `count` rows of a CSR matrix (data, indices, indptr)."""
    data, indices, indptr = X
    p, K = w.shape[0] - 1, w.shape[1]
    for i in range(count):
        row = order[start + i]
        for k in range(K):
            r[i, k] = w[p, k]
        for at in range(indptr[row], indptr[row + 1]):
            x, j = data[at], indices[at]
            for k in range(K):
                r[i, k] += x * w[j, k]


@register_jitable
def gather_sparse(product, X, order, start, count, tile, r, g):
    """g += Xᵀ·r of the same rows."""
    data, indices, indptr = X
    p, K = g.shape[0] - 1, g.shape[1]
    for i in range(count):
        row = order[start + i]
        for at in range(indptr[row], indptr[row + 1]):
            x, j = data[at], indices[at]
            for k in range(K):
                g[j, k] += x * r[i, k]
        for k in range(K):
            g[p, k] += r[i, k]
