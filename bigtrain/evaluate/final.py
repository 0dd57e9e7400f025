"""The model that is shipped: refitted on all training rows, in scikit-learn's own classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import VotingRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import Pipeline

from bigtrain.data import Dataset
from bigtrain.evaluate.crossvalidation import CrossValidation
from bigtrain.evaluate.estimators import TargetScale, fit_regressor
from bigtrain.evaluate.fold import Rows
from bigtrain.evaluate.outcomes import finite, fold_metrics
from bigtrain.evaluate.preprocessing import Preprocessing
from bigtrain.evaluate.recipe import Recipe
from bigtrain.evaluate.scores import Array, score_predictions
from bigtrain.evaluate.tasks import seeded
from bigtrain.numerics.cohort import Cohort
from bigtrain.numerics.setting import Setting
from bigtrain.numerics.training_data import TrainingData
from bigtrain.records import METRICS, ParamValue
from bigtrain.seeds import derive_seed


@dataclass(frozen=True, slots=True)
class FinalModel:
    """A refitted model and what it scored on rows that nothing else has seen.

    Attributes
    ----------
    pipeline : Pipeline or VotingRegressor
        Preprocessing and a regressor of its library's own class, which predicts in the target's unit: whoever
        loads it needs no bigtrain. Of gradient trials it is a `LinearRegression` with the learned weights.
    metrics : dict
        ``holdout_rmse``, ``holdout_mae``, ``holdout_r2``; of a blend ``cv_rmse``, … as well.
    made_of : str
        The members of a blend; empty where it is one trial.
    """

    pipeline: Pipeline | VotingRegressor
    metrics: dict[str, float]
    made_of: str = ""


def fit_final(
    dataset: Dataset, train: Rows, holdout: Rows, settings: Mapping[str, Any], seed: int
) -> FinalModel | None:
    """Refit one trial on all training rows and score it on the holdout; None if it diverges there.

    Parameters
    ----------
    dataset : Dataset
        The table.
    train, holdout : array of int
        The rows to learn from and those to score on.
    settings : mapping
        As `complete_settings` gives them.
    seed : int
        The sweep's seed.
    """
    pipeline = fit_pipeline(dataset, train, settings, derive_seed(seed, "fold", -1))
    if pipeline is None:
        return None
    return FinalModel(pipeline, holdout_metrics(pipeline, dataset, holdout))


def fit_pipeline(
    dataset: Dataset, rows: Rows, settings: Mapping[str, ParamValue], seed: int
) -> Pipeline | None:
    """Fit what a trial's settings ask for on some rows, the same way as a fold does; None if it diverges."""
    recipe = Recipe.of(settings)
    preprocessing = Preprocessing(dataset, rows, dict(recipe.steps), seed)
    model = fit_model(recipe, preprocessing.X, dataset.y[rows], seed)
    return None if model is None else Pipeline([*preprocessing.steps, ("model", model)])


def fit_model(recipe: Recipe, X: Array, y: Array, seed: int) -> Any:
    """Fit a recipe's regressor on rows that are prepared; None if it diverges."""
    if recipe.trains_together:
        return _fit_gradient(recipe.parameters, X, y, seed)
    return fit_regressor(recipe.family, recipe.parameters, X, y, seed)


def _fit_gradient(parameters: Mapping[str, Any], X: Array, y: Array, seed: int) -> LinearRegression | None:
    scale = TargetScale.of(y)
    cohort = Cohort(TrainingData(X, scale.standardize(y)), seeded([Setting(**parameters)], seed))
    cohort.advance()
    if cohort.diverged[0]:
        return None
    coef, intercept = scale.restore(cohort.coef[0], cohort.intercept[0])
    return linear_model(coef, float(intercept))


def linear_model(coef: Array, intercept: float) -> LinearRegression:
    """Return a fitted `LinearRegression` that has these weights."""
    model = LinearRegression()
    model.coef_, model.intercept_, model.n_features_in_ = coef, intercept, len(coef)
    return model


def holdout_metrics(pipeline: Any, dataset: Dataset, holdout: Rows) -> dict[str, float]:
    """Score a fitted model on the rows that were held out."""
    predictions = np.asarray(pipeline.predict(dataset.X.iloc[holdout]), dtype=float)
    scores = score_predictions(dataset.y[holdout], predictions[:, None])
    return finite({f"holdout_{m}": float(scores[m][0]) for m in METRICS})


def baseline_scores(
    validation: CrossValidation, dataset: Dataset, train: Rows, holdout: Rows
) -> dict[str, float]:
    """Score what anyone would try first, on the same folds and holdout.

    Returns
    -------
    dict
        ``baseline_mean_cv_rmse``, ``baseline_ridge_holdout_r2``, …: the training mean, and scikit-learn's
        `Ridge` at its defaults behind the preprocessing of trials that say nothing of it.
    """
    scores: dict[str, float] = {}
    preprocessing = Preprocessing(dataset, train, validation.preprocess, seed=0)
    for name, regressor in (("mean", DummyRegressor()), ("ridge", Ridge())):
        by_fold = []
        for fold in validation.folds:
            predictions = regressor.fit(fold.X_train, fold.y_train).predict(fold.X_test)
            by_fold.append({m: float(v[0]) for m, v in fold.score(predictions[:, None]).items()})
        regressor.fit(preprocessing.X, dataset.y[train])
        pipeline = Pipeline([*preprocessing.steps, ("model", regressor)])
        means = {k: v for k, v in fold_metrics(by_fold).items() if k in {f"cv_{m}" for m in METRICS}}
        both = {**means, **holdout_metrics(pipeline, dataset, holdout)}
        scores |= {f"baseline_{name}_{key}": value for key, value in both.items()}
    return scores
