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
from .memory import LINE
from .register_tile import VECTOR, WIDEST, fetch_soon, packed, place_of, register_tile, size_of

PANEL = 2**14
"""Bytes of the largest panel that is read for one tile of rows after the other: half of a small cache."""

DEEP, MANY = 32, 24
"""Rows of a panel, and rows it is multiplied by, from which on it is copied first: its own may lie so far
apart that they share a few places of the cache, which then doesn't hold them all."""

AHEAD = 8
"""How many rows before its turn a row is fetched: in a drawn order it may lie anywhere."""


def _panel(columns: int) -> Callable[..., None]:
    """Build the loop over the tiles of one panel of so many columns."""
    one, three, four, five, six = (register_tile(rows, columns) for rows in (1, 3, 4, 5, 6))
    pack = packed(columns, PANEL)

    @register_jitable(forceinline=True)
    def panel(a, along, across, rows, inner, w, out, width, add, kind):
        size: int = size_of(kind)
        first, depth, part, between, deepest = 0, inner, w, width, PANEL // (columns * size)
        while first < inner:
            if inner >= DEEP and rows >= MANY:
                depth, between = min(deepest, inner - first), columns
                part = pack(w + first * width * size, width, depth, kind)
            left, place, to, more = rows, a + first * across * size, out, add or first > 0
            while left > 0:
                # At the end two even tiles, for one of few rows would wait for its own sums.
                count = 6 if left >= 12 else left if left <= 6 else (left + 1) >> 1
                if count == 6:
                    six(place, along, across, depth, part, between, to, width, more, kind)
                elif count == 5:
                    five(place, along, across, depth, part, between, to, width, more, kind)
                elif count == 4:
                    four(place, along, across, depth, part, between, to, width, more, kind)
                elif count == 3:
                    three(place, along, across, depth, part, between, to, width, more, kind)
                else:
                    count = 1
                    one(place, along, across, depth, part, between, to, width, more, kind)
                left, place, to = left - count, place + count * along * size, to + count * width * size
            first += depth

    return panel


_wide, _narrow = _panel(WIDEST), _panel(VECTOR)


def product(a, first, along, across, rows, inner, w, columns, width, out, add, kind):
    """out[i] = Σ_j a[i, j]·w[j] for i < rows and j < inner; or, where `add` is true, that added to `out`.

    a, w and out are places in memory of numbers like `kind`, and a[i, j] is the one at
    ``first + i·along + j·across``; of w and of out, whose rows are `width` numbers apart, so many columns are
    read and written: a multiple of `VECTOR`.

    It is no closure, unlike other kernels with something to choose: numba keeps one by what it holds, and
    what these hold has another name in each process, so that it would be compiled in each.
    """
    size: int = size_of(kind)
    k, place = 0, a + first * size
    while k + WIDEST <= columns:
        _wide(place, along, across, rows, inner, w + k * size, out + k * size, width, add, kind)
        k += WIDEST
    while WIDEST > VECTOR and k < columns:
        _narrow(place, along, across, rows, inner, w + k * size, out + k * size, width, add, kind)
        k += VECTOR


@cache
def product_address(dtype: np.dtype[Any]) -> int:
    """Where the compiled product lies; compiled once for all kernels."""
    return address(product, (types.intp,) * 10 + (types.boolean, from_dtype(dtype)))


@register_jitable
def symmetric_product(product, moments, b, w, g):
    """g = G·w for w (q, K) and the symmetric matrix G of the first q rows and columns of moments[b]."""
    q, K = w.shape
    _, rows, width = moments.shape
    if K > 1:
        first = b * rows * width
        call(
            product,
            (place_of(moments), first, width, 1, q, q, place_of(w), K, K, place_of(g), False, w[0, 0]),
        )
        return
    column = w.ravel()
    for i in range(q):
        total = 0.0
        for j in range(q):
            total += moments[b, i, j] * column[j]
        g[i, 0] = total


@register_jitable
def fetch_row(X, order, i):
    """Have the row that comes so long after number i of the order brought to the first-level cache."""
    p, size = X.shape[1], X.itemsize
    place = place_of(X) + order[min(i + AHEAD, order.shape[0] - 1)] * p * size
    for line in range(0, p * size, LINE):
        fetch_soon(place + line)
    fetch_soon(place + (p - 1) * size)


@register_jitable
def predict_dense(product, X, order, start, count, w, tile, r):
    """r = X·w + b for `count` rows.

    For several columns they are copied into `tile`, whose last column is 1 everywhere.
    """
    p, K = X.shape[1], w.shape[1]
    if K > 1:
        for i in range(count):
            fetch_row(X, order, start + i)
            row = order[start + i]
            for j in range(p):
                tile[i, j] = X[row, j]
        call(
            product,
            (place_of(tile), 0, p + 1, 1, count, p + 1, place_of(w), K, K, place_of(r), False, w[0, 0]),
        )
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
        call(
            product,
            (place_of(tile), 0, 1, p + 1, p + 1, count, place_of(r), K, K, place_of(g), True, r[0, 0]),
        )
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
