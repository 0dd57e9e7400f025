"""Numbers in fewer bits: rounded to what these hold, and found again to be such when they are stored."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["float64", "float32", "float16", "int8"]

KINDS: tuple[Kind, ...] = ("float64", "float32", "float16", "int8")

STEPS = 127
"""The largest number of a signed byte that has its negative."""

HALF_EXPONENT = 14
"""The power of two that the largest of some float16 numbers is brought to, which leaves small ones digits."""

LEAST, MOST = 1e-30, 1e30
"""Arrays whose largest number lies beyond these stay as they are: float32 ends there."""

OVERHEAD = 96
"""Bytes that an ONNX node takes which widens numbers again, about: fewer aren't worth saving."""


def round_weights(weights: Floats, kind: Kind) -> Floats:
    """Return the nearest weights that a kind of number can hold, as float64.

    Parameters
    ----------
    weights : array
        Finite.
    kind : {"float64", "float32", "float16", "int8"}
        int8: whole multiples, -127 to 127, of one step for all weights; each changes by half a step at most,
        which is the largest weight divided by 254. float16: times one power of two for all; each changes by
        2**-11 of itself at most, where it is above 2**-28 of the largest.

    Notes
    -----
    A step has so few bits that its multiples are exact, so that `narrowed` finds it again.
    """
    weights = np.asarray(weights, dtype=np.float64)
    largest = float(np.abs(weights).max(initial=0.0))
    if kind == "float64" or not LEAST < largest < MOST:
        return weights
    if kind == "float32":
        return weights.astype(np.float32).astype(np.float64)
    if kind == "float16":
        step = _half_step(largest)
        return (weights / step).astype(np.float16).astype(np.float64) * step
    step = float(np.float32(largest / STEPS))
    return np.clip(np.rint(weights / step), -STEPS, STEPS) * step


def narrowed(values: NDArray[Any]) -> tuple[NDArray[Any], float]:
    """Return an array in the fewest bits that hold it, not one number of it changed.

    Parameters
    ----------
    values : array
        float64, or anything else, which stays as it is.

    Returns
    -------
    array
        int8, float16 or float32; the array itself where that would save too little.
    float
        What it has to be multiplied by, in float64.
    """
    if values.dtype != np.float64 or values.size == 0:
        return values, 1.0
    largest = float(np.abs(values).max())
    if not LEAST < largest < MOST:
        return values, 1.0
    tries = [(np.int8, 1.0), (np.int8, largest / STEPS), (np.float16, _half_step(largest)), (np.float32, 1.0)]
    for kind, step in tries:
        if values.size * (8 - np.dtype(kind).itemsize) > OVERHEAD and _holds(kind, step, values, largest):
            scaled = values / step
            return (np.rint(scaled) if kind is np.int8 else scaled).astype(kind), step
    return values, 1.0


def _half_step(largest: float) -> float:
    return float(2.0 ** (np.floor(np.log2(largest)) - HALF_EXPONENT))


def _holds(kind: type[Any], step: float, values: Floats, largest: float) -> bool:
    """Whether a kind of number times a step is just these values."""
    if kind is np.int8:
        return largest / step <= STEPS and np.array_equal(np.rint(values / step) * step, values)
    with np.errstate(over="ignore"):
        return np.array_equal((values / step).astype(kind).astype(np.float64) * step, values)
