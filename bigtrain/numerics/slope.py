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

    The loop takes residuals r (T, K), of which the first `count` rows count, the weight of each row (T,), the
    loss's knob by column (K,), and `total` (K,). It replaces each residual by weight·slope and adds
    share·weight·value to `total`.
    """

    def slope(r, weight, knob, total, share, count):  # type: ignore[no-untyped-def]
        columns = r.shape[1]
        for i in range(count):
            row, bears = r[i], weight[i]
            part = share * bears
            for k in range(columns):
                value, incline = formula(row[k], knob[k])
                total[k] += part * value
                row[k] = bears * incline

    return slope


@cache
def slope_address(loss: str, dtype: np.dtype[Any]) -> int:
    """Where the compiled slope of a loss lies; compiled at its first use."""
    real = from_dtype(dtype)
    row, tile, total = (
        types.Array(real, 1, "C"),
        types.Array(real, 2, "C"),
        types.Array(types.float64, 1, "C"),
    )
    return address(_slope(LOSSES[loss].formula), (tile, row, row, total, types.float64, types.intp))
