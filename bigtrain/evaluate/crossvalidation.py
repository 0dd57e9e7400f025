"""Cross-validation of a whole cohort: every fold trains every setting at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from threading import Event
from typing import Any

import numpy as np

from bigtrain.data import Dataset
from bigtrain.evaluate.fold import Fold, FoldScores, Rows
from bigtrain.numerics.setting import Setting
from bigtrain.records import METRICS, Curve, Judge, Outcome, ParamValue, Trial, TrialState
from bigtrain.seeds import derive_seed

CURVE_POINTS = 100
"""Most points of one recorded curve; longer trainings are recorded at evenly spaced epochs."""


class CrossValidation:
    """The folds of one sweep, prepared on first use, and the scoring of cohorts on them.

    Parameters
    ----------
    dataset : Dataset
        The table.
    parts : sequence of (array of int, array of int)
        The rows to train on and those to score on, for each fold.
    seed : int
        The sweep's seed, which decides the order in which rows are visited.
    scoring : str
        The metric that is the trial's value: ``"rmse"``, ``"mae"`` or ``"r2"``.
    estimator : mapping
        Hyper-parameters that every trial has unless its own settings say otherwise.
    engine : Executor
        Where the folds run.
    """

    def __init__(
        self,
        dataset: Dataset,
        parts: Sequence[tuple[Rows, Rows]],
        *,
        seed: int,
        scoring: str,
        estimator: Mapping[str, ParamValue],
        engine: Executor,
    ) -> None:
        self.scoring, self.seed, self.estimator, self._engine = scoring, seed, dict(estimator), engine
        self._stop = Event()
        self._preparing = [engine.submit(partial(Fold, dataset, train, test)) for train, test in parts]

    @property
    def folds(self) -> list[Fold]:
        """The prepared folds."""
        return [fold.result() for fold in self._preparing]

    def evaluate(
        self,
        trials: Sequence[Trial],
        judge: Judge | None = None,  # noqa: ARG002
        until: float | None = None,  # noqa: ARG002
    ) -> list[Outcome]:
        """Train and score `trials` together; the outcomes are in the same order.

        All trials of a fold see its rows in the same order (common random numbers): differences between
        trials are then differences of their settings, and one pass over the rows serves them all.
        """
        values: list[dict[str, Any]] = [{**self.estimator, **trial.settings} for trial in trials]
        settings = [Setting(**own) for own in values]
        running = [
            self._engine.submit(fold.evaluate, seeded(settings, self.seed, number), self._stop)
            for number, fold in enumerate(self.folds)
        ]
        try:
            results = [future.result() for future in running]
        except BaseException:
            self._stop.set()
            raise
        return [self._outcome(results, k) for k in range(len(trials))]

    def stop(self) -> None:
        """Let whatever is being evaluated end soon, with `CancelledError`."""
        self._stop.set()

    def _outcome(self, results: Sequence[FoldScores], k: int) -> Outcome:
        metrics = fold_metrics([{m: float(r.scores[m][k]) for m in METRICS} for r in results])
        metrics["n_iter"] = float(np.mean([r.n_iter[k] for r in results]))
        curves = {"val_rmse": mean_curve([r.curves[k] for r in results])}
        stop_reasons = tuple(r.stop_reasons[k] for r in results)
        value = metrics.get(f"cv_{self.scoring}")
        failure = _divergence(results, k) or (f"cv_{self.scoring} is not finite" if value is None else None)
        if failure or value is None:
            return Outcome(
                TrialState.FAIL, metrics=metrics, curves=curves, reason=failure, stop_reasons=stop_reasons
            )
        return Outcome(TrialState.COMPLETE, (value,), metrics, curves, stop_reasons=stop_reasons)


def seeded(settings: Sequence[Setting], seed: int, fold: int) -> list[Setting]:
    """Return `settings` with the random state of one fold of a sweep."""
    random_state = derive_seed(seed, "fold", fold)
    return [replace(setting, random_state=random_state) for setting in settings]


def fold_metrics(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return ``fold_0_rmse`` … and their means ``cv_rmse`` … of the scores by fold, those that are finite.

    R² has no value in a fold whose target is constant; the other scores have.
    """
    by_fold = {f"fold_{i}_{m}": fold[m] for i, fold in enumerate(scores) for m in METRICS}
    with np.errstate(over="ignore", invalid="ignore"):
        means = {f"cv_{m}": float(np.mean([fold[m] for fold in scores])) for m in METRICS}
        spread = float(np.std([fold["rmse"] for fold in scores]))
    return finite({**means, "cv_rmse_std": spread, **by_fold})


def finite(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the scores that are finite numbers."""
    return {name: value for name, value in scores.items() if np.isfinite(value)}


def mean_curve(curves: Sequence[Sequence[tuple[int, float]]]) -> Curve:
    """Return the mean of curves by epoch; one that ended early keeps its last value, as its model does.

    Epochs at which a fold is not finite, and all later ones, are left out.
    """
    if not all(curves):
        return []
    last = max(curve[-1][0] for curve in curves)
    epochs = np.unique(np.linspace(1, last, min(last, CURVE_POINTS)).round().astype(int))
    with np.errstate(over="ignore", invalid="ignore"):
        means = np.mean([_values_at(curve, epochs) for curve in curves], axis=0)
    finite = int(np.argmin(np.isfinite(means))) if not np.isfinite(means).all() else len(means)
    return [(int(epoch), float(mean)) for epoch, mean in zip(epochs[:finite], means[:finite], strict=True)]


def _values_at(curve: Sequence[tuple[int, float]], epochs: np.ndarray) -> np.ndarray:
    """Return the curve's latest value at each of `epochs`."""
    known = np.array([epoch for epoch, _ in curve])
    values = np.array([value for _, value in curve])
    return values[np.maximum(np.searchsorted(known, epochs, side="right") - 1, 0)]


def _divergence(results: Sequence[FoldScores], k: int) -> str | None:
    """Say in which fold a trial diverged and how, or None if in none."""
    for fold, result in enumerate(results):
        if result.diverged[k]:
            return f"fold {fold}: {result.stop_reasons[k]}"
    return None
