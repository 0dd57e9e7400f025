"""Models that compare a row with rows of training: kernels and neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsRegressor
from sklearn.svm import SVR

from bigtrain.deploy.graph.builder import DOUBLE, Graph, refused

Floats = NDArray[np.float64]


def kernel(
    graph: Graph, step: Any, name: str, x: str, rows: Floats, settings: Mapping[str, float | None]
) -> str:
    """Add the kernel of each row of `x` with each of `rows`: rbf, linear, poly or sigmoid.

    Parameters
    ----------
    graph : Graph
        Where.
    step : estimator
        Whose kernel it is, for a refusal.
    name : str
        The kernel.
    x : str
        A matrix.
    rows : float64 array (n_rows, n_features)
        What it is compared with.
    settings : mapping
        ``gamma``, ``degree`` and ``coef0``; None is scikit-learn's own default.
    """
    gamma = np.array(_or(settings["gamma"], 1 / rows.shape[1]))
    if name == "rbf":
        return graph.add("Exp", graph.add("Mul", _squared_distance(graph, x, rows), -gamma))
    product = graph.add("MatMul", x, np.asarray(rows, dtype=np.float64).T)
    if name == "linear":
        return product
    shifted = graph.add("Add", graph.add("Mul", product, gamma), np.array(_or(settings["coef0"], 1.0)))
    if name == "sigmoid":
        return graph.add("Tanh", shifted)
    if name in ("poly", "polynomial"):
        return graph.add("Pow", shifted, np.array(float(_or(settings["degree"], 3))))
    raise refused(step, f"the kernel {name}")


def _or(value: float | None, default: float) -> float:
    return default if value is None else float(value)


def _squared_distance(graph: Graph, x: str, rows: Floats) -> str:
    # About a common centre: what is subtracted from each other should be small.
    center = rows.mean(axis=0)
    rows, x = rows - center, graph.add("Sub", x, center)
    own = graph.sum(graph.add("Mul", x, x), axis=1)
    product = graph.add("MatMul", x, np.ascontiguousarray(-2.0 * rows.T))
    total = graph.add("Add", graph.add("Add", product, own), np.square(rows).sum(axis=1))
    return graph.add("Max", total, np.array(0.0))


def svr(graph: Graph, model: SVR, x: str) -> str:
    """Add a weighted sum of kernels with the support vectors."""
    settings = {"gamma": model._gamma, "degree": model.degree, "coef0": model.coef0}
    product = kernel(graph, model, model.kernel, x, model.support_vectors_, settings)
    weights = np.asarray(model.dual_coef_, dtype=np.float64).reshape(-1, 1)
    return graph.add("Add", graph.add("MatMul", product, weights), np.asarray(model.intercept_))


def knn(graph: Graph, model: KNeighborsRegressor, x: str) -> str:
    """Add the mean of the nearest rows' targets; rows are taken one at a time, so that memory suffices."""
    rows = np.asarray(model._fit_X, dtype=np.float64)
    metric, power = model.effective_metric_, (model.effective_metric_params_ or {}).get("p", 2.0)
    body = Graph()
    distance = _distance(body, model, metric, float(power), rows)
    count = np.array([model.n_neighbors])
    nearest = body.add("TopK", distance, count, outputs=("near", "at"), axis=0, largest=0)
    target = np.asarray(model._y, dtype=np.float64).reshape(-1)
    chosen = body.add("Gather", target, "at", axis=0)
    body.add("Identity", _mean(body, model, nearest, chosen), outputs=("value",))
    inner = body.body({"row": [rows.shape[1]]}, {"value": [1]})
    return graph.add("Scan", x, body=inner, num_scan_inputs=1)


def _distance(body: Graph, model: Any, metric: str, power: float, rows: Floats) -> str:
    """Add the distance of the value ``row`` to each of `rows`."""
    if metric == "cosine":
        norms = np.linalg.norm(rows, axis=1)
        unit = rows / np.where(norms == 0, 1.0, norms)[:, None]
        own = body.add("Sqrt", body.sum(body.add("Mul", "row", "row"), axis=0))
        safe = body.add("Where", body.add("Equal", own, np.array(0.0)), np.array(1.0), own)
        return body.add("Sub", np.array(1.0), body.add("MatMul", unit, body.add("Div", "row", safe)))
    apart = body.add("Abs", body.add("Sub", rows, "row"))
    if metric == "chebyshev":
        return body.add("ReduceMax", apart, np.array([1]), keepdims=0)
    if metric == "manhattan":
        return body.sum(apart, axis=1, keep=False)
    if metric == "euclidean":
        return body.add("Sqrt", body.sum(body.add("Mul", apart, apart), axis=1, keep=False))
    if metric == "minkowski":
        total = body.sum(body.add("Pow", apart, np.array(power)), axis=1, keep=False)
        return body.add("Pow", total, np.array(1 / power))
    raise refused(model, f"the metric {metric}")


def _mean(body: Graph, model: KNeighborsRegressor, near: str, chosen: str) -> str:
    """Add the mean of what was chosen: plain, or weighted by 1/distance, rows at distance 0 alone."""
    if model.weights == "uniform":
        return body.add("ReduceMean", chosen, np.array([0]), keepdims=1)
    if model.weights != "distance":
        raise refused(model, "weights of one's own")
    same = body.add("Equal", near, np.array(0.0))
    any_same = body.add("ReduceMax", body.add("Cast", same, to=DOUBLE), np.array([0]), keepdims=1)
    safe = body.add("Where", same, np.array(1.0), near)
    inverse = body.add("Div", np.array(1.0), safe)
    alone = body.add("Cast", same, to=DOUBLE)
    is_any = body.add("Greater", any_same, np.array(0.0))
    weight = body.add("Where", is_any, alone, inverse)
    return body.add("Div", body.sum(body.add("Mul", weight, chosen), axis=0), body.sum(weight, axis=0))
