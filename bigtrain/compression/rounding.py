"""A pipeline with its weights in fewer bits; it keeps computing in float64."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pandas import DataFrame
from sklearn.base import clone
from sklearn.ensemble import VotingRegressor
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.svm import SVR

from bigtrain.compression.shrinking import changed, members
from bigtrain.deploy.narrow import OVERHEAD, Kind, round_weights

ENOUGH_ROWS = 2000
"""Rows, evenly spread, that tell what rounding changes on average."""

LINEAR = (LinearRegression, Ridge, ElasticNet, Lasso)


def has_weights(pipeline: Any) -> bool:
    """Whether a pipeline, or a member of a blend, has so many weights that fewer bits would save any."""
    return any(_is_long(step) for each in members(pipeline) for _, step in each.steps)


def _is_long(step: Any) -> bool:
    few = isinstance(step, LINEAR) and 7 * step.coef_.size <= OVERHEAD
    return type(step) in _ROUND and not few


def rounded(pipeline: Any, kind: Kind, rows: DataFrame) -> Any:
    """Return the same pipeline with rounded weights, those of trees and scalers excepted.

    Parameters
    ----------
    pipeline : Pipeline or VotingRegressor
        Fitted.
    kind : str
        As of `round_weights`.
    rows : DataFrame
        Rows of training: the intercept of a linear model takes up the mean of what rounding changes there.
    """
    if kind == "float64":
        return pipeline
    if isinstance(pipeline, VotingRegressor):
        return changed(pipeline, lambda each: rounded(each, kind, rows))
    steps = [(name, _ROUND[type(s)](s, kind) if type(s) in _ROUND else s) for name, s in pipeline.steps]
    new = Pipeline(steps)
    if isinstance(new[-1], LINEAR):
        some = rows.iloc[:: -(-len(rows) // ENOUGH_ROWS)]
        new[-1].intercept_ += float(np.mean(pipeline.predict(some) - new.predict(some)))
    return new


def _attributes(*names: str) -> Callable[[Any, Kind], Any]:
    """Return what rounds some arrays of a step."""

    def rounds(step: Any, kind: Kind) -> Any:
        new = copy.copy(step)
        for name in names:
            setattr(new, name, round_weights(getattr(step, name), kind))
        return new

    return rounds


def _network(step: MLPRegressor, kind: Kind) -> MLPRegressor:
    new = copy.copy(step)
    new.coefs_ = [round_weights(weights, kind) for weights in step.coefs_]
    return new


def _neighbours(step: KNeighborsRegressor, kind: Kind) -> KNeighborsRegressor:
    # Whatever finds neighbours fast is built of the rows, so it is built again.
    return clone(step).fit(round_weights(step._fit_X, kind), step._y)


def _kernel(step: Nystroem, kind: Kind) -> Nystroem:
    new = copy.copy(step)
    new.components_ = round_weights(step.components_, kind)
    # An inverse root, whose small directions are lost in so few steps.
    new.normalization_ = round_weights(step.normalization_, "float16" if kind == "int8" else kind)
    return new


_ROUND: Mapping[type, Callable[[Any, Kind], Any]] = {
    **dict.fromkeys(LINEAR, _attributes("coef_")),
    Nystroem: _kernel,
    # libsvm predicts from the name with an underscore before it.
    SVR: _attributes("support_vectors_", "dual_coef_", "_dual_coef_"),
    MLPRegressor: _network,
    KNeighborsRegressor: _neighbours,
}
