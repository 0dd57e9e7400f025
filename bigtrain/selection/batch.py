"""Candidates that share everything before the last step, on one split: fitted together where they can be."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from bigtrain.estimator import EstimatorCohort, GradientRegressor

Scores = float | dict[str, float]
Scorer = Callable[[BaseEstimator, Any, Any], Scores]


@dataclass
class Fit:
    """One candidate on one split: its scores, its seconds, or what went wrong."""

    test_scores: Scores | None = None
    fit_time: float = 0.0
    score_time: float = 0.0
    error: Exception | None = None

    @property
    def by_name(self) -> dict[str, float]:
        """The scores by the metric's name; a metric without a name is the score."""
        scores = self.test_scores
        return scores if isinstance(scores, dict) else {"score": float("nan") if scores is None else scores}

    def to_result(self, names: tuple[str, ...] | None) -> dict[str, Any]:
        """Return what scikit-learn makes ``cv_results_`` of; a fit that failed scores NaN in all `names`."""
        nothing = dict.fromkeys(names, float("nan")) if names else float("nan")
        scores = nothing if self.test_scores is None else self.test_scores
        return {"test_scores": scores, "fit_time": self.fit_time, "score_time": self.score_time}


@dataclass
class Rows:
    """The rows of one split as the last step sees them, and the fitted steps before it."""

    X: Any
    y: Any
    X_test: Any
    y_test: Any
    head: Pipeline | None = None


@dataclass
class Batch:
    """Unfitted models on the rows of one split.

    Attributes
    ----------
    rows : Rows
        What they are fitted and scored on.
    models : sequence of BaseEstimator
        The last steps of the candidates, or all of them where nothing is shared.
    fit_params : mapping
        Given to ``fit``.
    scorer : callable
        ``scorer(model, X, y)``.
    whole : str or None
        The last step's name, where the scorer has to be given whole pipelines on rows as they came.
    raw_test : array-like
        These rows.
    """

    rows: Rows
    models: Sequence[BaseEstimator]
    fit_params: dict[str, Any]
    scorer: Scorer
    whole: str | None
    raw_test: Any
    fits: list[Fit] = field(init=False)
    cohort: EstimatorCohort | None = field(init=False)

    def __post_init__(self) -> None:
        self.fits = [Fit() for _ in self.models]
        self.cohort = None if self.fit_params else _cohort(self.models, self.rows.X, self.rows.y)

    @property
    def prunable(self) -> bool:
        """Whether the models learn by epochs, side by side."""
        return self.cohort is not None

    def advance(self, epochs: int | None = None) -> None:
        """Train a cohort for some epochs more; None: to its end."""
        if self.cohort is not None:
            started = time.perf_counter()
            self.cohort.advance(epochs)
            for fit in self.fits:
                fit.fit_time += (time.perf_counter() - started) / len(self.fits)

    def keep(self, members: NDArray[np.bool_]) -> None:
        """Go on with some members of a cohort alone."""
        if self.cohort is not None:
            self.cohort.keep(members)

    def scored(self) -> list[Fit]:
        """Score the models as they are, after fitting those that are no cohort; return what came of each."""
        models = self.cohort.models() if self.cohort is not None else self.models
        for fit, model in zip(self.fits, models, strict=True):
            try:
                if self.cohort is None:
                    self._fit(fit, model)
                self._score(fit, model)
            except Exception as error:
                fit.error, fit.test_scores = error, None
        return self.fits

    def _fit(self, fit: Fit, model: BaseEstimator) -> None:
        started = time.perf_counter()
        model.fit(self.rows.X, self.rows.y, **self.fit_params)
        fit.fit_time += time.perf_counter() - started

    def _score(self, fit: Fit, model: BaseEstimator) -> None:
        started = time.perf_counter()
        rows = self.rows.X_test
        if self.whole and self.rows.head is not None:
            model, rows = Pipeline([*self.rows.head.steps, (self.whole, model)]), self.raw_test
        fit.test_scores = self.scorer(model, rows, self.rows.y_test)
        fit.score_time += time.perf_counter() - started


def _cohort(models: Sequence[BaseEstimator], X: Any, y: Any) -> EstimatorCohort | None:
    """Return the models as one cohort; None where they have to be alone."""
    if any(type(model) is not GradientRegressor or model.warm_start for model in models):
        return None
    if len({model.plan for model in models}) > 1:
        return None
    try:
        return EstimatorCohort(X, y, list(models), plan=models[0].plan)
    except ValueError:
        return None  # each alone says what is wrong with it
