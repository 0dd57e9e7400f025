"""From a fitted pipeline to an ONNX model: every step by its class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    VotingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import SVR

from bigtrain.deploy.graph import features, kernels, trees
from bigtrain.deploy.graph.builder import Graph, refused
from bigtrain.deploy.graph.columns import columns
from bigtrain.deploy.graph.splines import spline

ACTIVATIONS = {"relu": "Relu", "tanh": "Tanh", "logistic": "Sigmoid", "exp": "Exp"}


def to_onnx(
    pipeline: Any, inputs: Mapping[str, str], properties: Mapping[str, str] | None = None
) -> onnx.ModelProto:
    """Convert a fitted pipeline, preprocessing and all, to a graph of ONNX's plain operators.

    The graph computes in float64, as scikit-learn does, step for step; only forests compare in float32,
    as scikit-learn's do. skl2onnx would round every input to float32, and has no form for several steps.

    Parameters
    ----------
    pipeline : Pipeline or VotingRegressor
        A ColumnTransformer and what comes after it; or a blend of such pipelines.
    inputs : mapping
        ``double`` or ``string`` by column. Each is an input of the graph, a matrix of one column; a missing
        number is NaN, a missing category the empty text.
    properties : mapping, optional
        Noted in the model's metadata.

    Returns
    -------
    ModelProto
        With one output, ``prediction``, a float64 matrix of one column.

    Raises
    ------
    RefusedError
        If a step has no ONNX form here.
    """
    graph = Graph()
    return graph.model(inputs, _predict(graph, pipeline, {name: name for name in inputs}), properties or {})


def _predict(graph: Graph, model: Any, inputs: Mapping[str, str]) -> str:
    """Add a pipeline, or a weighted mean of several."""
    if isinstance(model, VotingRegressor):
        parts = graph.concat([_predict(graph, each, inputs) for each in model.estimators_])
        weights = np.ones(len(model.estimators_)) if model.weights is None else np.asarray(_weights(model))
        return graph.add("MatMul", parts, (weights / weights.sum())[:, None])
    if not isinstance(model, Pipeline):
        raise refused(model, "a model without its preprocessing")
    (_, first), *later = model.steps
    if not isinstance(first, ColumnTransformer):
        raise refused(first, "a first step that takes no columns by name")
    x = columns(graph, first, inputs, step)
    for _, each in later:
        x = step(graph, each, x)
    return x


def _weights(model: VotingRegressor) -> list[float]:
    """Return the weights of those estimators that were not dropped."""
    pairs = zip(model.estimators, model.weights, strict=True)
    return [float(weight) for (_, estimator), weight in pairs if not isinstance(estimator, str)]


def step(graph: Graph, estimator: Any, x: str) -> str:
    """Add one step that takes a matrix: a transformer's result, or a regressor's column of predictions."""
    if estimator is None or isinstance(estimator, str):
        return x
    convert = CONVERTERS.get(type(estimator))
    if convert is None:
        raise refused(estimator, "this class")
    return convert(graph, estimator, x)


def _chain(graph: Graph, pipeline: Pipeline, x: str) -> str:
    steps = [each for _, each in pipeline.steps]
    while steps:
        each, *steps = steps
        if isinstance(each, PolynomialFeatures) and steps and isinstance(steps[0], ColumnTransformer):
            # Products that the next step leaves out are not made.
            x, steps = features.polynomial(graph, each, x, features.chosen(steps[0])), steps[1:]
        else:
            x = step(graph, each, x)
    return x


def _linear(graph: Graph, model: Any, x: str) -> str:
    weights = np.asarray(model.coef_, dtype=np.float64).reshape(-1, 1)
    intercept = np.asarray(model.intercept_, dtype=np.float64).reshape(-1)
    return graph.add("Add", graph.add("MatMul", x, weights), intercept)


def _mlp(graph: Graph, model: MLPRegressor, x: str) -> str:
    layers = list(zip(model.coefs_, model.intercepts_, strict=True))
    for index, (weights, biases) in enumerate(layers):
        x = graph.add("Add", graph.add("MatMul", x, np.asarray(weights, float)), np.asarray(biases, float))
        activation = model.out_activation_ if index == len(layers) - 1 else model.activation
        x = graph.add(ACTIVATIONS[activation], x) if activation in ACTIVATIONS else x
    return x


CONVERTERS: Mapping[type, Callable[[Graph, Any, str], str]] = {
    Pipeline: _chain,
    ColumnTransformer: features.selection,
    SimpleImputer: features.imputer,
    StandardScaler: features.standard,
    RobustScaler: features.standard,
    MinMaxScaler: features.minmax,
    QuantileTransformer: features.quantile,
    PolynomialFeatures: features.polynomial,
    SplineTransformer: spline,
    Nystroem: features.nystroem,
    FunctionTransformer: features.identity,
    LinearRegression: _linear,
    Ridge: _linear,
    ElasticNet: _linear,
    Lasso: _linear,
    HistGradientBoostingRegressor: trees.boosting,
    RandomForestRegressor: trees.forest,
    ExtraTreesRegressor: trees.forest,
    KNeighborsRegressor: kernels.knn,
    SVR: kernels.svr,
    MLPRegressor: _mlp,
}
"""How each class of scikit-learn is added, by the class itself: a subclass may do anything."""
