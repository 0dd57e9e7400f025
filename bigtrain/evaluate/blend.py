"""A weighted mean of the best trials, where rows that none of them saw are predicted better by it.

Models are picked one at a time, with replacement, each the one that helps the mean of those picked so far
the most; how often one was picked is its weight.

References
----------
R. Caruana et al., Ensemble selection from libraries of models, ICML 2004.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import VotingRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch

from bigtrain.evaluate.crossvalidation import CrossValidation, unix_time
from bigtrain.evaluate.final import FinalModel, fit_model, fit_pipeline, holdout_metrics
from bigtrain.evaluate.fold import Rows
from bigtrain.evaluate.outcomes import fold_metrics
from bigtrain.evaluate.recipe import Recipe
from bigtrain.evaluate.scores import Array, score_predictions
from bigtrain.evaluate.workbench import Workbench
from bigtrain.records import METRICS, ParamValue, TaskLost, TrialRecord, maximized
from bigtrain.seeds import derive_seed
from bigtrain.shared import Shared

ROUNDS = 25
"""Picks: no weight is finer than one in so many, so that a blend fits noise less and has few members."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Which trials make a weighted mean, and what it scores out of fold.

    Attributes
    ----------
    weights : mapping of int to float
        By trial number, all above 0, their sum 1.
    scores : mapping
        ``cv_rmse``, ``cv_mae``, ``cv_r2``, as those of a trial.
    """

    weights: Mapping[int, float]
    scores: Mapping[str, float]

    def __str__(self) -> str:
        """Return the members, the heaviest first: ``0.6 × trial 3 + 0.4 × trial 7``."""
        ordered = sorted(self.weights.items(), key=lambda each: -each[1])
        return " + ".join(f"{weight:.3g} × trial {number}" for number, weight in ordered)


def choose_blend(
    validation: CrossValidation, ranked: Sequence[TrialRecord], size: int, until: float | None = None
) -> Blend | None:
    """Return the blend of a sweep's trials; None where none scores better than the best of them alone.

    Parameters
    ----------
    validation : CrossValidation
        The sweep's, which may remember out-of-fold predictions; others are made again.
    ranked : sequence of TrialRecord
        The completed trials, the best first.
    size : int
        Trials to choose from: the best of each family, and the best of all.
    until : float, optional
        When to do with the predictions that there are, on the monotonic clock.
    """
    return _choose(validation, ranked, _predictions(validation, ranked, size, until))


def _choose(
    validation: CrossValidation, ranked: Sequence[TrialRecord], predicted: Mapping[int, list[Array]]
) -> Blend | None:
    """Return the best mean of those trials, if it is better than the best of all alone."""
    if len(predicted) < 2:
        return None
    bench = validation.bench.value
    truth = [bench.dataset.y[test] for _, test in bench.parts]
    folds = [np.column_stack([each[k] for each in predicted.values()]) for k in range(len(truth))]
    counts = greedy_counts(truth, folds, validation.scoring)
    weights = counts / counts.sum()
    by_fold = [
        {m: float(v[0]) for m, v in score_predictions(y, (P @ weights)[:, None]).items()}
        for y, P in zip(truth, folds, strict=True)
    ]
    scores = {k: v for k, v in fold_metrics(by_fold).items() if k in {f"cv_{m}" for m in METRICS}}
    if np.count_nonzero(counts) == 1 or not _better(validation.scoring, scores, ranked[0].scores):
        return None
    return Blend({n: float(w) for n, w in zip(predicted, weights, strict=True) if w}, scores)


def _better(scoring: str, one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    mine, its = one[f"cv_{scoring}"], other[f"cv_{scoring}"]
    return mine > its if maximized(scoring) else mine < its


def greedy_counts(
    truth: Sequence[Array], folds: Sequence[Array], scoring: str, rounds: int = ROUNDS
) -> NDArray[np.intp]:
    """Return how often each model is picked; the mean of the picks scores best among all that were passed.

    Parameters
    ----------
    truth : sequence of array of shape (n,)
        The target by fold.
    folds : sequence of array of shape (n, k)
        Out-of-fold predictions of k models.
    scoring : str
        The metric whose mean over the folds counts.
    rounds : int
        Picks at most.
    """
    sign = -1 if maximized(scoring) else 1
    sums = [np.zeros(len(y)) for y in truth]
    counts = np.zeros(folds[0].shape[1], dtype=np.intp)
    best, chosen = np.inf, counts
    for picked in range(1, rounds + 1):
        losses = sign * np.mean(
            [
                score_predictions(y, (total[:, None] + P) / picked)[scoring]
                for y, total, P in zip(truth, sums, folds, strict=True)
            ],
            axis=0,
        )
        pick = int(np.argmin(losses))
        counts[pick] += 1
        sums = [total + P[:, pick] for total, P in zip(sums, folds, strict=True)]
        if losses[pick] < best:
            best, chosen = float(losses[pick]), counts.copy()
    return chosen


def fit_blend(
    validation: CrossValidation,
    ranked: Sequence[TrialRecord],
    size: int,
    train: Rows,
    holdout: Rows,
    until: float | None = None,
) -> FinalModel | None:
    """Choose a blend and refit its members on all training rows.

    Parameters
    ----------
    validation, ranked, size, until
        As of `choose_blend`. Members that aren't refitted in time, or diverge, are left out, and the mean is
        chosen anew among the others.
    train, holdout : array of int
        The rows to learn from and those to score on.

    Returns
    -------
    FinalModel or None
        Its pipeline is a fitted `VotingRegressor`; its metrics are those of the holdout and the blend's own.
        None where the best trial alone is as good.
    """
    dataset = validation.bench.value.dataset
    predicted = _predictions(validation, ranked, size, until)
    settings = {record.number: record.settings for record in ranked}
    at_work: dict[int, Future[Any]] = {}
    while blend := _choose(validation, ranked, predicted):
        for number in sorted(blend.weights.keys() - at_work.keys(), key=lambda n: -blend.weights[n]):
            task = _RefitTask(
                validation.bench, train, validation.complete(settings[number]), unix_time(until)
            )
            at_work[number] = validation.engine.submit(task)
        refitted = {n: made[0] for n in blend.weights if (made := _results([at_work[n]], until))}
        if len(refitted) == len(blend.weights):
            model = voting(refitted, blend.weights)
            return FinalModel(model, {**blend.scores, **holdout_metrics(model, dataset, holdout)}, str(blend))
        predicted = {number: predicted[number] for number in refitted}
    return None


def voting(pipelines: Mapping[int, Pipeline], weights: Mapping[int, float]) -> VotingRegressor:
    """Return a fitted `VotingRegressor` of fitted pipelines, as its own `fit` would leave it."""
    named = [(f"trial_{number}", pipeline) for number, pipeline in pipelines.items()]
    model = VotingRegressor(named, weights=[weights[number] for number in pipelines])
    model.estimators_ = [pipeline for _, pipeline in named]
    model.named_estimators_ = Bunch(**dict(named))
    model.feature_names_in_ = model.estimators_[0].feature_names_in_
    return model


@dataclass(frozen=True, slots=True)
class _PredictTask:
    """Fit one trial on one fold; give its predictions of the validation rows.

    None if it diverges, or wouldn't be there by the deadline.
    """

    bench: Shared[Workbench]
    fold: int
    recipe: Recipe
    deadline: float | None
    trials: int = 1

    def __call__(self) -> Array | None:
        bench = self.bench.value
        if bench.too_late(self.recipe.family, self.deadline):
            return None
        fold = bench.fold(self.fold, self.recipe.steps)
        model = fit_model(self.recipe, fold.X_train, fold.y_train, bench.fold_seed(self.fold))
        return None if model is None else np.asarray(model.predict(fold.X_test), dtype=float)


@dataclass(frozen=True, slots=True)
class _RefitTask:
    """Fit one trial's pipeline on all training rows; None as of `_PredictTask`."""

    bench: Shared[Workbench]
    rows: Rows
    settings: Mapping[str, ParamValue]
    deadline: float | None
    trials: int = 1

    def __call__(self) -> Pipeline | None:
        bench = self.bench.value
        share = len(self.rows) / max(len(train) for train, _ in bench.parts)
        if bench.too_late(str(self.settings["estimator"]), self.deadline, share):
            return None
        return fit_pipeline(bench.dataset, self.rows, self.settings, derive_seed(bench.seed, "fold", -1))


def _candidates(validation: CrossValidation, ranked: Sequence[TrialRecord], size: int) -> list[TrialRecord]:
    """Return the best of each family and then the best of the others: unlike models err unlike."""
    first: dict[str, TrialRecord] = {}
    for record in ranked:
        first.setdefault(validation.recipe(record.settings).family, record)
    numbers = {record.number for record in first.values()}
    return [*first.values(), *(record for record in ranked if record.number not in numbers)][:size]


def _predictions(
    validation: CrossValidation, ranked: Sequence[TrialRecord], size: int, until: float | None
) -> dict[int, list[Array]]:
    """Return candidates' out-of-fold predictions by trial and fold; what isn't there in time is left out."""
    candidates = _candidates(validation, ranked, size)
    at_work = {
        record.number: _begin(validation, record, until)
        for record in candidates
        if validation.remembered(record.number) is None
    }
    predicted: dict[int, list[Array]] = {}
    for record in candidates:
        number = record.number
        made = validation.remembered(number) or _results(at_work[number], until)
        if made is not None:
            predicted[number] = made
    return predicted


def _begin(validation: CrossValidation, record: TrialRecord, until: float | None) -> list[Future[Any]]:
    recipe, deadline = validation.recipe(record.settings), unix_time(until)
    tasks = [
        _PredictTask(validation.bench, fold, recipe, deadline)
        for fold in range(len(validation.bench.value.parts))
    ]
    return [validation.engine.submit(task) for task in tasks]


def _results(futures: Sequence[Future[Any]], until: float | None) -> list[Any] | None:
    """Wait for all; None where one is not there in time, or has nothing to give."""
    try:
        made = [f.result(None if until is None else max(0.0, until - time.monotonic())) for f in futures]
    except (TimeoutError, TaskLost):
        for future in futures:
            future.cancel()
        return None
    return None if any(each is None for each in made) else made
