"""Transformers of numbers: imputing, scaling, and features made of features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from bigtrain.deploy.graph.builder import DOUBLE, Graph, refused
from bigtrain.deploy.graph.kernels import kernel
from bigtrain.deploy.graph.normal import normal_quantile
from bigtrain.deploy.graph.trees import LEQ, LESS, add_search

NEAR_A_BOUND = 1e-7
"""How near to the least or greatest quantile scikit-learn takes a number for being there."""


def imputer(graph: Graph, step: SimpleImputer, x: str) -> str:
    """Put a column's own statistic for what is missing."""
    if step.add_indicator or not (isinstance(step.missing_values, float) and np.isnan(step.missing_values)):
        raise refused(step, "imputing anything but NaN")
    fill = np.asarray(step.statistics_, dtype=np.float64)
    empty = np.isnan(fill)
    if empty.any() and not step.keep_empty_features:
        x, fill = graph.columns(x, np.flatnonzero(~empty)), fill[~empty]
    # What was empty in training becomes 0 in every row, as scikit-learn has it.
    return graph.add("Where", graph.add("IsNaN", x), np.where(np.isnan(fill), 0.0, fill), x)


def standard(graph: Graph, step: StandardScaler | RobustScaler, x: str) -> str:
    """Subtract a centre, divide by a scale."""
    center = step.center_ if isinstance(step, RobustScaler) else step.mean_
    if center is not None:
        x = graph.add("Sub", x, center)
    return x if step.scale_ is None else graph.add("Div", x, step.scale_)


def minmax(graph: Graph, step: MinMaxScaler, x: str) -> str:
    """Multiply and add, so that training's least and greatest become the ends of a range."""
    y = graph.add("Add", graph.add("Mul", x, step.scale_), step.min_)
    low, high = (np.array(float(end)) for end in step.feature_range)
    return graph.add("Clip", y, low, high) if step.clip else y


def quantile(graph: Graph, step: QuantileTransformer, x: str) -> str:
    """Interpolate between quantiles, from both sides, since several may be the same number."""
    knots = np.asarray(step.quantiles_, dtype=np.float64).T
    low, high = knots[:, 0], knots[:, -1]
    clipped = graph.add("Min", graph.add("Max", x, low), high)
    upward = _interpolated(graph, step, knots, clipped, LESS)
    downward = _interpolated(graph, step, knots, clipped, LEQ)
    y = graph.add("Mul", graph.add("Add", upward, downward), np.array(0.5))
    normal = step.output_distribution == "normal"
    at_high, at_low = _near(graph, x, low, high) if normal else _equal(graph, clipped, low, high)
    y = graph.add("Where", at_low, np.array(0.0), graph.add("Where", at_high, np.array(1.0), y))
    return normal_quantile(graph, y, *_normal_bounds()) if normal else y


def _interpolated(graph: Graph, step: QuantileTransformer, knots: Any, x: str, mode: int) -> str:
    """Interpolate; of equal quantiles the last counts with `LESS`, the first with `LEQ`."""
    n_features, n_knots = knots.shape
    reached = add_search(graph, x, knots, np.full(n_knots, mode))
    # The knot at or before x, or at or after it: where the line begins.
    first = 1 if mode == LESS else 0
    at = graph.add("Sub", reached, np.array(first)) if first else reached
    at = graph.add("Add", at, np.arange(n_features) * n_knots)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = np.diff(step.references_) / np.diff(knots, axis=1)
    ends = np.zeros((n_features, 1))
    slopes = np.nan_to_num(np.hstack([slopes, ends] if first else [ends, slopes]), posinf=0.0)
    begin = graph.add("Gather", knots.ravel(), at, axis=0)
    value = graph.add("Gather", np.tile(step.references_, n_features), at, axis=0)
    slope = graph.add("Gather", slopes.ravel(), at, axis=0)
    return graph.add("Add", graph.add("Mul", slope, graph.add("Sub", x, begin)), value)


def _near(graph: Graph, x: str, low: Any, high: Any) -> tuple[str, str]:
    margin = np.array(NEAR_A_BOUND)
    above = graph.add("Greater", graph.add("Add", x, margin), high)
    return above, graph.add("Less", graph.add("Sub", x, margin), low)


def _equal(graph: Graph, x: str, low: Any, high: Any) -> tuple[str, str]:
    return graph.add("Equal", x, high), graph.add("Equal", x, low)


def _normal_bounds() -> tuple[float, float]:
    """Return where scikit-learn clips what would be infinite."""
    edge = NEAR_A_BOUND - np.spacing(1)
    return float(ndtri(edge)), float(ndtri(1 - edge))


def polynomial(graph: Graph, step: PolynomialFeatures, x: str, kept: NDArray[np.int64] | None = None) -> str:
    """Multiply columns, for all results or some: one factor a degree, the number 1 where there are fewer."""
    powers = step.powers_ if kept is None else step.powers_[kept]
    degree = int(powers.sum(axis=1).max(initial=0))
    one = powers.shape[1]
    factors = np.full((degree, len(powers)), one)
    for column, row in enumerate(powers):
        chosen = np.repeat(np.arange(one), row)
        factors[: len(chosen), column] = chosen
    ones = graph.add("Mul", graph.columns(x, np.array([0])), np.array(0.0))
    wide = graph.concat([x, graph.add("Add", ones, np.array(1.0))])
    product = graph.columns(wide, factors[0])
    for factor in factors[1:]:
        product = graph.add("Mul", product, graph.columns(wide, factor))
    return product


def selection(graph: Graph, step: ColumnTransformer, x: str) -> str:
    """Take some columns of a matrix."""
    return graph.columns(x, chosen(step))


def chosen(step: ColumnTransformer) -> NDArray[np.int64]:
    """Return which columns of a matrix a step takes, as they are."""
    kept = [(each, columns) for _, each, columns in step.transformers_ if each != "drop"]
    if any(not isinstance(each, FunctionTransformer) or each.func is not None for each, _ in kept):
        raise refused(step, "another transformer inside another")
    return np.concatenate([np.asarray(columns, dtype=np.int64) for _, columns in kept])


def nystroem(graph: Graph, step: Nystroem, x: str) -> str:
    """Multiply the kernel with chosen rows by a matrix."""
    settings = {"gamma": step.gamma, "degree": step.degree, "coef0": step.coef0}
    product = kernel(graph, step, step.kernel, x, step.components_, settings)
    return graph.add("MatMul", product, np.asarray(step.normalization_, dtype=np.float64).T)


def identity(graph: Graph, step: FunctionTransformer, x: str) -> str:
    """Leave it as it is."""
    if step.func is not None:
        raise refused(step, "a function")
    return graph.add("Cast", x, to=DOUBLE)
