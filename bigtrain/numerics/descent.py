"""The kernels that take the steps: on statistics, on dense rows, on sparse rows.

All take the same columns (see `Columns`) and the same way through an epoch: the slope of the loss by every
weight, one update a run of columns of one optimizer, and at the end the objective and who stops.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from .compilation import call, compiled
from .stop_reason import StopReason

TILE = 128
"""Rows taken at once: residuals of a tile for 64 columns are 64 kB."""

SMALL = 24
"""Up to this many features a product is written out here: BLAS costs more to call than it saves."""

CONVERGED, MAX_ITER, DIVERGED = (
    int(r) for r in (StopReason.CONVERGED, StopReason.MAX_ITER, StopReason.DIVERGED)
)
SMALLEST_FACTOR = 1e-6
"""`adaptive` ends when the rate has been divided down to this part of itself."""


@register_jitable
def add_scaled_rows(out, a, i, B):  # type: ignore[no-untyped-def]
    """out += Σⱼ a[i, j]·B[j], four rows of B at a time so that `out` is read and written a quarter as often."""
    n, columns = B.shape
    j = 0
    while j + 4 <= n:
        a0, a1, a2, a3 = a[i, j], a[i, j + 1], a[i, j + 2], a[i, j + 3]
        b0, b1, b2, b3 = B[j], B[j + 1], B[j + 2], B[j + 3]
        for k in range(columns):
            out[k] += a0 * b0[k] + a1 * b1[k] + a2 * b2[k] + a3 * b3[k]
        j += 4
    while j < n:
        a0, b0 = a[i, j], B[j]
        for k in range(columns):
            out[k] += a0 * b0[k]
        j += 1


@register_jitable
def symmetric_product(G, w, g):  # type: ignore[no-untyped-def]
    """g = G·w for G (q, q) and w (q, K)."""
    q, columns = w.shape
    if columns == 1:
        for i in range(q):
            total, row = 0.0, G[i]
            for j in range(q):
                total += row[j] * w[j, 0]
            g[i, 0] = total
    elif q <= SMALL:
        for i in range(q):
            g[i] = 0.0
            add_scaled_rows(g[i], G, i, w)
    else:
        np.dot(G, w, g)


@register_jitable
def penalties(w, h, penalised, total):  # type: ignore[no-untyped-def]
    """total = l1·Σ|w| + l2·Σw² of each column."""
    total[:] = 0.0
    l1, l2, l1_slope = h[0], h[1], h[2]
    for j in range(penalised):
        row = w[j]
        for k in range(total.shape[0]):
            total[k] += (l1[k] + l1_slope[k]) * abs(row[k]) + 0.5 * l2[k] * row[k] * row[k]


@register_jitable
def take_step(columns, rate):  # type: ignore[no-untyped-def]
    """Update every run of columns of one optimizer by its own kernel, and the running means."""
    w, g, s, h, clock, addresses, bounds, mean, averaging, counted, fits_intercept, penalised = columns
    intercept = g[penalised]
    for k in range(intercept.shape[0]):
        intercept[k] *= fits_intercept[k]
    for r in range(addresses.shape[0]):
        call(addresses[r], (w, g, s, h, clock, rate, penalised, bounds[r], bounds[r + 1]))
    if mean.shape[0]:
        for k in range(counted.shape[0]):
            counted[k] += averaging[k]
        for j in range(w.shape[0]):
            for k in range(counted.shape[0]):
                if averaging[k] > 0:
                    mean[j, k] += (w[j, k] - mean[j, k]) / counted[k]


@register_jitable
def set_rate(rate, factor, ended, out):  # type: ignore[no-untyped-def]
    """The rate of each column at this step: 0 for one that has ended, so that its weights stay."""
    for k in range(out.shape[0]):
        out[k] = rate[k] * factor[k] if ended[k] == 0 else 0.0


@register_jitable
def end_epoch(objective, watch):  # type: ignore[no-untyped-def]
    """Note the objective of the epoch and end the columns that diverge, settle or are through. Count the others."""
    ended, epochs, best, stalls, factor, limit, floor, tol, patience, last, decay, averaging = watch
    live = 0
    for k in range(ended.shape[0]):
        if ended[k] != 0:
            continue
        epochs[k] += 1
        if not objective[k] <= limit[k]:
            ended[k] = DIVERGED
        elif tol[k] >= 0:
            if objective[k] > best[k] - tol[k] * max(best[k], floor[k]):
                stalls[k] += 1
            else:
                stalls[k] = 0
            best[k] = min(best[k], objective[k])
            if stalls[k] >= patience[k]:
                stalls[k] = 0
                factor[k] *= decay[k]  # 0 unless the schedule is adaptive
                if factor[k] < SMALLEST_FACTOR:
                    ended[k] = CONVERGED
        if ended[k] == 0 and epochs[k] >= last[k]:
            ended[k] = MAX_ITER
        if ended[k] == 0:
            live += 1
        else:
            averaging[k] = 0.0
    return live


@compiled
def descend_statistics(G, c, yy, share, target, order, rates, columns, watch, curve, rate, objective):  # type: ignore[no-untyped-def]
    """Train on XᵀX and Xᵀy of the batches: G (B, q, q), c (B, q, m), yy (B, m), visited in `order` (E, B).

    `share` (B,) is the part of the weight of all rows in each batch; `rates` (E·B, K), or (1, K) where they hold
    for every step. Returns the epochs
    done: fewer than E where no column is live any more.
    """
    w, g, h, fits, penalised = columns[0], columns[1], columns[3], columns[10], columns[11]
    ended, factor = watch[0], watch[4]
    epochs, batches = order.shape
    q, K = w.shape
    loss = np.empty(K)
    for e in range(epochs):
        penalties(w, h, penalised, objective)
        for i in range(batches):
            b = order[e, i]
            symmetric_product(G[b], w, g)
            loss[:] = 0.0
            # ½(wᵀGw − 2wᵀc + yᵀy) on the way to the slope Gw − c
            for j in range(q):
                wj, gj, cj = w[j], g[j], c[b, j]
                if cj.shape[0] == 1:
                    cross = cj[0]
                    for k in range(K):
                        loss[k] += wj[k] * (0.5 * gj[k] - cross)
                        gj[k] -= cross
                else:
                    for k in range(K):
                        loss[k] += wj[k] * (0.5 * gj[k] - cj[target[k]])
                        gj[k] -= cj[target[k]]
            for k in range(K):
                objective[k] += share[b] * (loss[k] + 0.5 * yy[b, target[k]])
            set_rate(rates[min(e * batches + i, rates.shape[0] - 1)], factor, ended, rate)
            take_step(columns, rate)
        curve[e] = objective
        if end_epoch(objective, watch) == 0:
            return e + 1
    return epochs


@register_jitable
def predict_dense(X, order, start, count, w, tile, r):  # type: ignore[no-untyped-def]
    """r = X·w + b for `count` rows, which are copied side by side into `tile`."""
    p, K = X.shape[1], w.shape[1]
    for i in range(count):
        tile[i] = X[order[start + i]]
    if K == 1:
        for i in range(count):
            total, row = w[p, 0], tile[i]
            for j in range(p):
                total += row[j] * w[j, 0]
            r[i, 0] = total
    elif p <= SMALL:
        for i in range(count):
            r[i] = w[p]
            add_scaled_rows(r[i], tile, i, w[:p])
    else:
        np.dot(tile[:count], w[:p], r[:count])
        for i in range(count):
            r[i] += w[p]


@register_jitable
def gather_dense(X, order, start, count, tile, r, g, product):  # type: ignore[no-untyped-def]
    """g += Xᵀ·r of the tile, the intercept's row being the sum of r."""
    p, K = X.shape[1], g.shape[1]
    if K == 1:
        for i in range(count):
            slope, row = r[i, 0], tile[i]
            for j in range(p):
                g[j, 0] += slope * row[j]
    elif p <= SMALL:
        i = 0
        while i + 4 <= count:
            r0, r1, r2, r3 = r[i], r[i + 1], r[i + 2], r[i + 3]
            for j in range(p):
                gj, x0, x1, x2, x3 = g[j], tile[i, j], tile[i + 1, j], tile[i + 2, j], tile[i + 3, j]
                for k in range(K):
                    gj[k] += x0 * r0[k] + x1 * r1[k] + x2 * r2[k] + x3 * r3[k]
            i += 4
        while i < count:
            for j in range(p):
                gj, x0, r0 = g[j], tile[i, j], r[i]
                for k in range(K):
                    gj[k] += x0 * r0[k]
            i += 1
    else:
        np.dot(tile[:count].T, r[:count], product)
        g[:p] += product
    for i in range(count):
        g[p] += r[i]


@register_jitable
def predict_sparse(X, order, start, count, w, tile, r):  # type: ignore[no-untyped-def]
    """r = X·w + b for `count` rows of a CSR matrix (data, indices, indptr)."""
    data, indices, indptr = X
    for i in range(count):
        row = order[start + i]
        r[i] = w[w.shape[0] - 1]
        for at in range(indptr[row], indptr[row + 1]):
            x, wj, ri = data[at], w[indices[at]], r[i]
            for k in range(wj.shape[0]):
                ri[k] += x * wj[k]


@register_jitable
def gather_sparse(X, order, start, count, tile, r, g, product):  # type: ignore[no-untyped-def]
    """g += Xᵀ·r of the same rows."""
    data, indices, indptr = X
    for i in range(count):
        row, ri = order[start + i], r[i]
        for at in range(indptr[row], indptr[row + 1]):
            x, gj = data[at], g[indices[at]]
            for k in range(gj.shape[0]):
                gj[k] += x * ri[k]
        g[g.shape[0] - 1] += ri


def _descend_rows(predict, gather):  # type: ignore[no-untyped-def]
    """Build the kernel that trains one epoch on rows read by `predict` and `gather`."""

    def descend_rows(X, y, weight, order, starts, slope, knob, target, rates, columns, watch, curve, rate,
                     objective, tile, residual, row_weight, product):  # type: ignore[no-untyped-def]  # fmt: skip
        """Train on rows in `order`, cut into batches at `starts`; y (n, m), weight (n,) of mean 1 or empty."""
        w, g, h, penalised = columns[0], columns[1], columns[3], columns[11]
        ended, factor = watch[0], watch[4]
        n, K = order.shape[0], w.shape[1]
        penalties(w, h, penalised, objective)
        for i in range(starts.shape[0] - 1):
            first, size = starts[i], starts[i + 1] - starts[i]
            g[:] = 0.0
            for start in range(first, first + size, TILE):
                count = min(TILE, first + size - start)
                predict(X, order, start, count, w, tile, residual)
                for t in range(count):
                    row, r = order[start + t], residual[t]
                    row_weight[t] = (weight[row] if weight.shape[0] else 1.0) / size
                    if y.shape[1] == 1:
                        value = y[row, 0]
                        for k in range(K):
                            r[k] -= value
                    else:
                        for k in range(K):
                            r[k] -= y[row, target[k]]
                call(slope, (residual, row_weight, knob, objective, size / n, count))
                gather(X, order, start, count, tile, residual, g, product)
            set_rate(rates[min(i, rates.shape[0] - 1)], factor, ended, rate)
            take_step(columns, rate)
        curve[0] = objective
        return end_epoch(objective, watch)

    return descend_rows


descend_dense = compiled(_descend_rows(predict_dense, gather_dense))
descend_sparse = compiled(_descend_rows(predict_sparse, gather_sparse))
