"""The kernels that take the steps: on statistics, on dense rows, on sparse rows.

All take the same columns (see `Columns`) and the same way through an epoch: the slope of the loss by every
weight, one update a run of columns of one optimizer, and at the end the objective and who stops.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from .compilation import call, compiled, widest_vectors
from .memory import LINE
from .products import (
    gather_dense,
    gather_sparse,
    predict_dense,
    predict_sparse,
    symmetric_product,
)
from .register_tile import VECTOR, fetch_soon, place_of
from .single_row import step_and_predict
from .stop_reason import StopReason

TILE = 48
"""Rows taken at once: residuals of a tile for 64 columns are 24 kB and stay in the first-level cache."""

CONVERGED, MAX_ITER, DIVERGED = (
    int(r) for r in (StopReason.CONVERGED, StopReason.MAX_ITER, StopReason.DIVERGED)
)
SMALLEST_FACTOR = 1e-6
"""`adaptive` ends when the rate has been divided down to this part of itself."""


@register_jitable
def penalties(w, h, penalised, total):
    """total = l1·Σ|w| + l2·Σw² of each column."""
    for k in range(total.shape[0]):
        total[k] = 0.0
    for j in range(penalised):
        for k in range(total.shape[0]):
            total[k] += (h[0, k] + h[2, k]) * abs(w[j, k]) + 0.5 * h[1, k] * w[j, k] * w[j, k]


@register_jitable
def take_step(columns, rate):
    """Update every run of columns of one optimizer by its own kernel, and the running means."""
    w, g, s, h, clock, addresses, bounds, mean, averaging, counted, fits_intercept, penalised = columns
    for k in range(w.shape[1]):
        g[penalised, k] *= fits_intercept[k]
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
def set_rate(rate, factor, ended, out):
    """The rate of each column at this step: 0 for one that has ended, so that its weights stay."""
    for k in range(out.shape[0]):
        pace = rate[k] * factor[k]  # on its own: a choice between a number read and a 0 isn't vectorised
        out[k] = pace if ended[k] == 0 else 0.0


@register_jitable
def end_epoch(objective, watch):
    """Note the objective of the epoch, end the columns that diverge, settle or are done, count the rest."""
    ended, epochs, best, stalls, factor, limit, floor, tol, patience, last, decay, steady, averaging = watch
    live = 0
    for k in range(ended.shape[0]):
        if ended[k] != 0:
            continue
        epochs[k] += 1
        if not objective[k] <= limit[k]:
            ended[k] = DIVERGED
        elif tol[k] >= 0:
            if steady[k]:
                # The full batch has no noise: a rise is momentum overshooting, and only stillness is an end.
                stalled = abs(objective[k] - best[k]) <= tol[k] * max(objective[k], floor[k])
                best[k] = objective[k]
            else:
                stalled = objective[k] > best[k] - tol[k] * max(best[k], floor[k])
                best[k] = min(best[k], objective[k])
            stalls[k] = stalls[k] + 1 if stalled else 0
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
def descend_statistics(product, G, c, yy, share, target, order, rates, columns, watch, curve, rate,
                       objective):  # fmt: skip
    """Train on XᵀX and Xᵀy of the batches: G (B·q, q), c (B, q, m), yy (B, m), visited in `order` (E, B).

    `share` (B,) is each batch's part of all rows; `rates` (E·B, K), or (1, K) where they hold for every
    step. Returns the epochs done: fewer than E where no column is live any more.
    """
    w, g, h, penalised = columns[0], columns[1], columns[3], columns[11]
    ended, factor = watch[0], watch[4]
    epochs, batches = order.shape
    q, K = w.shape
    loss = np.empty(K)
    for e in range(epochs):
        penalties(w, h, penalised, objective)
        for i in range(batches):
            b = order[e, i]
            symmetric_product(product, G, b, w, g)
            for k in range(K):
                loss[k] = 0.5 * yy[b, target[k]]
            # ½(wᵀGw − 2wᵀc + yᵀy) on the way to the slope Gw − c
            for j in range(q):
                if c.shape[2] == 1:
                    cross = c[b, j, 0]
                    for k in range(K):
                        loss[k] += w[j, k] * (0.5 * g[j, k] - cross)
                        g[j, k] -= cross
                else:
                    for k in range(K):
                        cross = c[b, j, target[k]]
                        loss[k] += w[j, k] * (0.5 * g[j, k] - cross)
                        g[j, k] -= cross
            for k in range(K):
                objective[k] += share[b] * loss[k]
            set_rate(rates[min(e * batches + i, rates.shape[0] - 1)], factor, ended, rate)
            take_step(columns, rate)
        for k in range(K):
            curve[e, k] = objective[k]
        if end_epoch(objective, watch) == 0:
            return e + 1
    return epochs


@register_jitable
def take_targets(y, weight, order, start, count, size, y_tile, row_weight):
    """Copy the targets of a tile of rows side by side, and note what each row weighs in its batch."""
    for i in range(count):
        row = order[start + i]
        row_weight[i] = (weight[row] if weight.shape[0] else 1.0) / size
        for t in range(y.shape[1]):
            y_tile[i, t] = y[row, t]


def _descend_rows(predict, gather):
    """Build the kernel that trains one epoch on rows read by `predict` and `gather`."""

    def descend_rows(product, X, y, weight, order, starts, slope, knob, target, rates, columns, watch, curve,
                     rate, objective, tile, residual, y_tile, row_weight):  # fmt: skip
        """Train on rows in `order`, in batches cut at `starts`; y (n, m), weight (n,) of mean 1 or empty."""
        w, g, h, penalised = columns[0], columns[1], columns[3], columns[11]
        ended, factor = watch[0], watch[4]
        n, (q, K) = order.shape[0], w.shape
        penalties(w, h, penalised, objective)
        for i in range(starts.shape[0] - 1):
            first, size = starts[i], starts[i + 1] - starts[i]
            for j in range(q):
                for k in range(K):
                    g[j, k] = 0.0
            for start in range(first, first + size, TILE):
                count = min(TILE, first + size - start)
                predict(product, X, order, start, count, w, tile, residual)
                take_targets(y, weight, order, start, count, size, y_tile, row_weight)
                call(slope, (residual, y_tile, row_weight, target, knob, objective, size / n, count))
                gather(product, X, order, start, count, tile, residual, g)
            set_rate(rates[min(i, rates.shape[0] - 1)], factor, ended, rate)
            take_step(columns, rate)
        for k in range(K):
            curve[0, k] = objective[k]
        return end_epoch(objective, watch)

    return descend_rows


descend_dense = compiled(_descend_rows(predict_dense, gather_dense))
descend_sparse = compiled(_descend_rows(predict_sparse, gather_sparse))


AHEAD = 8
"""How many rows before its turn a row is fetched: in a drawn order it may lie anywhere."""


@register_jitable
def _fetch_row(X, order, i):
    """Have the row that comes so long after number i of the order brought to the first-level cache."""
    p, size = X.shape[1], X.itemsize
    place = place_of(X) + order[min(i + AHEAD, order.shape[0] - 1)] * p * size
    for line in range(0, p * size, LINE):
        fetch_soon(place + line)
    fetch_soon(place + (p - 1) * size)


@compiled
def descend_one_column(X, y, weight, order, slope, squared, knob, target, rates, w, h, fits, watch, curve,
                       objective, residual, y_tile, row_weight):  # fmt: skip
    """Train one column of plain SGD on dense rows one at a time, as `descend_rows` would.

    `squared` says that the slope is the residual itself: the squared loss, and rows without weights.
    """
    ended, factor = watch[0], watch[4]
    n, p, column = order.shape[0], X.shape[1], w.ravel()
    l1, l2 = h[0, 0], h[1, 0]
    intercept, squares = column[p], 0.0
    penalties(w, h, p, objective)
    for i in range(n):
        row = order[i]
        _fetch_row(X, order, i)
        # Four sums, for each addition waits for the one before.
        a, b, c, d, j = intercept, 0.0, 0.0, 0.0, 0
        while j + 4 <= p:
            a += X[row, j] * column[j]
            b += X[row, j + 1] * column[j + 1]
            c += X[row, j + 2] * column[j + 2]
            d += X[row, j + 3] * column[j + 3]
            j += 4
        while j < p:
            a += X[row, j] * column[j]
            j += 1
        r = (a + b) + (c + d)
        if squared:  # the call would cost as much as the step
            r -= y[row, target[0]]
            squares += r * r
        else:
            residual[0, 0] = r
            take_targets(y, weight, order, i, 1, 1, y_tile, row_weight)
            call(slope, (residual, y_tile, row_weight, target, knob, objective, 1.0 / n, 1))
            r = residual[0, 0]
        rate = rates[min(i, rates.shape[0] - 1), 0] * factor[0] if ended[0] == 0 else 0.0
        step = rate * r
        if l1 > 0 or l2 > 0:
            for j in range(p):
                moved = column[j] - (step * X[row, j] + rate * l2 * column[j])
                column[j] = max(moved - rate * l1, 0.0) + min(moved + rate * l1, 0.0)
        else:
            for j in range(p):
                column[j] -= step * X[row, j]
        intercept -= step * fits[0]
    column[p] = intercept
    objective[0] += 0.5 * squares / n
    curve[0, 0] = objective[0]
    return end_epoch(objective, watch)


_step, _penalised_step = (step_and_predict(penalised=penalised) for penalised in (False, True))


@register_jitable
def _pass_rows(X, before, after, w, scratch, residual, penalised):
    """Step all columns on the row `before`, by their moves in `scratch`, and predict the row `after`."""
    p, K, size = X.shape[1], w.shape[1], X.itemsize
    old, new = place_of(X) + before * p * size, place_of(X) + after * p * size
    for k in range(0, K * size, VECTOR * size):
        moves, out = place_of(scratch) + k, place_of(residual) + k
        if penalised:
            _penalised_step(old, new, p, place_of(w) + k, K, moves, out, w)
        else:
            _step(old, new, p, place_of(w) + k, K, moves, out, w)


@compiled
def descend_single_rows(X, y, weight, order, slope, squared, knob, target, rates, w, h, fits, watch, curve,
                        objective, residual, y_tile, row_weight, scratch):  # fmt: skip
    """Train columns of plain SGD on dense rows one at a time, as `descend_one_column` does one.

    `scratch` (4, K), zeros, holds −rate·slope, the rate, rate·2·l2 and rate·l1 of the row at hand.
    """
    widest_vectors()
    ended, factor = watch[0], watch[4]
    n, p, K = order.shape[0], X.shape[1], w.shape[1]
    penalised = False
    for k in range(K):
        penalised |= (h[0, k] > 0) | (h[1, k] > 0)
    penalties(w, h, p, objective)
    before = order[0]
    for i in range(n):
        row = order[i]
        _fetch_row(X, order, i)
        _pass_rows(X, before, row, w, scratch, residual, penalised)
        before = row
        if i < rates.shape[0]:
            set_rate(rates[i], factor, ended, scratch[1])
            for k in range(K):
                scratch[2, k] = scratch[1, k] * h[1, k]
                scratch[3, k] = scratch[1, k] * h[0, k]
        if squared and y.shape[1] == 1:  # the call would cost as much as the step
            goal, share = y[row, 0], 0.5 / n
            for k in range(K):
                r = residual[0, k] + w[p, k] - goal
                scratch[0, k] = -scratch[1, k] * r
                objective[k] += share * r * r
                w[p, k] += scratch[0, k] * fits[k]
        else:
            for k in range(K):
                residual[0, k] += w[p, k]
            take_targets(y, weight, order, i, 1, 1, y_tile, row_weight)
            call(slope, (residual, y_tile, row_weight, target, knob, objective, 1.0 / n, 1))
            for k in range(K):
                scratch[0, k] = -scratch[1, k] * residual[0, k]
                w[p, k] += scratch[0, k] * fits[k]
    _pass_rows(X, before, before, w, scratch, residual, penalised)
    for k in range(K):
        curve[0, k] = objective[k]
    return end_epoch(objective, watch)
