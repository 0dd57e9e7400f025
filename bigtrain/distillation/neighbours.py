"""Rows that don't exist, between rows that do: a teacher can be asked about them as well."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas import DataFrame
from sklearn.neighbors import NearestNeighbors

NEAREST = 5
"""Neighbours that one is drawn from."""

MOST_ASKED = 20_000
"""Rows that neighbours are looked for among; of more, so many are drawn."""


def between(X: DataFrame, numeric: Sequence[str], count: int, seed: int) -> DataFrame:
    """Return rows between neighbours.

    Each lies at a random place of the line from a row to one of its nearest: numbers in proportion, each
    category that of the nearer end more often than that of the other, by the same proportion. What is
    missing in the row is missing there, too, and what is missing in the neighbour is the row's own.

    Parameters
    ----------
    X : DataFrame
        At least two rows.
    numeric : sequence of str
        Its columns of numbers; all others are categories.
    count : int
        Rows to make.
    seed : int
        Decides which.

    References
    ----------
    N. V. Chawla et al., SMOTE: Synthetic minority over-sampling technique, JAIR 16, 2002.
    """
    rng = np.random.default_rng(seed)
    if len(X) > MOST_ASKED:
        X = X.iloc[np.sort(rng.permutation(len(X))[:MOST_ASKED])]
    first = rng.integers(len(X), size=count)
    nearest = _nearest(X, numeric)
    second = nearest[first, rng.integers(nearest.shape[1], size=count)]
    part = rng.random(count)
    made = {}
    for name in X.columns:
        cells = X[name].to_numpy()
        one, other = cells[first], cells[second]
        if name in numeric:
            other = np.where(np.isnan(other), one, other)
            made[name] = one + part * (other - one)
        else:
            own = pd.isna(one) | pd.isna(other) | (rng.random(count) >= part)
            made[name] = np.where(own, one, other)
    return DataFrame(made).astype(X.dtypes.to_dict())


def _nearest(X: DataFrame, numeric: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return the nearest other rows of each, by numbers of one deviation; without numbers, the next ones."""
    count = min(NEAREST, len(X) - 1)
    numbers = X[list(numeric)]
    spread = numbers.std(ddof=0).replace(0.0, 1.0).fillna(1.0)
    scaled = ((numbers - numbers.median()) / spread).fillna(0.0).to_numpy(float)
    if not numeric:
        return (np.arange(len(X))[:, None] + np.arange(1, count + 1)) % len(X)
    found: np.ndarray[tuple[int, int], np.dtype[np.int64]] = (
        NearestNeighbors(n_neighbors=count).fit(scaled).kneighbors(return_distance=False)
    )
    return found
