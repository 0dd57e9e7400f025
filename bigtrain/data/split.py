"""Which rows are learned from, which are validated on, and which are touched only once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold, train_test_split

from bigtrain.data.dataset import Dataset
from bigtrain.data.digest import table_digest
from bigtrain.errors import DataError, ParameterError

Rows = NDArray[np.int64]
"""Indices of rows, ascending."""

_LEAST_TRAINED = 4
"""Rows that must remain beside the holdout: two folds, each with two rows to learn from."""


@dataclass(frozen=True, eq=False, slots=True)
class Split:
    """A table's rows in two parts.

    Attributes
    ----------
    train, holdout : int64 array
        Row indices of the parts, ascending; together every row once.
    digest : str
        `table_digest` of the holdout rows: two scores compare only where it is the same.
    """

    train: Rows
    holdout: Rows
    digest: str


def split_holdout(dataset: Dataset, fraction: float, seed: int) -> Split:
    """Set rows aside for the final score.

    Parameters
    ----------
    dataset : Dataset
        The table.
    fraction : float
        Share of the rows to hold out, above 0 and below 1, rounded to whole rows; at least one row is.
    seed : int
        Decides which rows; the draw is that of scikit-learn's ``train_test_split``.

    Raises
    ------
    DataError
        If fewer than 4 rows would remain to learn from.
    ParameterError
        If the fraction is out of bounds.
    """
    if not 0 < fraction < 1:
        raise ParameterError(
            "impossible fraction", where="holdout", received=fraction, allowed="above 0 and below 1"
        )
    n_rows = len(dataset.y)
    n_holdout = max(1, round(fraction * n_rows))
    if n_rows - n_holdout < _LEAST_TRAINED:
        raise DataError(
            f"{n_rows:,} rows are too few to hold out {n_holdout:,} and learn from {_LEAST_TRAINED} or more",
            where=dataset.source,
            hint="bring more rows, or lower holdout",
        )
    parts = train_test_split(np.arange(n_rows), test_size=n_holdout, random_state=_state(seed))
    train, holdout = (np.sort(part).astype(np.int64) for part in parts)
    digest = table_digest(dataset.X.iloc[holdout], dataset.y[holdout], dataset.target)
    return Split(train, holdout, digest)


def folds(n_rows: int, cv: int, seed: int) -> list[tuple[Rows, Rows]]:
    """Divide rows into folds after shuffling them, as scikit-learn's ``KFold`` does.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    cv : int
        Number of folds, at least 2.
    seed : int
        Decides the shuffle.

    Returns
    -------
    list of (train, test)
        Indices of the rows to learn from and of those to score on, one pair a fold.

    Raises
    ------
    DataError
        If there are more folds than rows.
    ParameterError
        If there are fewer than two folds.
    """
    if cv < 2:
        raise ParameterError("too few folds", where="cv", received=cv, allowed="2 or more")
    if cv > n_rows:
        hint = "lower cv or bring more rows"
        raise DataError(f"more folds than the {n_rows:,} rows to divide", where="cv", received=cv, hint=hint)
    divide = KFold(cv, shuffle=True, random_state=_state(seed))
    return [
        (train.astype(np.int64), test.astype(np.int64)) for train, test in divide.split(np.arange(n_rows))
    ]


def _state(seed: int) -> int:
    """Return the seed as scikit-learn takes it: 32 bits, unchanged where it fits."""
    return seed % 2**32
