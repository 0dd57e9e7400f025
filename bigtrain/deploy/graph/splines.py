"""B-splines, written as what they are between two knots: polynomials."""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline
from sklearn.preprocessing import SplineTransformer

from bigtrain.deploy.graph.builder import Graph, refused
from bigtrain.deploy.graph.trees import LEQ, LESS, add_search

Floats = NDArray[np.float64]


def spline(graph: Graph, step: SplineTransformer, x: str) -> str:
    """Add all B-splines of each column: look up the piece a value is in, then evaluate its polynomials."""
    if step.extrapolation not in ("constant", "linear", "continue"):
        raise refused(step, f"extrapolation={step.extrapolation}")
    if step.extrapolation == "linear" and step.degree <= 1:
        # scikit-learn counts its degree up with each column, so that the second is another spline.
        raise refused(step, "extrapolation=linear of degree 1")
    pieces = [_pieces(each, step.extrapolation) for each in step.bsplines_]
    edges = np.array([_edges(each) for each in step.bsplines_])
    n_features, n_edges = edges.shape
    origins = np.array([origin for origin, _ in pieces])
    tables = np.array([table for _, table in pieces])
    _, _, powers, splines = tables.shape
    # What lies on the last edge is inside, what lies on another is in the piece above it.
    modes = np.array([LESS] * (n_edges - 1) + [LEQ])
    at = graph.add("Add", add_search(graph, x, edges, modes), np.arange(n_features) * (n_edges + 1))
    distance = graph.add("Sub", x, graph.add("Gather", origins.ravel(), at, axis=0))
    distance = graph.reshape(distance, 0, n_features, 1)
    y = ""
    for power in reversed(range(powers)):
        table = np.ascontiguousarray(tables[:, :, power].reshape(-1, splines))
        coefficient = graph.add("Gather", table, at, axis=0)
        y = graph.add("Add", graph.add("Mul", y, distance), coefficient) if y else coefficient
    return _kept(graph, step, graph.reshape(y, 0, n_features * splines), n_features, splines)


def _kept(graph: Graph, step: SplineTransformer, y: str, n_features: int, splines: int) -> str:
    """Leave out the last spline of each column where scikit-learn does."""
    if step.include_bias:
        return y
    return graph.columns(y, np.flatnonzero(np.arange(n_features * splines) % splines != splines - 1))


def _edges(bspline: BSpline) -> Floats:
    """Return the knots between which the splines were made."""
    knots: Floats = bspline.t[bspline.k : len(bspline.t) - bspline.k]
    return knots


def _pieces(bspline: BSpline, extrapolation: str) -> tuple[Floats, Floats]:
    """Return where each piece begins, and its polynomials' coefficients by (piece, power, spline).

    The first piece is what lies below all knots, the last what lies above.
    """
    edges = _edges(bspline)
    inside = np.array([_taylor(bspline, edge, bspline.k) for edge in edges[:-1]])
    if extrapolation == "continue":
        origins, below, above = [edges[0], *edges[:-1], edges[-2]], inside[0], inside[-1]
    else:
        order = 1 if extrapolation == "linear" else 0
        origins = [edges[0], *edges]
        below, above = (_padded(_taylor(bspline, end, order), inside[0]) for end in (edges[0], edges[-1]))
    return np.array(origins), np.concatenate([below[None], inside, above[None]])


def _taylor(bspline: BSpline, at: float, order: int) -> Floats:
    """Return the coefficients of the powers of ``x - at``, for x from there on."""
    return np.array([bspline(at, nu=power) / factorial(power) for power in range(order + 1)])


def _padded(coefficients: Floats, like: Floats) -> Floats:
    """Return the same polynomial with as many powers as another, or cut to them."""
    result = np.zeros_like(like)
    n_powers = min(len(coefficients), len(like))
    result[:n_powers] = coefficients[:n_powers]
    return result
