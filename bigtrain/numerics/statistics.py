"""The sums that a squared loss needs of its rows: weight, means, and products of deviations, in float64."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .moments import products_of_rows

Array: TypeAlias = NDArray[Any]

CHUNK = 8192
"""Rows summed up on their own, so that rounding doesn't grow with all of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Weight and moments of rows (x, y), about their means.

    Sums of deviations and not of raw products, because those lose the variance of a column whose mean is
    large, and the squared loss when a model explains nearly all.

    Attributes
    ----------
    weight : float
        Σ s, the number of rows where they bear no weights.
    mean_x, mean_y : ndarray of shape (p,) and (m,)
        Weighted means.
    xx, xy, yy : ndarray of shape (p, p), (p, m) and (m,)
        Σ s·(x − x̄)(x − x̄)ᵀ, Σ s·(x − x̄)(y − ȳ)ᵀ and Σ s·(y − ȳ)².
    """

    weight: float
    mean_x: Array
    mean_y: Array
    xx: Array
    xy: Array
    yy: Array

    def without(self, part: Statistics) -> Statistics:
        """Return the statistics of the rows that are not in `part`.

        The rule of Chan, Golub & LeVeque (1983) for joining two sets of deviations, read backwards.
        """
        weight = self.weight - part.weight
        mean_x = (self.weight * self.mean_x - part.weight * part.mean_x) / weight
        mean_y = (self.weight * self.mean_y - part.weight * part.mean_y) / weight
        between = weight * part.weight / self.weight
        dx, dy = mean_x - part.mean_x, mean_y - part.mean_y
        return Statistics(
            weight,
            mean_x,
            mean_y,
            self.xx - part.xx - between * np.outer(dx, dx),
            self.xy - part.xy - between * np.outer(dx, dy),
            np.maximum(self.yy - part.yy - between * dy**2, 0.0),
        )

    def joined(self, other: Statistics) -> Statistics:
        """Return the statistics of the rows of both: the same rule forwards."""
        weight = self.weight + other.weight
        between = self.weight * other.weight / weight
        dx, dy = self.mean_x - other.mean_x, self.mean_y - other.mean_y
        return Statistics(
            weight,
            (self.weight * self.mean_x + other.weight * other.mean_x) / weight,
            (self.weight * self.mean_y + other.weight * other.mean_y) / weight,
            self.xx + other.xx + between * np.outer(dx, dx),
            self.xy + other.xy + between * np.outer(dx, dy),
            self.yy + other.yy + between * dy**2,
        )

    def scaled(self, mean: Array, scale: Array) -> Statistics:
        """Return the statistics of ((x − mean)/scale, y)."""
        return Statistics(
            self.weight,
            (self.mean_x - mean) / scale,
            self.mean_y,
            self.xx / np.outer(scale, scale),
            self.xy / scale[:, None],
            self.yy,
        )

    def standard_deviation(self) -> Array:
        """Return the standard deviation of each feature; 1 for a constant one, as in scikit-learn."""
        variance = np.diag(self.xx) / self.weight
        constant = variance <= 1e-20 + 10 * np.finfo(float).eps * self.mean_x**2
        return np.sqrt(np.where(constant, 1.0, variance))

    def moments(self) -> Array:
        """Return the means of the products of (x, 1, y), of shape (p + 1 + m, p + 1 + m).

        G over (x, 1), c = (x, 1) by y and the diagonal yy make ½(wᵀGw − 2wᵀc + yy) the mean loss, the
        intercept last in w. Of two targets the product is left at 0.
        """
        p, m = len(self.mean_x), len(self.mean_y)
        means = np.concatenate([self.mean_x, [1.0], self.mean_y])
        moments = np.zeros((p + 1 + m, p + 1 + m))
        moments[:p, :p] = self.xx / self.weight + np.outer(self.mean_x, self.mean_x)
        moments[:p, p + 1 :] = self.xy / self.weight + np.outer(self.mean_x, self.mean_y)
        moments[p + 1 :, :p] = moments[:p, p + 1 :].T
        moments[p], moments[:, p] = means, means
        np.fill_diagonal(moments[p + 1 :, p + 1 :], self.yy / self.weight + self.mean_y**2)
        return moments

    def squared_error(self, w: Array, target: Array) -> Array:
        """Return the mean squared error of each column of w (p + 1, K) on its target.

        Taken about the means, so that only an error far below the variance of y is lost in rounding; see
        `SMALLEST_ERROR` of `training_data`.
        """
        coef, intercept = w[:-1], w[-1]
        shift = self.mean_y[target] - self.mean_x @ coef - intercept
        spread = np.einsum("jk,jk->k", coef, self.xx @ coef - 2 * self.xy[:, target])
        return np.asarray(np.maximum((spread + self.yy[target]) / self.weight + shift**2, 0.0))

    def spread(self) -> float:
        """Return how far the scales of the features lie apart: largest second moment to smallest variance.

        A Gram holds 16 digits of its largest entry; this says how many of them the smallest one does without.
        """
        variance = np.diag(self.xx) / self.weight
        moment = variance + self.mean_x**2
        varied = variance > 10 * np.finfo(float).eps * moment
        return float(max(moment.max(initial=1.0), 1.0) / min(variance[varied].min(initial=1.0), 1.0))


def statistics_of(X: Any, y: Array, weight: Array) -> Statistics:
    """Sum up dense or sparse rows X (n, p) and y (n, m), of weights (n,) or, where empty, of 1 each."""
    if not isinstance(X, np.ndarray):
        return _sparse(X, y, weight)
    n, p = X.shape
    # Deviations from means of a sample: near enough to lose no digits, and X is read once.
    sample = slice(None, None, max(1, n // 512))
    near_x, near_y = X[sample].mean(axis=0, dtype=np.float64), y[sample].mean(axis=0, dtype=np.float64)
    near = np.concatenate([near_x, near_y])
    moments = np.zeros((p + 1 + y.shape[1],) * 2)
    for start in range(0, n, CHUNK):
        rows = slice(start, start + CHUNK)
        moments += products_of_rows(np.ascontiguousarray(X[rows]), y[rows], weight[rows], near)
    others = np.arange(len(moments)) != p
    total, d = moments[p, p], moments[p, others]
    about = moments[np.ix_(others, others)] - np.outer(d, d) / total
    mean = near + d / total
    return Statistics(
        total, mean[:p], mean[p:], about[:p, :p], about[:p, p:], np.maximum(np.diag(about)[p:], 0.0)
    )


def _sparse(X: Any, y: Array, weight: Array) -> Statistics:
    s = weight.astype(np.float64) if len(weight) else np.ones(X.shape[0])
    X, y = X.astype(np.float64), y.astype(np.float64)
    total = float(s.sum())
    mean_x, mean_y = (X.T @ s) / total, (s @ y) / total
    weighted = X.multiply(s[:, None]).tocsr()
    deviation = y - mean_y
    return Statistics(
        total,
        mean_x,
        mean_y,
        np.asarray((X.T @ weighted).toarray()) - total * np.outer(mean_x, mean_x),
        np.asarray(weighted.T @ deviation),
        np.asarray(s @ deviation**2),
    )
