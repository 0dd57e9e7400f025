"""The units of work that engines run: pure functions of what they hold, to be run anywhere, or again."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bigtrain.evaluate.estimators import features_used, fit_regressor, iterations
from bigtrain.evaluate.fold import Fold, FoldScores
from bigtrain.evaluate.recipe import Recipe, Steps
from bigtrain.evaluate.scores import Array, score_squares
from bigtrain.evaluate.workbench import Workbench
from bigtrain.numerics.cohort import Cohort
from bigtrain.numerics.curves import Curve
from bigtrain.numerics.setting import Setting
from bigtrain.numerics.stop_reason import StopReason
from bigtrain.records import OutOfTime
from bigtrain.shared import Shared


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task came to nothing.

    Attributes
    ----------
    reason : str
        One line.
    traceback : str or None
        Where, if it was an exception.
    """

    reason: str
    traceback: str | None = None


class Suspended:
    """A cohort between two rungs. It travels without its rows, which the worker that goes on has."""

    def __init__(self, cohort: Cohort) -> None:
        self._cohort: Cohort | None = cohort
        self._progress: Any = None

    def __getstate__(self) -> Any:
        return self._cohort.progress if self._cohort else self._progress

    def __setstate__(self, progress: Any) -> None:
        self._cohort, self._progress = None, progress

    def resume(self, fold: Fold, settings: Sequence[Setting], seed: int) -> Cohort:
        """Return the cohort of these settings, ready to train on."""
        if self._cohort is None:
            self._cohort = new_cohort(fold, settings, seed)
            self._cohort.take_up(self._progress)
        return self._cohort


@dataclass(frozen=True, slots=True)
class Rung:
    """Where a cohort stands on one fold at an epoch.

    Attributes
    ----------
    cohort : Suspended
        To go on from.
    scores : array of shape (k,)
        Of the metric that rungs compare by; NaN of those that a judge ended before.
    diverged : array of k bool
        Whether training left the finite numbers.
    """

    cohort: Suspended
    scores: Array
    diverged: NDArray[np.bool_]


Result: TypeAlias = FoldScores | Rung | Failure


class Task(Protocol):
    """A unit of work of some trials on one fold."""

    @property
    def trials(self) -> int:
        """How many trials it works on."""

    def __call__(self) -> Result:
        """Do it; a failure is an answer like another."""


@dataclass(frozen=True, slots=True)
class CohortTask:
    """Train gradient trials together on one fold, to their end or to a rung.

    Attributes
    ----------
    bench : Shared of Workbench
        The sweep's table and folds.
    fold : int
        Which of them.
    steps : tuple
        The preprocessing that all of them have.
    settings : tuple of Setting
        The trials.
    scoring : str
        The metric that rungs compare by.
    rung : int, optional
        The epoch to stop at. Default: none.
    begun : Suspended, optional
        Where to go on.
    kept : tuple of bool, optional
        Which of the trials go on.
    deadline : float, optional
        Unix time at which nobody waits for it any more.
    """

    bench: Shared[Workbench]
    fold: int
    steps: Steps
    settings: tuple[Setting, ...]
    scoring: str
    rung: int | None = None
    begun: Suspended | None = None
    kept: tuple[bool, ...] | None = None
    deadline: float | None = None

    @property
    def trials(self) -> int:
        """How many trials it works on."""
        return len(self.settings)

    def __call__(self) -> Result:
        """Train; give scores, or the standing at the rung."""
        try:
            return self._train(self.bench.value)
        except (OutOfTime, CancelledError):
            raise
        except Exception as error:
            return failed(error)

    def _train(self, bench: Workbench) -> Result:
        fold, seed = bench.fold(self.fold, self.steps), bench.fold_seed(self.fold)
        make = new_cohort if self.begun is None else self.begun.resume
        cohort = make(fold, self.settings, seed)
        if self.kept is not None:
            cohort.keep(self._kept)
        self._advance(cohort, bench)
        if self.rung is None:
            return _scored(fold, cohort)
        scores = np.full(len(self.settings), np.nan)
        scores[self._kept] = _standing(fold, cohort, self._kept, self.scoring)
        return Rung(Suspended(cohort), scores, cohort.diverged)

    @property
    def _kept(self) -> NDArray[np.bool_]:
        return np.ones(len(self.settings), dtype=bool) if self.kept is None else np.array(self.kept)

    def _advance(self, cohort: Cohort, bench: Workbench) -> None:
        def look() -> None:
            if bench.stop.is_set():
                raise CancelledError
            if self.deadline is not None and time.time() > self.deadline:
                raise OutOfTime

        look()
        if self.rung is None:
            cohort.advance(look=look)
        elif self.rung > cohort.epoch:
            cohort.advance(self.rung - cohort.epoch, look)


@dataclass(frozen=True, slots=True)
class FitTask:
    """Fit one trial of any other family on one fold and score it. Attributes as those of `CohortTask`.

    Attributes
    ----------
    keep : bool, default False
        Whether the predictions come with the scores.
    """

    bench: Shared[Workbench]
    fold: int
    recipe: Recipe
    deadline: float | None = None
    keep: bool = False
    trials: int = 1

    def __call__(self) -> Result:
        """Fit and score."""
        try:
            return self._fit(self.bench.value)
        except (OutOfTime, CancelledError):
            raise
        except Exception as error:
            return failed(error)

    def _fit(self, bench: Workbench) -> Result:
        # What can't end in time would only keep a worker from what comes after the search.
        if bench.too_late(self.recipe.family, self.deadline):
            raise OutOfTime
        fold, began = bench.fold(self.fold, self.recipe.steps), time.monotonic()
        model = fit_regressor(
            self.recipe.family,
            self.recipe.parameters,
            fold.X_train,
            fold.y_train,
            bench.fold_seed(self.fold),
        )
        bench.seconds[self.recipe.family] = time.monotonic() - began
        predictions = np.asarray(model.predict(fold.X_test), dtype=float)[:, None]
        return FoldScores(
            scores=fold.score(predictions),
            n_features=np.array([features_used(model, fold.X_train.shape[1])]),
            n_iter=np.array([iterations(model)]),
            diverged=np.zeros(1, dtype=bool),
            curves=[(np.empty(0, dtype=np.int64), np.empty(0))],
            stop_reasons=[""],
            predictions=predictions if self.keep else None,
        )


def seeded(settings: Sequence[Setting], seed: int) -> list[Setting]:
    """Return `settings` with one random state: all trials of a fold see its rows in the same order."""
    return [setting._replace(random_state=seed) for setting in settings]


def new_cohort(fold: Fold, settings: Sequence[Setting], seed: int) -> Cohort:
    """Return a cohort that has not trained yet."""
    return Cohort(fold.train, seeded(settings, seed), validation=fold.validation)


def failed(error: BaseException) -> Failure:
    """Say what an exception was, in one line, and where."""
    said = next(iter(str(error).strip().splitlines()), "")
    reason = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return Failure(reason, "".join(traceback.format_exception(error)))


def _standing(fold: Fold, cohort: Cohort, among: NDArray[np.bool_], scoring: str) -> Array:
    """Return the scores of some members by one metric: of squared errors from the statistics, as curves."""
    coef, intercept = cohort.coef[among], cohort.intercept[among]
    if scoring == "mae":
        return fold.score_linear(coef, intercept)[scoring]
    weights, target = np.vstack([coef.T, intercept]), np.zeros(len(coef), dtype=np.int64)
    with np.errstate(over="ignore", invalid="ignore"):
        errors = fold.scale.deviation**2 * fold.validation.squared_error(weights, target)
    return score_squares(fold.y_test, errors * len(fold.y_test))[scoring]


def _scored(fold: Fold, cohort: Cohort) -> FoldScores:
    reasons = cohort.stop_reasons
    # Who was pruned has its rungs: what a part of a training scores is not the trial's score.
    whole = np.array([reason is not StopReason.PRUNED for reason in reasons])
    scores = fold.score_linear(cohort.coef[whole], cohort.intercept[whole])
    return FoldScores(
        scores={name: _spread(values, whole) for name, values in scores.items()},
        n_features=np.count_nonzero(cohort.coef, axis=1),
        n_iter=cohort.n_iter.astype(float),
        diverged=cohort.diverged,
        curves=[_rmse_curve(fold, watched) for _, watched in cohort.history.each()],
        stop_reasons=[reason.sentence for reason in reasons],
    )


def _spread(values: Array, where: NDArray[np.bool_]) -> Array:
    """Return values at their places among NaN."""
    spread = np.full(len(where), np.nan)
    spread[where] = values
    return spread


def _rmse_curve(fold: Fold, watched: Curve) -> Curve:
    epochs, mse = watched
    return epochs, fold.scale.deviation * np.sqrt(np.maximum(mse, 0.0))
