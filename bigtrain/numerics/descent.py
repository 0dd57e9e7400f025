"""The kernels that take the steps: on statistics, on batches of dense rows, on batches of sparse rows.

All take the same columns (see `Columns`) and the same way through an epoch: the slope of the loss by every
weight, one update a run of columns of one optimizer, and at the end the objective and who stops.
"""

from __future__ import annotations

from numba.extending import register_jitable

from .compilation import call, compiled
from .moment_slope import slope_and_loss
from .products import (
    gather_dense,
    gather_sparse,
    predict_dense,
    predict_sparse,
    symmetric_product,
)
from .register_tile import place_of
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
    places = (place_of(w), place_of(g), place_of(s), place_of(h), place_of(clock), place_of(rate))
    for r in range(addresses.shape[0]):
        call(addresses[r], (*places, *w.shape, s.strides[0], bounds[r], bounds[r + 1], w[0, 0]))
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


@register_jitable
def slopes_and_losses(moments, b, w, g, target, share, objective, loss):
    """`slope_and_loss` for one column, or for columns of several targets."""
    q, K = w.shape
    for k in range(K):
        y = q + target[k]
        loss[k] = 0.5 * moments[b, y, y]
    for j in range(q):
        for k in range(K):
            cross = moments[b, q + target[k], j]
            loss[k] += w[j, k] * (0.5 * g[j, k] - cross)
            g[j, k] -= cross
    for k in range(K):
        objective[k] += share * loss[k]


@compiled
def descend_statistics(product, moments, share, target, order, rates, columns, watch, curve, rate,
                       objective, loss):  # fmt: skip
    """Train on the means of the products of (x, 1, y) of the batches, visited in `order` (E, B).

    `moments` is (B, q + m, q + m) or wider, with XᵀX, Xᵀy and yᵀy in it, and `share` (B,) each batch's part
    of all rows; `rates` (E·B, K), or (1, K) where they hold for every step. Returns the epochs done: fewer
    than E where no column is live any more.
    """
    w, g, h, penalised = columns[0], columns[1], columns[3], columns[11]
    ended, factor = watch[0], watch[4]
    epochs, batches = order.shape
    (q, K), (_, rows, width) = w.shape, moments.shape
    for e in range(epochs):
        penalties(w, h, penalised, objective)
        for i in range(batches):
            b = order[e, i]
            symmetric_product(product, moments, b, w, g)
            if K > 1 and rows == q + 1:
                crossed = place_of(moments) + (b * rows + q) * width * moments.itemsize
                slope_and_loss(
                    place_of(w), place_of(g), crossed, q, K, share[b], place_of(objective), w[0, 0]
                )
            else:
                slopes_and_losses(moments, b, w, g, target, share[b], objective, loss)
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
