"""Scores of candidates on the splits of a cross-validation; what candidates share is done once."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from threading import Lock
from typing import Any

import joblib
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _check_method_params

from bigtrain.estimator import GradientRegressor, fit_cohort

KEPT_HEADS = 16
"""Transformed splits that are kept for later candidates, for each split."""

Candidate = Mapping[str, Any]
Scores = float | dict[str, float]


@dataclass
class Fit:
    """One candidate on one split."""

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
class Split:
    """Rows to fit on and rows to score on, and what transformers made of them."""

    train: Any
    test: Any
    heads: OrderedDict[str, tuple[Pipeline, Any, Any]] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True)
class Evaluation:
    """Fits candidates and scores them.

    Candidates of a pipeline that differ in its last step alone share the fitted steps before it, on each
    split; candidates that end in a `GradientRegressor` are trained together. Neither changes a score.

    Attributes
    ----------
    estimator : BaseEstimator
        What the candidates' parameters are set on.
    X, y : array-like
        All rows.
    splits : sequence of Split
        The cross-validation.
    scorer : callable
        ``scorer(fitted, X, y)`` gives a number or a dict of them.
    needs_pipeline : bool
        Whether the scorer may look at more than predictions, so that it must be given whole pipelines.
    fit_params, score_params : mapping
        Given to each fit and score, those of one value a row by split.
    n_jobs : int or None
        As in joblib.
    """

    estimator: BaseEstimator
    X: Any
    y: Any
    splits: Sequence[Split]
    scorer: Callable[..., Scores]
    needs_pipeline: bool
    fit_params: Mapping[str, Any]
    score_params: Mapping[str, Any]
    n_jobs: int | None

    def evaluate(self, candidates: Sequence[Candidate]) -> list[list[Fit]]:
        """Return what came of each candidate on each split."""
        groups = list(self._grouped(candidates))
        tasks = [(split, members) for split in self.splits for members in groups]
        # The data and the fitted transformers are shared; scikit-learn and our kernels release the lock.
        done = Parallel(n_jobs=self.n_jobs, prefer="threads")(
            delayed(self._evaluate_group)(split, [candidates[k] for k in members]) for split, members in tasks
        )
        fits: list[list[Fit]] = [[] for _ in candidates]
        for (_, members), results in zip(tasks, done, strict=True):
            for k, fit in zip(members, results, strict=True):
                fits[k].append(fit)
        return fits

    @cached_property
    def _last_step(self) -> str | None:
        """The name of the step before which all can be shared."""
        shares = (
            isinstance(self.estimator, Pipeline) and len(self.estimator.steps) > 1 and not self.fit_params
        )
        return str(self.estimator.steps[-1][0]) if shares else None

    def _grouped(self, candidates: Sequence[Candidate]) -> Iterator[list[int]]:
        """Yield the numbers of candidates that are fitted in one go: those with the same head."""
        gradient = isinstance(self.estimator, GradientRegressor) and not self.fit_params
        keys = [
            self._head_key(c) if self._last_step else "" if gradient else str(k)
            for k, c in enumerate(candidates)
        ]
        for _, members in groupby(sorted(range(len(keys)), key=keys.__getitem__), key=keys.__getitem__):
            yield list(members)

    def _head_key(self, candidate: Candidate) -> str:
        last = self._last_step
        head = {n: v for n, v in candidate.items() if n != last and not n.startswith(f"{last}__")}
        return str(joblib.hash(head))

    def _evaluate_group(self, split: Split, candidates: Sequence[Candidate]) -> list[Fit]:
        try:
            whole = [configured(self.estimator, candidate) for candidate in candidates]
            X, y = _safe_split(self.estimator, self.X, self.y, split.train)
            X_test, y_test = _safe_split(self.estimator, self.X, self.y, split.test, split.train)
            if self._last_step:
                started = time.perf_counter()
                head, X, X_head = self._head(split, whole[0], self._head_key(candidates[0]), X, y, X_test)
                shared = (time.perf_counter() - started) / len(whole)
        except Exception as error:
            return [Fit(error=error) for _ in candidates]
        if not self._last_step:
            return [
                self._scored(fit, model, X_test, y_test, split)
                for model, fit in self._fitted(whole, X, y, split)
            ]
        fits = []
        for model, fit in self._fitted([pipeline[-1] for pipeline in whole], X, y, split):
            fit.fit_time += shared
            if self.needs_pipeline and model is not None:
                joined = Pipeline([*head.steps, (self._last_step, model)])
                fits.append(self._scored(fit, joined, X_test, y_test, split))
            else:
                fits.append(self._scored(fit, model, X_head, y_test, split))
        return fits

    def _head(
        self, split: Split, pipeline: Pipeline, key: str, X: Any, y: Any, X_test: Any
    ) -> tuple[Pipeline, Any, Any]:
        """Return the fitted steps before the last one, and the split's rows as they leave them."""
        with split.lock:
            if key not in split.heads:
                head = pipeline[:-1]
                split.heads[key] = head, head.fit_transform(X, y), head.transform(X_test)
            split.heads.move_to_end(key)
            while len(split.heads) > KEPT_HEADS:
                split.heads.popitem(last=False)
            return split.heads[key]

    def _fitted(
        self, models: Sequence[BaseEstimator], X: Any, y: Any, split: Split
    ) -> Iterator[tuple[BaseEstimator | None, Fit]]:
        """Yield each model fitted, or None where it can't be."""
        together = _trained_together(models, X, y) if not self.fit_params else None
        if together:
            models, seconds = together
            yield from ((model, Fit(fit_time=seconds / len(models))) for model in models)
            return
        params = _check_method_params(self.X, dict(self.fit_params), split.train)
        for model in models:
            started = time.perf_counter()
            try:
                model.fit(X, y, **params)
            except Exception as error:
                yield None, Fit(error=error, fit_time=time.perf_counter() - started)
            else:
                yield model, Fit(fit_time=time.perf_counter() - started)

    def _scored(self, fit: Fit, model: BaseEstimator | None, X: Any, y: Any, split: Split) -> Fit:
        if model is None:
            return fit
        started = time.perf_counter()
        params = _check_method_params(self.X, dict(self.score_params), split.test)
        try:
            # An unsupervised scorer takes no target.
            fit.test_scores = (
                self.scorer(model, X, **params) if y is None else self.scorer(model, X, y, **params)
            )
        except Exception as error:
            fit.error = error
        fit.score_time = time.perf_counter() - started
        return fit


def configured(estimator: BaseEstimator, candidate: Candidate) -> BaseEstimator:
    """Return an unfitted copy with the candidate's parameters; values that are estimators are copied too."""
    return clone(estimator).set_params(**clone(dict(candidate), safe=False))


def _trained_together(
    models: Sequence[BaseEstimator], X: Any, y: Any
) -> tuple[list[GradientRegressor], float] | None:
    """Return the models trained as one cohort, and its seconds; None where they have to be alone."""
    if len(models) < 2 or any(type(model) is not GradientRegressor for model in models):
        return None
    if len({model.plan for model in models}) > 1 or any(model.warm_start for model in models):
        return None
    started = time.perf_counter()
    try:
        together = fit_cohort(X, y, list(models), plan=models[0].plan)
    except ValueError:
        return None  # each alone says what is wrong with it
    return together, time.perf_counter() - started
