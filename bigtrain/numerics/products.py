"""Products of tiles of rows with blocks of columns.

Written out in loops up to `SMALL` features, where calling BLAS costs more than it saves, and for one column,
where the features are what can be vectorised. The loops index plainly and take several rows of the other side
at a time, so that what they add to is read and written less often; slices and array expressions inside them
would cost more than the arithmetic.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

SMALL = 24
"""Up to this many features no BLAS."""


@register_jitable
def symmetric_product(G, w, g):
    """g = G·w for symmetric G (q, q) and w (q, K)."""
    q, K = w.shape
    if K == 1:
        column = w.ravel()
        for i in range(q):
            total = 0.0
            for j in range(q):
                total += G[i, j] * column[j]
            g[i, 0] = total
    elif q <= SMALL:
        rows_product(G, q, w, q - 1, g)
    else:
        np.dot(G, w, g)


@register_jitable
def rows_product(a, count, w, p, out):
    """out[i] = Σ a[i, j]·w[j] for i < count, where a column p that `a` hasn't got is 1 everywhere."""
    K = w.shape[1]
    for i in range(count):
        last = a[i, p] if a.shape[1] > p else 1.0
        j = 0
        if p >= 8:
            a0, a1, a2, a3 = a[i, 0], a[i, 1], a[i, 2], a[i, 3]
            a4, a5, a6, a7 = a[i, 4], a[i, 5], a[i, 6], a[i, 7]
            for k in range(K):
                out[i, k] = (last * w[p, k] + a0 * w[0, k] + a1 * w[1, k] + a2 * w[2, k] + a3 * w[3, k]) + (
                    a4 * w[4, k] + a5 * w[5, k] + a6 * w[6, k] + a7 * w[7, k]
                )
            j = 8
        else:
            for k in range(K):
                out[i, k] = last * w[p, k]
        while j + 4 <= p:
            a0, a1, a2, a3 = a[i, j], a[i, j + 1], a[i, j + 2], a[i, j + 3]
            for k in range(K):
                out[i, k] += a0 * w[j, k] + a1 * w[j + 1, k] + a2 * w[j + 2, k] + a3 * w[j + 3, k]
            j += 4
        if j + 2 <= p:
            a0, a1 = a[i, j], a[i, j + 1]
            for k in range(K):
                out[i, k] += a0 * w[j, k] + a1 * w[j + 1, k]
            j += 2
        if j < p:
            a0 = a[i, j]
            for k in range(K):
                out[i, k] += a0 * w[j, k]


@register_jitable
def predict_dense(X, order, start, count, w, tile, r):
    """r = X·w + b for `count` rows, which are copied side by side into `tile`."""
    p, K = X.shape[1], w.shape[1]
    for i in range(count):
        row = order[start + i]
        for j in range(p):
            tile[i, j] = X[row, j]
    if K == 1:
        column = w.ravel()
        for i in range(count):
            total = column[p]
            for j in range(p):
                total += tile[i, j] * column[j]
            r[i, 0] = total
    elif p <= SMALL:
        rows_product(tile, count, w, p, r)
    else:
        np.dot(tile[:count], w[:p], r[:count])
        for i in range(count):
            for k in range(K):
                r[i, k] += w[p, k]


@register_jitable
def gather_dense(X, order, start, count, tile, r, g, product):
    """g += Xᵀ·r of the tile, the intercept's row being the sum of r."""
    p, K = X.shape[1], g.shape[1]
    if K == 1:
        column = g.ravel()
        for i in range(count):
            slope = r[i, 0]
            for j in range(p):
                column[j] += slope * tile[i, j]
            column[p] += slope
        return
    if p > SMALL:
        np.dot(tile[:count].T, r[:count], product)
        for j in range(p):
            for k in range(K):
                g[j, k] += product[j, k]
    i = 0
    while i + 4 <= count:
        if p <= SMALL:
            for j in range(p):
                x0, x1, x2, x3 = tile[i, j], tile[i + 1, j], tile[i + 2, j], tile[i + 3, j]
                for k in range(K):
                    g[j, k] += x0 * r[i, k] + x1 * r[i + 1, k] + x2 * r[i + 2, k] + x3 * r[i + 3, k]
        for k in range(K):
            g[p, k] += r[i, k] + r[i + 1, k] + r[i + 2, k] + r[i + 3, k]
        i += 4
    while i < count:
        if p <= SMALL:
            for j in range(p):
                x0 = tile[i, j]
                for k in range(K):
                    g[j, k] += x0 * r[i, k]
        for k in range(K):
            g[p, k] += r[i, k]
        i += 1


@register_jitable
def predict_sparse(X, order, start, count, w, tile, r):
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
def gather_sparse(X, order, start, count, tile, r, g, product):
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
