"""The model that is shipped: refitted on all training rows, in scikit-learn's own classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline

from bigtrain.data import Dataset
from bigtrain.evaluate.crossvalidation import CrossValidation, finite, fold_metrics, seeded
from bigtrain.evaluate.fold import Rows, TargetScale
from bigtrain.evaluate.preprocessing import make_preprocessor
from bigtrain.evaluate.scores import Array, score_predictions
from bigtrain.numerics.cohort import Cohort
from bigtrain.numerics.setting import Setting
from bigtrain.numerics.training_data import TrainingData
from bigtrain.records import METRICS


@dataclass(frozen=True, slots=True)
class FinalModel:
    """A refitted model and what it scored on rows that nothing else has seen.

    Attributes
    ----------
    pipeline : Pipeline
        Preprocessing and a `LinearRegression` that carries the learned weights: whoever loads it needs
        scikit-learn alone.
    metrics : dict
        ``holdout_rmse``, ``holdout_mae``, ``holdout_r2``.
    """

    pipeline: Pipeline
    metrics: dict[str, float]


def fit_final(
    dataset: Dataset, train: Rows, holdout: Rows, settings: Mapping[str, Any], seed: int
) -> FinalModel | None:
    """Refit one setting on all training rows and score it on the holdout; None if it diverges there."""
    preprocessor = make_preprocessor(dataset)
    X = np.ascontiguousarray(preprocessor.fit_transform(dataset.X.iloc[train]))
    scale = TargetScale.of(dataset.y[train])
    setting = seeded([Setting(**settings)], seed, fold=-1)
    cohort = Cohort(TrainingData(X, scale.standardize(dataset.y[train])), setting)
    cohort.advance()
    if cohort.diverged[0]:
        return None
    coef, intercept = scale.restore(cohort.coef[0], cohort.intercept[0])
    pipeline = Pipeline([("preprocess", preprocessor), ("model", _linear_model(coef, float(intercept)))])
    return FinalModel(pipeline, _holdout_metrics(pipeline, dataset, holdout))


def _linear_model(coef: Array, intercept: float) -> LinearRegression:
    """Return a fitted `LinearRegression` that has these weights."""
    model = LinearRegression()
    model.coef_, model.intercept_, model.n_features_in_ = coef, intercept, len(coef)
    return model


def _holdout_metrics(pipeline: Pipeline, dataset: Dataset, holdout: Rows) -> dict[str, float]:
    predictions = pipeline.predict(dataset.X.iloc[holdout])
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
        `Ridge` at its defaults behind the same preprocessing.
    """
    scores: dict[str, float] = {}
    for name, regressor in (("mean", DummyRegressor()), ("ridge", Ridge())):
        by_fold = []
        for fold in validation.folds:
            predictions = regressor.fit(fold.X_train, fold.y_train).predict(fold.X_test)
            by_fold.append(
                {m: float(v[0]) for m, v in score_predictions(fold.y_test, predictions[:, None]).items()}
            )
        pipeline = make_pipeline(make_preprocessor(dataset), regressor)
        pipeline.fit(dataset.X.iloc[train], dataset.y[train])
        means = {k: v for k, v in fold_metrics(by_fold).items() if k in {f"cv_{m}" for m in METRICS}}
        both = {**means, **_holdout_metrics(pipeline, dataset, holdout)}
        scores |= {f"baseline_{name}_{key}": value for key, value in both.items()}
    return scores
