"""Columns that train side by side: weights, states and knobs as arrays whose last axis is the column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .losses import LOSSES
from .memory import aligned_copies
from .optimizers import RULES
from .register_tile import VECTOR
from .setting import OPTIMIZERS, Setting
from .stop_reason import StopReason
from .update import CLOCK_ROWS, hyper_parameters, update_address

Array: TypeAlias = NDArray[Any]

FLOOR = 1e-8
"""Progress below this part of the loss of a model that predicts 0 is no progress."""

EXPLODED = 1e3
"""An objective this many times the loss of a model that predicts 0 is a divergence."""


@dataclass(slots=True, eq=False)
class Columns:
    """The state of K columns with q weights each, the intercept last.

    Attributes
    ----------
    settings : tuple of Setting
        What each column is; sorted so that the columns of one optimizer lie side by side.
    index, target : ndarray of shape (K,)
        Place of the column in the cohort (−1 for padding, see `padded`), and its target.
    start, w, mean, best_w : ndarray of shape (q, K)
        Weights to begin with, weights, their running mean (no rows where no column averages), and the best on
        held-back rows (no rows where none are held back).
    s : ndarray of shape (slots, q, K)
        The optimizers' state.
    h, clock : ndarray of shape (HYPER_ROWS, K) and (CLOCK_ROWS, K)
        Hyper-parameters of the update, and what it knows of the number of the step.
    knob, fits_intercept, averaging, counted : ndarray of shape (K,)
        The loss's knob; 1 where there is an intercept; 1 where weights are averaged; steps averaged so far.
    ended, epochs : ndarray of shape (K,)
        `StopReason`, and epochs done.
    best, stalls, factor, limit, floor, tol, patience, last, decay, steady : ndarray of shape (K,)
        What `end_epoch` decides by: lowest objective so far (the last one where `steady`), epochs without
        progress, factor of the rate, the objective that means divergence, the least progress that counts, tol
        (−1 for None), n_iter_no_change, max_iter, the factor that a stall puts on the rate (0: the end), and
        whether the objective has no noise.
    """

    settings: tuple[Setting, ...]
    index: Array
    target: Array
    start: Array
    w: Array
    mean: Array
    best_w: Array
    s: Array
    h: Array
    clock: Array
    knob: Array
    fits_intercept: Array
    averaging: Array
    counted: Array
    ended: Array
    epochs: Array
    best: Array
    stalls: Array
    factor: Array
    limit: Array
    floor: Array
    tol: Array
    patience: Array
    last: Array
    decay: Array
    steady: Array

    def __len__(self) -> int:
        return len(self.settings)

    @property
    def plain(self) -> bool:
        """Whether all are plain SGD with no more than a proximal step."""
        return not len(self.mean) and all(
            s.optimizer == "sgd" and (s.l1 == 0 or s.l1_step == "proximal") for s in self.settings
        )

    def take(self, columns: Array) -> Columns:
        """Return a copy of some columns, by their numbers here."""
        arrays = aligned_copies([getattr(self, name) for name in _ARRAYS], columns)
        return Columns(tuple([self.settings[k] for k in columns]), *arrays)

    def padded(self, columns: Array) -> Columns:
        """Return some columns filled up to whole vectors, as products want them.

        The padding is copies of the last column that have ended and never move. One column on its own has
        none; but it is copied too, so that the memory behind it fills its last vector (see `update`).
        """
        if len(columns) == 1:
            return self.take(columns)
        padding = -len(columns) % VECTOR
        copies = self.take(np.append(columns, np.full(padding, columns[-1])))
        copies.index[len(columns) :] = -1
        copies.ended[len(columns) :] = StopReason.PRUNED
        copies.averaging[len(columns) :] = 0.0
        return copies

    @property
    def own(self) -> Array:
        """Which columns are no padding (K,)."""
        return np.asarray(self.index >= 0)

    @staticmethod
    def join(parts: Sequence[Columns]) -> Columns:
        """Return the columns of all parts side by side, sorted by optimizer."""
        if len(parts) == 1:
            return parts[0]
        arrays = [np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in _ARRAYS]
        joined = Columns(tuple(s for part in parts for s in part.settings), *arrays)
        return joined.take(by_optimizer(joined.settings))

    def resumed(self, dtype: Any) -> Columns:
        """Return a copy in the dtype of other rows that trains on: nothing has ended, no epoch is done."""
        copy = self.take(np.arange(len(self)))
        for name in ("start", "w", "mean", "best_w", "s", "h", "clock", "knob", "fits_intercept", "factor"):
            setattr(copy, name, getattr(copy, name).astype(dtype))
        copy.start = copy.w.copy()
        copy.ended[:], copy.epochs[:] = 0, 0
        copy.averaging[:] = [s.average for s in self.settings]
        return copy

    def for_step(self, g: Array) -> tuple[Any, ...]:
        """Return what the kernels pass to `take_step`."""
        return (
            self.w, g, self.s, self.h, self.clock,
            *_runs(tuple([s.optimizer for s in self.settings[: np.count_nonzero(self.own)]]), self.w.dtype),
            self.mean, self.averaging, self.counted, self.fits_intercept, self.w.shape[0] - 1,
        )  # fmt: skip

    def for_watch(self) -> tuple[Any, ...]:
        """Return what the kernels pass to `end_epoch`."""
        return (
            self.ended, self.epochs, self.best, self.stalls, self.factor, self.limit, self.floor,
            self.tol, self.patience, self.last, self.decay, self.steady, self.averaging,
        )  # fmt: skip

    def current(self) -> Array:
        """Return the weights (q, K) as they stand: the running means where asked for."""
        if not len(self.mean):
            return self.w
        averages = np.array([s.average for s in self.settings]) & (self.counted > 0)
        return np.where(averages, self.mean, self.w)

    def result(self) -> Array:
        """Return the weights (q, K) that a model is made of: the best on held-back rows, if there are any."""
        return self.best_w if len(self.best_w) else self.current()

    def restart_diverged(self) -> None:
        """Put the columns that diverged back to where they started, which is at least finite."""
        lost = self.ended == int(StopReason.DIVERGED)  # numpy takes four times as long over an enumeration
        if not lost.any():
            return
        self.w[:, lost] = self.start[:, lost]
        self.counted[lost] = 0.0

    def judge_held_back(self, loss: Array, fresh: Array) -> None:
        """End the live columns whose loss (K,) on held-back rows stands still; keep their best weights."""
        better = fresh & (loss < self.best) & (self.ended != StopReason.DIVERGED)
        self.best_w[:, better] = self.current()[:, better]
        tol = np.array([s.tol or 0.0 for s in self.settings])
        known = np.where(np.isfinite(self.best), self.best, 0.0)
        stalled = fresh & np.isfinite(self.best) & (loss > known - tol * np.maximum(known, self.floor))
        self.stalls = np.where(stalled, self.stalls + 1, 0)
        self.best = np.where(better, loss, self.best)
        self.ended[(self.ended == 0) & (self.stalls >= self.patience)] = StopReason.EARLY_STOPPED


@lru_cache(maxsize=64)
def _runs(optimizers: tuple[str, ...], dtype: Any) -> tuple[Array, Array]:
    """Return where the update of each run of one optimizer lies, and where the runs begin, and the end."""
    runs = Counter(optimizers)
    addresses = np.array([update_address(optimizer, dtype) for optimizer in runs])
    return addresses, np.cumsum([0, *runs.values()])


_ARRAYS = tuple(f.name for f in fields(Columns))[1:]
"""What a column has beside its setting, in the order of `Columns`."""


def by_optimizer(settings: Sequence[Setting]) -> Array:
    """Return an order of the columns in which each optimizer's lie side by side."""
    return np.argsort([OPTIMIZERS.index(s.optimizer) for s in settings], kind="stable")


def knobs(settings: Sequence[Setting]) -> Array:
    """Return the hyper-parameter that each column's loss reads (0 where it reads none)."""
    names = [LOSSES[s.loss].reads for s in settings]
    return np.array(
        [0.0 if name is None else getattr(s, name) for s, name in zip(settings, names, strict=True)]
    )


def new_columns(
    settings: Sequence[Setting],
    index: Array,
    target: Array,
    start: Array,
    scale: Array,
    *,
    early: bool,
    full_batch: bool,
) -> Columns:
    """Lay out columns that have not taken a step.

    Parameters
    ----------
    settings : sequence of Setting
        In the order of `by_optimizer`.
    index, target : ndarray of shape (K,)
        Place in the cohort, and target.
    start : ndarray of shape (q, K)
        Weights to begin with, in the dtype of training.
    scale : ndarray of shape (K,)
        The loss of a model that predicts 0.
    early : bool
        Whether held-back rows end these columns, and not their objective.
    full_batch : bool
        Whether an epoch is one step on all rows.
    """
    dtype, (q, K) = start.dtype, start.shape
    slots = max(RULES[s.optimizer].slots for s in settings)
    averages = np.array([float(s.average) for s in settings])
    return Columns(
        settings=tuple(settings),
        index=index,
        target=target,
        start=start.copy(),
        w=start.copy(),
        mean=np.zeros((q if averages.any() else 0, K), dtype=dtype),
        best_w=start[: q if early else 0].copy(),
        s=np.zeros((slots, q, K), dtype=dtype),
        h=hyper_parameters(settings, dtype),
        clock=np.ones((CLOCK_ROWS, K), dtype=dtype),
        knob=knobs(settings).astype(dtype),
        fits_intercept=np.array([s.fit_intercept for s in settings], dtype=dtype),
        averaging=averages,
        counted=np.zeros(K),
        ended=np.zeros(K, dtype=np.int64),
        epochs=np.zeros(K, dtype=np.int64),
        best=np.full(K, np.inf),
        stalls=np.zeros(K, dtype=np.int64),
        factor=np.ones(K, dtype=dtype),
        limit=EXPLODED * np.maximum(scale, np.finfo(np.float32).tiny),
        floor=FLOOR * scale,
        tol=np.array([-1.0 if early else _tolerance(s) for s in settings]),
        patience=np.array([s.n_iter_no_change for s in settings]),
        last=np.array([s.max_iter for s in settings]),
        decay=np.array([s.decay if s.schedule == "adaptive" else 0.0 for s in settings]),
        steady=np.array([full_batch and s.schedule != "adaptive" for s in settings]),
    )


def _tolerance(setting: Setting) -> float:
    """Tol, or −1 for none; `adaptive` has to see a stall in any case."""
    if setting.tol is not None:
        return setting.tol
    return 0.0 if setting.schedule == "adaptive" else -1.0
