"""One step of an optimizer for a run of columns: its formula, the penalties and the proximal step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numba import from_dtype, types
from numpy.typing import NDArray

from .compilation import address
from .optimizers import RULES, Rule, no_clock
from .setting import Setting

HYPER_ROWS = 7
"""l1 of the proximal step, 2·l2, l1 of the subgradient, and the four hyper-parameters of the formula."""

CLOCK_ROWS = 6
"""What the clock keeps from step to step, and what it derives for this one; three rows each."""


def _update(rule: Rule) -> Callable[..., None]:
    """Build the loop around one optimizer's formula.

    The loop takes weights w, slopes g (q, K), state s (slots, q, K), hyper-parameters h (HYPER_ROWS, K),
    clock (CLOCK_ROWS, K) and rates (K,), and steps the columns start … stop − 1 in place. Rows of w from
    `penalised` on (the intercept) bear no penalty and no decay.
    """
    formula, clock_formula, slots, timed = rule.formula, rule.clock, rule.slots, rule.clock is not no_clock

    def update(w, g, s, h, clock, rate, penalised, start, stop):
        # `start` and `stop` are unsigned: an index that can't be negative leaves the loops vectorised.
        for k in range(start, stop if timed else start):
            c1, c2, c3, d1, d2, d3 = clock_formula(clock[0, k], clock[1, k], clock[2, k], h[3, k], h[4, k])
            clock[0, k], clock[1, k], clock[2, k] = c1, c2, c3
            clock[3, k], clock[4, k], clock[5, k] = d1, d2, d3
        for j in range(w.shape[0]):
            bears = 1.0 if j < penalised else 0.0
            for k in range(start, stop):
                m = s[0, j, k] if slots > 0 else 0.0
                v = s[1, j, k] if slots > 1 else 0.0
                u = s[2, j, k] if slots > 2 else 0.0
                weight = bears * w[j, k]
                sign = (1.0 if weight > 0 else 0.0) - (1.0 if weight < 0 else 0.0)
                slope = g[j, k] + h[1, k] * weight + h[2, k] * sign
                step, reach, m, v, u = formula(
                    slope, weight, m, v, u, rate[k], h[3, k], h[4, k], h[5, k], h[6, k],
                    clock[3, k], clock[4, k], clock[5, k],
                )  # fmt: skip
                if slots > 0:
                    s[0, j, k] = m
                if slots > 1:
                    s[1, j, k] = v
                if slots > 2:
                    s[2, j, k] = u
                # prox of threshold·|w|: towards zero by the threshold, and no further than zero.
                moved, threshold = w[j, k] - step, bears * h[0, k] * reach
                w[j, k] = max(moved - threshold, 0.0) + min(moved + threshold, 0.0)

    return update


@cache
def update_address(optimizer: str, dtype: np.dtype[Any]) -> int:
    """Where the compiled update of an optimizer lies; compiled at its first use."""
    real = from_dtype(dtype)
    row, matrix, cube = (types.Array(real, n, "C") for n in (1, 2, 3))
    return address(
        _update(RULES[optimizer]),
        (matrix, matrix, cube, matrix, matrix, row, types.intp, types.uintp, types.uintp),
    )


def hyper_parameters(settings: Sequence[Setting], dtype: Any) -> NDArray[Any]:
    """Return h (HYPER_ROWS, K) for `update`, one column a setting."""
    h = [
        (
            s.l1 if s.l1_step == "proximal" else 0.0,
            2 * s.l2,
            0.0 if s.l1_step == "proximal" else s.l1,
            *map(s.__getattribute__, RULES[s.optimizer].reads),
            *_UNREAD[s.optimizer],
        )
        for s in settings
    ]
    return np.array(h, dtype=dtype).T.copy()


_UNREAD = {name: (0.0,) * (HYPER_ROWS - 3 - len(rule.reads)) for name, rule in RULES.items()}
