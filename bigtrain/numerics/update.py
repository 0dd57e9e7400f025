"""One step of an optimizer for a run of columns: its formula, the penalties and the proximal step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numba import from_dtype, types
from numpy.typing import NDArray

from .compilation import address
from .optimizers import RULES
from .setting import Setting

HYPER_ROWS = 7
"""l1 of the proximal step, 2·l2, l1 of the subgradient, and the four hyper-parameters of the formula."""

CLOCK_ROWS = 6
"""What the clock keeps from step to step, and what it derives for this one; three rows each."""


def _update(
    formula: Callable[..., Any], clock_formula: Callable[..., Any], slots: int
) -> Callable[..., None]:
    """Build the loop around one optimizer's formula.

    The loop takes weights w, slopes g (q, K), state s (slots, q, K), hyper-parameters h (HYPER_ROWS, K),
    clock (CLOCK_ROWS, K) and rates (K,), and steps the columns start … stop − 1 in place. Rows of w from
    `penalised` on (the intercept) bear no penalty and no decay.
    """

    def update(w, g, s, h, clock, rate, penalised, start, stop):
        n = stop - start
        # Views from `start` on, so that the loops below run from 0 and can be vectorised.
        l1, l2, l1_slope = h[0, start:stop], h[1, start:stop], h[2, start:stop]
        h1, h2, h3, h4 = h[3, start:stop], h[4, start:stop], h[5, start:stop], h[6, start:stop]
        c1, c2, c3 = clock[0, start:stop], clock[1, start:stop], clock[2, start:stop]
        d1, d2, d3 = clock[3, start:stop], clock[4, start:stop], clock[5, start:stop]
        lr = rate[start:stop]
        for k in range(n):
            c1[k], c2[k], c3[k], d1[k], d2[k], d3[k] = clock_formula(c1[k], c2[k], c3[k], h1[k], h2[k])
        for j in range(w.shape[0]):
            bears = 1.0 if j < penalised else 0.0
            wj, gj = w[j, start:stop], g[j, start:stop]
            mj = s[0, j, start:stop] if slots > 0 else wj
            vj = s[1, j, start:stop] if slots > 1 else wj
            uj = s[2, j, start:stop] if slots > 2 else wj
            for k in range(n):
                m = mj[k] if slots > 0 else 0.0
                v = vj[k] if slots > 1 else 0.0
                u = uj[k] if slots > 2 else 0.0
                weight = bears * wj[k]
                sign = (1.0 if weight > 0 else 0.0) - (1.0 if weight < 0 else 0.0)
                slope = gj[k] + l2[k] * weight + l1_slope[k] * sign
                step, reach, m, v, u = formula(
                    slope, weight, m, v, u, lr[k], h1[k], h2[k], h3[k], h4[k], d1[k], d2[k], d3[k]
                )
                if slots > 0:
                    mj[k] = m
                if slots > 1:
                    vj[k] = v
                if slots > 2:
                    uj[k] = u
                # prox of threshold·|w|: towards zero by the threshold, and no further than zero.
                moved, threshold = wj[k] - step, bears * l1[k] * reach
                wj[k] = max(moved - threshold, 0.0) + min(moved + threshold, 0.0)

    return update


@cache
def update_address(optimizer: str, dtype: np.dtype[Any]) -> int:
    """Where the compiled update of an optimizer lies; compiled at its first use."""
    real, rule = from_dtype(dtype), RULES[optimizer]
    row, matrix, cube = (types.Array(real, n, "C") for n in (1, 2, 3))
    loop = _update(rule.formula, rule.clock, rule.slots)
    return address(loop, (matrix, matrix, cube, matrix, matrix, row, types.intp, types.intp, types.intp))


def hyper_parameters(settings: Sequence[Setting], dtype: Any) -> NDArray[Any]:
    """Return h (HYPER_ROWS, K) for `update`, one column a setting."""
    h = np.zeros((HYPER_ROWS, len(settings)), dtype=dtype)
    for k, setting in enumerate(settings):
        row = 0 if setting.l1_step == "proximal" else 2
        h[row, k], h[1, k] = setting.l1, 2 * setting.l2
        for i, name in enumerate(RULES[setting.optimizer].reads):
            h[3 + i, k] = getattr(setting, name)
    return h
