"""Pruning a linear model: its smallest weights go, the others are fitted again without them."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from sklearn.base import clone
from sklearn.linear_model import ElasticNet, Ridge
from sklearn.pipeline import Pipeline

from bigtrain.compression.structure import inputs_of, with_terms
from bigtrain.evaluate.final import linear_model

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

SHRINK = 0.8
"""Share of the terms that is kept from one level to the next."""

MOST_LEVELS = 40
DEPENDENT = 1e-7
"""Share of the largest pivot below which a column is taken for a sum of others."""

PENALTIES = (0.01, 1.0, 100.0, 10_000.0)
"""Ridge penalties to choose from where the model doesn't tell its own."""


@dataclass(frozen=True, slots=True)
class Moments:
    """All that least squares needs of some rows: their means, and the products of centred columns."""

    mean: Floats
    target: float
    gram: Floats
    products: Floats

    @classmethod
    def of(cls, Z: Floats, y: Floats) -> Moments:
        """Sum up rows (n, p) and their targets."""
        mean, target = Z.mean(axis=0), float(y.mean())
        centred = Z - mean
        return cls(mean, target, centred.T @ centred, centred.T @ (y - target))

    def fit(self, kept: Ints, alpha: float) -> tuple[Floats, float]:
        """Return weights and intercept of the columns kept: those of `Ridge`, or of least squares for 0."""
        gram = self.gram[np.ix_(kept, kept)] + alpha * np.eye(len(kept))
        weights = _solved(gram, self.products[kept])
        return weights, float(self.target - self.mean[kept] @ weights)


def _solved(gram: Floats, products: Floats) -> Floats:
    """Return the solution; where columns depend on each other, the smallest of all solutions."""
    with contextlib.suppress(LinAlgError):
        factor = cho_factor(gram)
        diagonal = np.diag(factor[0])
        if diagonal.min() > DEPENDENT * diagonal.max():
            solved: Floats = cho_solve(factor, products)
            return solved
    return np.linalg.lstsq(gram, products, rcond=None)[0].astype(np.float64)


def prune(moments: Moments, alpha: float, sizes: Sequence[int]) -> Iterator[Ints]:
    """Yield the columns kept for each number of them, most first.

    The columns of smallest weight go, each weight times its column's deviation; after that the rest is
    fitted again, so that a column whose twin has gone is not taken for idle.
    """
    deviation = np.sqrt(np.diag(moments.gram))
    kept = np.arange(len(deviation))
    for size in sizes:
        if size < len(kept):
            weights, _ = moments.fit(kept, alpha)
            order = np.argsort(-np.abs(weights) * deviation[kept], kind="stable")
            kept = np.sort(kept[order[:size]])
        yield kept


def levels(n_terms: int) -> list[float]:
    """Return the shares of terms to try: all, then fewer by a fifth each, down to one term."""
    shares = [float(share) for share in SHRINK ** np.arange(MOST_LEVELS) if share * n_terms > SHRINK]
    # Of few terms, several shares are the same number.
    return list({max(1, round(share * n_terms)): share for share in reversed(shares)}.values())[::-1]


class LinearPruning:
    """Ways to make a linear pipeline smaller: one for each share of its terms.

    Parameters
    ----------
    pipeline : Pipeline
        A fitted ColumnTransformer and a linear model.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._columns, self._model = pipeline[0], pipeline[-1]
        self.levels = levels(int(np.size(self._model.coef_)))

    def fits(
        self, X: DataFrame, y: Floats, wanted: Collection[str] | None = None
    ) -> Iterator[tuple[str, Pipeline]]:
        """Yield each wanted level's name, and a pipeline fitted to these rows."""
        columns = clone(self._columns)
        Z = np.asarray(columns.fit_transform(X, y), dtype=np.float64)
        moments, alpha = Moments.of(Z, y), self._penalty(Z, y)
        sizes = [max(1, round(share * Z.shape[1])) for share in self.levels]
        for share, kept in zip(self.levels, prune(moments, alpha, sizes), strict=True):
            name = f"{share:.2%} of the terms"
            if wanted is None or name in wanted:
                yield name, pruned(columns, kept, *moments.fit(kept, alpha), X, y)

    def _penalty(self, Z: Floats, y: Floats) -> float:
        """Return the ridge penalty of the model; of one that has none of its own, the best on a fifth."""
        if isinstance(self._model, Ridge):
            return float(self._model.alpha)
        if isinstance(self._model, ElasticNet):
            return float(self._model.alpha * (1 - self._model.l1_ratio) * len(y))
        test = np.arange(len(y)) % 5 == 0
        moments, every = Moments.of(Z[~test], y[~test]), np.arange(Z.shape[1])

        def error(alpha: float) -> float:
            weights, intercept = moments.fit(every, alpha)
            return float(np.mean(np.square(y[test] - Z[test] @ weights - intercept)))

        return min(PENALTIES, key=error)


def pruned(columns: Any, kept: Ints, weights: Floats, intercept: float, X: DataFrame, y: Floats) -> Pipeline:
    """Return the pipeline of the terms kept: it reads no column that none of them is made of.

    Parameters
    ----------
    columns : ColumnTransformer
        Fitted to `X` and `y`; makes all terms.
    kept, weights, intercept : int array, array, float
        Which of them have a weight, and the model.
    X, y : DataFrame, array
        The rows.
    """
    fewer, places = with_terms(columns, kept)
    fewer.fit(X[inputs_of(fewer)], y)
    every = np.zeros(fewer.transform(X.iloc[:1]).shape[1])
    every[places] = weights
    return Pipeline([("preprocess", fewer), ("model", linear_model(every, intercept))])
