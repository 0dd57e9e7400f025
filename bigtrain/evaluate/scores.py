"""The three scores every model is compared by, for many models at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BLOCK = 2**16
"""Predictions that are made at a time: 512 KiB, which stay in the second cache or near it."""


def score_predictions(y: Array, predictions: Array) -> dict[str, Array]:
    """Score each column of `predictions` against the same truth.

    Parameters
    ----------
    y : array of shape (n,)
        The truth, not constant.
    predictions : array of shape (n, k)
        One column for each model.

    Returns
    -------
    dict of str to array of shape (k,)
        ``rmse`` and ``mae`` in the target's unit; ``r2`` = 1 - Σ(y - f)² / Σ(y - ȳ)².
        A model whose predictions are not finite has scores that aren't either.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        residuals = y[:, None] - predictions
        squares = np.einsum("nk,nk->k", residuals, residuals)
        return _scores(y, squares, np.abs(residuals, out=residuals).sum(axis=0))


def score_linear(X: Array, y: Array, coef: Array, intercept: Array) -> dict[str, Array]:
    """Score linear models on the same rows, some rows at a time: all predictions at once leave the caches.

    Parameters
    ----------
    X : array of shape (n, p)
        The rows.
    y : array of shape (n,)
        The truth, not constant.
    coef, intercept : array of shape (k, p) and (k,)
        One model in each row; there may be none.

    Returns
    -------
    dict of str to array of shape (k,)
        As `score_predictions` gives them.
    """
    (n, p), k = X.shape, len(coef)
    rows = min(n, max(1, BLOCK // max(1, k)))
    # The intercept as one feature more and the target as another: residuals come out of the product.
    weights, features = np.vstack([coef.T, intercept, np.full(k, -1.0)]), np.ones((rows, p + 2))
    squares, sizes, ones, buffer = np.zeros(k), np.zeros(k), np.ones(rows), np.empty((rows, k))
    with np.errstate(over="ignore", invalid="ignore"):
        for first in range(0, n, rows):
            count = min(rows, n - first)
            features[:count, :p] = X[first : first + count]
            features[:count, -1] = y[first : first + count]
            residuals = np.matmul(features[:count], weights, out=buffer[:count])
            squares += np.einsum("nk,nk->k", residuals, residuals)
            sizes += ones[:count] @ np.abs(residuals, out=residuals)
        return _scores(y, squares, sizes)


def score_squares(y: Array, squares: Array) -> dict[str, Array]:
    """Score models by their sums of squared residuals (k,) against the same truth: ``rmse`` and ``r2``."""
    spread = float(np.sum((y - y.mean()) ** 2))
    r2 = 1 - squares / spread if spread > 0 else np.full(squares.shape, np.nan)
    return {"rmse": np.sqrt(squares / len(y)), "r2": r2}


def _scores(y: Array, squares: Array, sizes: Array) -> dict[str, Array]:
    """Return the scores from the sums of squared and of absolute residuals."""
    return score_squares(y, squares) | {"mae": sizes / len(y)}
