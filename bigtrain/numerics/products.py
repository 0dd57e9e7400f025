"""Products of tiles of rows with blocks of columns.

Written out in loops: four rows of one side and four of the other at a time, so that sixteen products are
added for eight numbers read, and all of it stays in registers. Compiled for the processor at hand they take
half the time of BLAS on these narrow blocks. They index plainly; slices and array expressions inside them
would cost more than the arithmetic. One column has loops of its own, where the features are what can be
vectorised.
"""

from __future__ import annotations

from numba.extending import register_jitable


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
    else:
        rows_product(G, q, w, q - 1, g)


@register_jitable
def rows_product(a, count, w, p, out):
    """out[i] = Σ a[i, j]·w[j] for i < count, where a column p that `a` hasn't got is 1 everywhere."""
    K = w.shape[1]
    i = 0
    while i + 4 <= count:
        a0, b0, c0, d0 = 1.0, 1.0, 1.0, 1.0
        if a.shape[1] > p:
            a0, b0, c0, d0 = a[i, p], a[i + 1, p], a[i + 2, p], a[i + 3, p]
        for k in range(K):
            w0 = w[p, k]
            out[i, k] = a0 * w0
            out[i + 1, k] = b0 * w0
            out[i + 2, k] = c0 * w0
            out[i + 3, k] = d0 * w0
        j = 0
        while j + 4 <= p:
            a0, a1, a2, a3 = a[i, j], a[i, j + 1], a[i, j + 2], a[i, j + 3]
            b0, b1, b2, b3 = a[i + 1, j], a[i + 1, j + 1], a[i + 1, j + 2], a[i + 1, j + 3]
            c0, c1, c2, c3 = a[i + 2, j], a[i + 2, j + 1], a[i + 2, j + 2], a[i + 2, j + 3]
            d0, d1, d2, d3 = a[i + 3, j], a[i + 3, j + 1], a[i + 3, j + 2], a[i + 3, j + 3]
            for k in range(K):
                w0, w1, w2, w3 = w[j, k], w[j + 1, k], w[j + 2, k], w[j + 3, k]
                out[i, k] += a0 * w0 + a1 * w1 + a2 * w2 + a3 * w3
                out[i + 1, k] += b0 * w0 + b1 * w1 + b2 * w2 + b3 * w3
                out[i + 2, k] += c0 * w0 + c1 * w1 + c2 * w2 + c3 * w3
                out[i + 3, k] += d0 * w0 + d1 * w1 + d2 * w2 + d3 * w3
            j += 4
        while j < p:
            a0, b0, c0, d0 = a[i, j], a[i + 1, j], a[i + 2, j], a[i + 3, j]
            for k in range(K):
                w0 = w[j, k]
                out[i, k] += a0 * w0
                out[i + 1, k] += b0 * w0
                out[i + 2, k] += c0 * w0
                out[i + 3, k] += d0 * w0
            j += 1
        i += 4
    while i < count:
        row_product(a, i, w, p, out)
        i += 1


@register_jitable
def row_product(a, i, w, p, out):
    """out[i] = Σ a[i, j]·w[j], likewise, of one row."""
    K = w.shape[1]
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
    while j < p:
        a0 = a[i, j]
        for k in range(K):
            out[i, k] += a0 * w[j, k]
        j += 1


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
    else:
        rows_product(tile, count, w, p, r)


@register_jitable
def gather_dense(X, order, start, count, tile, r, g):
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
    i = 0
    while i + 4 <= count:
        j = 0
        while j + 4 <= p:
            a0, a1, a2, a3 = tile[i, j], tile[i + 1, j], tile[i + 2, j], tile[i + 3, j]
            b0, b1, b2, b3 = tile[i, j + 1], tile[i + 1, j + 1], tile[i + 2, j + 1], tile[i + 3, j + 1]
            c0, c1, c2, c3 = tile[i, j + 2], tile[i + 1, j + 2], tile[i + 2, j + 2], tile[i + 3, j + 2]
            d0, d1, d2, d3 = tile[i, j + 3], tile[i + 1, j + 3], tile[i + 2, j + 3], tile[i + 3, j + 3]
            for k in range(K):
                r0, r1, r2, r3 = r[i, k], r[i + 1, k], r[i + 2, k], r[i + 3, k]
                g[j, k] += a0 * r0 + a1 * r1 + a2 * r2 + a3 * r3
                g[j + 1, k] += b0 * r0 + b1 * r1 + b2 * r2 + b3 * r3
                g[j + 2, k] += c0 * r0 + c1 * r1 + c2 * r2 + c3 * r3
                g[j + 3, k] += d0 * r0 + d1 * r1 + d2 * r2 + d3 * r3
            j += 4
        while j < p:
            a0, a1, a2, a3 = tile[i, j], tile[i + 1, j], tile[i + 2, j], tile[i + 3, j]
            for k in range(K):
                g[j, k] += a0 * r[i, k] + a1 * r[i + 1, k] + a2 * r[i + 2, k] + a3 * r[i + 3, k]
            j += 1
        for k in range(K):
            g[p, k] += r[i, k] + r[i + 1, k] + r[i + 2, k] + r[i + 3, k]
        i += 4
    while i < count:
        for j in range(p):
            a0 = tile[i, j]
            for k in range(K):
                g[j, k] += a0 * r[i, k]
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
def gather_sparse(X, order, start, count, tile, r, g):
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
