"""Cross-validate a cohort: statistics of each training part are the total minus the held-out fold."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bigtrain.errors import ParameterError
from bigtrain.numerics.blas import one_thread
from bigtrain.numerics.cohort import Cohort
from bigtrain.numerics.curves import History, Point, points
from bigtrain.numerics.group import Apply
from bigtrain.numerics.setting import Setting
from bigtrain.numerics.statistics import Statistics
from bigtrain.numerics.stop_reason import StopReason
from bigtrain.numerics.training_data import TrainingData

Array: TypeAlias = NDArray[Any]
Rows: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class CohortFolds:
    """What each setting came to on each fold.

    Attributes
    ----------
    scores : ndarray of shape (K, folds)
        Mean squared error on the held-out rows (mean over targets); inf where training diverged.
    coef, intercept : ndarray of shape (K, folds, p) and (K, folds)
        Of each fold's model, for rows as they were given; (K, folds, m, p) and (K, folds, m) for m targets.
    n_iter : ndarray of shape (K, folds)
        Epochs.
    stop_reasons : list of list of StopReason
        By setting and fold.
    loss_curves, validation_curves : list of list of points
        By setting and fold: (epoch, objective), and (epoch, mean squared error on the held-out rows).
    """

    scores: Array
    coef: Array
    intercept: Array
    n_iter: Array
    stop_reasons: list[list[StopReason]]
    _curves: Sequence[History] = field(repr=False)
    _data: TrainingData = field(repr=False)
    _tests: Sequence[Rows] = field(repr=False)
    _flat: bool = field(repr=False)

    @property
    def loss_curves(self) -> list[list[list[Point]]]:
        """Points (epoch, objective) by setting and fold."""
        return self._points(0)

    @property
    def validation_curves(self) -> list[list[list[Point]]]:
        """Points (epoch, mean squared error on the held-out rows) by setting and fold."""
        return self._points(1)

    def _points(self, which: int) -> list[list[list[Point]]]:
        return [[points(history.of(k)[which]) for history in self._curves] for k in range(len(self.scores))]

    def predict(self, members: Any = slice(None)) -> Array:
        """Return out-of-fold predictions (K, n), or (K, n, m), of some members (default: all).

        Every row is predicted by the model of the fold that holds it out; NaN where none does. They are
        worked out from the rows when asked for, since that costs more than training the cohort did.
        """
        coef, intercept = self._by_target(members)
        K, _, m, _ = coef.shape
        predictions = np.full((K, self._data.n_rows, m), np.nan, dtype=self.coef.dtype)
        for f, test in enumerate(self._tests):
            held = self._data.take(test)
            w = np.column_stack([coef[:, f].reshape(K * m, -1), intercept[:, f].reshape(K * m)]).T
            fold = held.predict(w, slice(None)).reshape(len(test), K, m)
            predictions[:, test] = np.moveaxis(fold, 0, 1)
        return predictions[..., 0] if self._flat else predictions

    def confirm(self, members: Any = slice(None)) -> Array:
        """Return the scores (K, folds) of some members, taken from the rows and not from statistics."""
        coef, intercept = self._by_target(members)
        K, F, m, _ = coef.shape
        scores = np.empty((K, F))
        target = np.tile(np.arange(m), K)
        for f, test in enumerate(self._tests):
            w = np.column_stack([coef[:, f].reshape(K * m, -1), intercept[:, f].reshape(K * m)]).T
            scores[:, f] = self._data.take(test).squared_error(w, target).reshape(K, m).mean(axis=1)
        return np.where(np.isfinite(self.scores[members]), scores, np.inf)

    def _by_target(self, members: Any) -> tuple[Array, Array]:
        coef, intercept = self.coef[members], self.intercept[members]
        return (coef[:, :, None], intercept[:, :, None]) if self._flat else (coef, intercept)


def fit_folds(
    data: TrainingData,
    settings: Sequence[Setting],
    folds: Sequence[tuple[Rows, Rows]],
    *,
    standardize: bool,
    plan: str,
    n_jobs: int,
    curves: bool,
    flat: bool,
) -> CohortFolds:
    """Train all settings on each fold's training rows and score them on its held-out ones: `fit_cohort`."""
    tests = [np.asarray(test) for _, test in folds]
    held = [data.take(test) for test in tests]
    total = _total(data, tests, held)

    def run(f: int) -> tuple[Cohort, Array, Array, Array]:
        train, validation = np.asarray(folds[f][0]), held[f]
        complement = _partition(data.n_rows, [train, tests[f]])
        part = data.fold(train, validation, total) if complement else data.take(train)
        mean, scale = np.zeros(data.n_features), np.ones(data.n_features)
        if standardize:
            mean, scale = scales_of(part)
            part, validation = part.scaled(mean, scale), validation.scaled(mean, scale)
        cohort = Cohort(part, settings, validation=validation if curves else None, plan=plan)
        cohort.advance(apply=side_by_side)
        return cohort, _scores(cohort, validation), *_unscaled(cohort, mean, scale)

    # Each fold hands its blocks of settings out to the same threads, which so have as much to do to the end.
    with one_thread(), _workers(n_jobs) as side_by_side, _workers(n_jobs) as at_once:
        if any(s.loss == "squared" and s.batch_size is None for s in settings):
            list(side_by_side(lambda part: part.statistics, held))  # all are needed for each
        results = list(at_once(run, range(len(folds))))
    cohorts = [result[0] for result in results]
    reasons = [cohort.stop_reasons for cohort in cohorts]
    scores, coef, intercept = (np.stack([result[i] for result in results], axis=1) for i in (1, 2, 3))
    return CohortFolds(
        scores=scores, coef=coef, intercept=intercept,
        n_iter=np.stack([cohort.n_iter for cohort in cohorts], axis=1),
        stop_reasons=[list(of_folds) for of_folds in zip(*reasons, strict=True)],
        _curves=[cohort.history for cohort in cohorts],
        _data=data, _tests=tests, _flat=flat,
    )  # fmt: skip


@contextmanager
def _workers(n_jobs: int) -> Iterator[Apply]:
    """Give a `map` that works in so many threads (−1: one a core); the kernels let go of the interpreter."""
    if n_jobs == 1:
        yield map
        return
    with ThreadPoolExecutor(max_workers=n_jobs if n_jobs > 0 else os.cpu_count()) as pool:
        yield pool.map


def scales_of(data: TrainingData) -> tuple[Array, Array]:
    """Return means and standard deviations (p,) of the features."""
    if data.sparse:
        raise ParameterError(
            "centring would make sparse rows dense", where="standardize", received=True, allowed="False",
            hint="scale them with sklearn.preprocessing.MaxAbsScaler",
        )  # fmt: skip
    return data.statistics.mean_x, data.statistics.standard_deviation()


def _total(
    data: TrainingData, tests: Sequence[Rows], held: Sequence[TrainingData]
) -> Callable[[], Statistics]:
    """Return how to come by the statistics of all rows: from the held-out parts, if they are all of them."""
    if not _partition(data.n_rows, tests):
        return lambda: data.statistics
    lock = threading.Lock()
    kept: list[Statistics] = []

    def joined() -> Statistics:
        with lock:
            if not kept:
                kept.append(reduce(Statistics.joined, (part.statistics for part in held)))
            return kept[0]

    return joined


def _partition(n: int, parts: Sequence[Rows]) -> bool:
    """Whether each of n rows is in one of the parts, and once."""
    if sum(map(len, parts)) != n:
        return False
    found = np.zeros(n, dtype=bool)
    for part in parts:
        found[part] = True
    return bool(found.all())


def _scores(cohort: Cohort, validation: TrainingData) -> Array:
    """Return the mean squared error (K,) of each member, over its targets."""
    K, m = len(cohort.settings), validation.n_targets
    coef, intercept = cohort.coef.reshape(K * m, -1), cohort.intercept.reshape(K * m)
    w = np.column_stack([coef, intercept]).T.astype(np.float64)
    error = validation.squared_error(w, np.tile(np.arange(m), K)).reshape(K, m).mean(axis=1)
    return np.where(cohort.diverged, np.inf, error)


def _unscaled(cohort: Cohort, mean: Array, scale: Array) -> tuple[Array, Array]:
    """Return coefficients and intercepts for rows that have not been centred and scaled."""
    coef = (cohort.coef / scale).astype(cohort.coef.dtype)
    return coef, (cohort.intercept - coef @ mean).astype(coef.dtype)
