"""The rate as a function of the step, as a factor of `learning_rate`.

Each schedule takes the steps done so far, t = 0, 1, … (an array (T, 1)), the steps of an epoch and of the
whole training, and the columns' knobs (arrays (k,)), and returns factors (T, k).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .setting import Setting

Array: TypeAlias = NDArray[np.float64]
Knobs: TypeAlias = Mapping[str, Array]


def constant(t: Array, epoch: int, knobs: Knobs) -> Array:
    """1. `adaptive` is this too: its factor falls when the objective stalls, in the kernel that sees it."""
    return np.ones((len(t), len(knobs["decay"])))


def inverse_scaling(t: Array, epoch: int, knobs: Knobs) -> Array:
    """(t + 1)^−power_t: Robbins and Monro's, summable in squares above ½."""
    return np.power(t + 1, -knobs["power_t"])


def step(t: Array, epoch: int, knobs: Knobs) -> Array:
    """decay^⌊epochs done / decay_every⌋."""
    return np.power(knobs["decay"], t // epoch // knobs["decay_every"])


def exponential(t: Array, epoch: int, knobs: Knobs) -> Array:
    """decay^(epochs done / decay_every): `step` without its stairs."""
    return np.power(knobs["decay"], t / epoch / knobs["decay_every"])


def cosine(t: Array, epoch: int, knobs: Knobs) -> Array:
    """½(1 + cos(π t/T)), from 1 to 0 over the T steps of max_iter epochs.

    Loshchilov & Hutter (2017), SGDR, without restarts.
    """
    return 0.5 * (1 + np.cos(np.pi * np.minimum(t / (epoch * knobs["max_iter"]), 1)))


def warmup_cosine(t: Array, epoch: int, knobs: Knobs) -> Array:
    """Linearly up to 1 over the part `warmup` of the steps (Goyal et al. 2017), then `cosine`."""
    total = epoch * knobs["max_iter"]
    rising = np.ceil(knobs["warmup"] * total)
    falling = 0.5 * (1 + np.cos(np.pi * np.clip((t - rising) / np.maximum(total - rising, 1), 0, 1)))
    return np.where(t < rising, (t + 1) / np.maximum(rising, 1), falling)


SCHEDULES: Mapping[str, Callable[[Array, int, Knobs], Array]] = {
    "constant": constant,
    "inverse_scaling": inverse_scaling,
    "step": step,
    "exponential": exponential,
    "cosine": cosine,
    "warmup_cosine": warmup_cosine,
    "adaptive": constant,
}
_KNOBS = ("power_t", "decay", "decay_every", "warmup", "max_iter")


def rates(settings: Sequence[Setting], first: int, count: int, epoch: int, dtype: Any) -> NDArray[Any]:
    """Return the rates of steps `first` … `first + count − 1`, one column a setting.

    Where no column's rate changes there is one row, which holds for every step.

    Parameters
    ----------
    settings : sequence of Setting
        One for each column.
    first, count : int
        Steps done so far, and steps to come.
    epoch : int
        Steps in an epoch.
    dtype : dtype
        Of the result, of shape (count, columns) or (1, columns).
    """
    base = np.array([s.learning_rate for s in settings])
    moving = sorted({s.schedule for s in settings} - {"constant", "adaptive"})
    if not moving:
        return base.astype(dtype)[None, :]
    t = np.arange(first, first + count, dtype=np.float64)[:, None]
    result = np.repeat(base[None, :], count, axis=0)
    for name in moving:
        columns = [k for k, s in enumerate(settings) if s.schedule == name]
        knobs = {knob: np.array([float(getattr(settings[k], knob)) for k in columns]) for knob in _KNOBS}
        result[:, columns] *= SCHEDULES[name](t, epoch, knobs)
    return result.astype(dtype, copy=False)
