"""The slope of a loss for a tile of residuals, and its value summed by column."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numba import from_dtype, types

from .compilation import address
from .losses import LOSSES


def _slope(formula: Callable[..., Any]) -> Callable[..., None]:
    """Build the loop around one loss's formula.

    The loop takes predictions r (T, K), of which the first `count` rows count, the rows' y (T, m) and weights
    (T,), the columns' targets (K,) and loss knobs (K,), and `total` (K,). It replaces each prediction by
    weight·slope and adds share·weight·value to `total`.
    """

    def slope(r, y, weight, target, knob, total, share, count):
        for i in range(count):
            bears = weight[i]
            part = share * bears
            if y.shape[1] == 1:
                goal = y[i, 0]
                for k in range(r.shape[1]):
                    value, incline = formula(r[i, k] - goal, knob[k])
                    total[k] += part * value
                    r[i, k] = bears * incline
            else:
                for k in range(r.shape[1]):
                    value, incline = formula(r[i, k] - y[i, target[k]], knob[k])
                    total[k] += part * value
                    r[i, k] = bears * incline

    return slope


@cache
def slope_address(loss: str, dtype: np.dtype[Any]) -> int:
    """Where the compiled slope of a loss lies; compiled at its first use."""
    real = from_dtype(dtype)
    row, tile = types.Array(real, 1, "C"), types.Array(real, 2, "C")
    whole, total = types.Array(types.int64, 1, "C"), types.Array(types.float64, 1, "C")
    loop = _slope(LOSSES[loss].formula)
    return address(loop, (tile, tile, row, whole, row, total, types.float64, types.intp))
