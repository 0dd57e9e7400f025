"""The kernels of plain SGD on dense rows one at a time, where a step does too little to be a product.

They go the same way through an epoch as those of `descent`.
"""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from .compilation import call, compiled, widest_vectors
from .descent import end_epoch, penalties, set_rate, take_targets
from .products import fetch_row
from .register_tile import VECTOR, place_of
from .row_step import step_and_predict


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
        fetch_row(X, order, i)
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


@register_jitable(forceinline=True)
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
    curve[0, :] = 0.0
    before = order[0]
    for i in range(n):
        row = order[i]
        fetch_row(X, order, i)
        _pass_rows(X, before, row, w, scratch, residual, penalised)
        before = row
        if i < rates.shape[0]:
            set_rate(rates[i], factor, ended, scratch[1])
            for k in range(K):
                scratch[2, k] = scratch[1, k] * h[1, k]
                scratch[3, k] = scratch[1, k] * h[0, k]
        if squared and y.shape[1] == 1:  # the call would cost as much as the step
            goal = y[row, 0]
            for k in range(K):
                r = residual[0, k] + w[p, k] - goal
                wide = np.float64(r)
                scratch[0, k] = -scratch[1, k] * r
                curve[0, k] += wide * wide  # divided by 2n at the end, for here the compiler would divide
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
        objective[k] += 0.5 * curve[0, k] / n
        curve[0, k] = objective[k]
    return end_epoch(objective, watch)
