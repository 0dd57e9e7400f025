"""Look at a table and a fitted model while they are at hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from bigtrain.data import Dataset, Split
from bigtrain.errors import BigtrainError
from bigtrain.estimator import fit_cohort
from bigtrain.numerics.setting import PARAMETERS
from bigtrain.records import ParamValue
from bigtrain.report.observations import Observations, Path

MOST_ROWS = 2_000
"""Rows of the holdout that are shown; more would hide one another."""

PATH_ROWS = 20_000
PATH_FEATURES = 500
PATH_POINTS = 24
PATH_FOLDS = 3
DIGITS = 6

Array = NDArray[np.float64]


def observe(
    dataset: Dataset, split: Split, pipeline: Any, settings: Mapping[str, ParamValue]
) -> Observations:
    """Look at the final model: its predictions of the holdout, and what its penalties do.

    Parameters
    ----------
    dataset, split : Dataset, Split
        The table, and which of its rows are held out.
    pipeline : Pipeline or VotingRegressor
        The fitted model.
    settings : mapping
        The best trial's, and what every trial has.
    """
    shown = _spread(split.holdout, MOST_ROWS)
    names, paths = _paths(dataset, split, pipeline, settings)
    return Observations(
        target=dataset.target,
        actual=_rounded(dataset.y[shown]),
        predicted=_rounded(pipeline.predict(dataset.X.iloc[shown])),
        features=names,
        paths=paths,
        correlations=_correlations(dataset, split),
    )


def _spread(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(int)]


def _rounded(values: Array) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values]


def _correlations(dataset: Dataset, split: Split) -> dict[str, float]:
    rows = _spread(split.train, PATH_ROWS)
    y = dataset.y[rows]
    found = {}
    for name in dataset.numeric:
        x = dataset.X[name].to_numpy(float)[rows]
        known = np.isfinite(x)
        if known.sum() > 2 and np.ptp(x[known]) > 0 and np.ptp(y[known]) > 0:
            found[name] = round(float(np.corrcoef(x[known], y[known])[0, 1]), DIGITS)
    return found


def _paths(
    dataset: Dataset, split: Split, pipeline: Any, settings: Mapping[str, ParamValue]
) -> tuple[list[str], dict[str, Path]]:
    """Return the features' names and the paths; none for a model that isn't trained by gradients."""
    if settings.get("estimator", "gradient") != "gradient" or not isinstance(pipeline, Pipeline):
        return [], {}
    rows = _spread(split.train, PATH_ROWS)
    X = np.ascontiguousarray(pipeline[:-1].transform(dataset.X.iloc[rows]))
    if X.shape[1] > PATH_FEATURES:
        return [], {}
    names = [str(name) for name in pipeline[:-1].get_feature_names_out()]
    own = {name: value for name, value in settings.items() if name in PARAMETERS}
    return names, {
        name: path
        for name in ("l1", "l2")
        if (path := _path(X, dataset.y[rows], own, name, float(own.get(name) or 0.0)))
    }


def _path(X: Array, y: Array, settings: Mapping[str, ParamValue], name: str, own: float) -> Path | None:
    """Train one cohort along a penalty's strengths; None where its optimizer doesn't take the penalty."""
    mean, deviation = float(y.mean()), float(y.std()) or 1.0
    standard = (y - mean) / deviation
    # Above this strength of L1 every coefficient is zero.
    zero = float(np.abs((X - X.mean(axis=0)).T @ standard).max()) / len(y) or 1.0
    high = zero if name == "l1" else 10.0
    strengths = np.unique([*np.geomspace(high * 1e-4, high, PATH_POINTS), *([own] if own > 0 else [])])
    cohort = [{**settings, name: float(s), "random_state": 0} for s in strengths]
    parts = np.arange(len(y)) % PATH_FOLDS
    folds = [(np.flatnonzero(parts != k), np.flatnonzero(parts == k)) for k in range(PATH_FOLDS)]
    try:
        fitted = fit_cohort(X, standard, cohort, folds=folds, curves=False)
    except BigtrainError:
        return None
    errors = np.sqrt(fitted.scores.mean(axis=1)) * deviation
    trained = np.isfinite(errors)
    return Path(
        _rounded(strengths),
        [_rounded(c) if ok else None for c, ok in zip(fitted.coef.mean(axis=1), trained, strict=True)],
        [r if ok else None for r, ok in zip(_rounded(errors), trained, strict=True)],
    )
