"""The three scores every model is compared by, for many models at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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
        spread = float(np.sum((y - y.mean()) ** 2))
        r2 = 1 - squares / spread if spread > 0 else np.full(squares.shape, np.nan)
        return {
            "rmse": np.sqrt(squares / len(y)),
            "mae": np.abs(residuals).mean(axis=0),
            "r2": r2,
        }
