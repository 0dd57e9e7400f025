"""Which rows are learned from, which are validated on, and which are touched only once."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    RepeatedKFold,
    TimeSeriesSplit,
    train_test_split,
)

from bigtrain.data.dataset import Dataset
from bigtrain.data.digest import table_digest
from bigtrain.data.table import Cells
from bigtrain.errors import DataError, ParameterError
from bigtrain.wording import counted

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


def split_holdout(dataset: Dataset, fraction: float, seed: int, kind: str = "folds") -> Split:
    """Set rows aside for the final score.

    Parameters
    ----------
    dataset : Dataset
        The table.
    fraction : float
        Share of the rows to hold out, above 0 and below 1, rounded to whole rows; at least one row is. Of
        groups, the share of the groups.
    seed : int
        Decides which rows; the draw is that of scikit-learn's ``train_test_split``, of groups that of its
        ``GroupShuffleSplit``.
    kind : {"folds", "repeated", "group", "time"}, default "folds"
        ``group``: no group is in both parts. ``time``: the latest rows are held out.

    Raises
    ------
    DataError
        If too few rows would remain to learn from, or too few groups.
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
            f"{counted(n_rows, 'row')}: too few to hold out {n_holdout:,} "
            f"and learn from {_LEAST_TRAINED} or more",
            where=dataset.source,
            hint="bring more rows, or lower holdout",
        )
    train, holdout = (
        np.sort(part).astype(np.int64) for part in _parts(dataset, fraction, n_holdout, seed, kind)
    )
    digest = table_digest(dataset.X.iloc[holdout], dataset.y[holdout], dataset.target)
    return Split(train, holdout, digest)


def _parts(dataset: Dataset, fraction: float, n_holdout: int, seed: int, kind: str) -> Sequence[Rows]:
    """Return the rows to learn from and those to hold out, in any order."""
    rows = np.arange(len(dataset.y))
    if kind == "time":
        return np.split(_in_time(dataset), [len(rows) - n_holdout])
    if kind != "group":
        return train_test_split(rows, test_size=n_holdout, random_state=_state(seed))  # type: ignore[no-any-return]
    groups = groups_of(dataset)
    _refuse_few_groups(dataset, len(np.unique(groups)), 3, "holdout")
    draw = GroupShuffleSplit(1, test_size=fraction, random_state=_state(seed))
    return next(draw.split(groups, groups=groups))


def make_folds(
    dataset: Dataset, rows: Rows, cv: int, seed: int, kind: str = "folds", repeats: int = 1
) -> list[tuple[Rows, Rows]]:
    """Divide some rows of a table into folds.

    Parameters
    ----------
    dataset : Dataset
        The table.
    rows : array of int
        The rows to divide, ascending.
    cv : int
        Number of folds, at least 2.
    seed : int
        Decides the shuffle.
    kind : {"folds", "repeated", "group", "time"}, default "folds"
        ``repeated``: folds of several shuffles. ``group``: whole groups. ``time``: each fold is learned from
        all that came before it, and what came first is never scored on.
    repeats : int, default 1
        Shuffles of ``repeated``.

    Returns
    -------
    list of (train, test)
        Rows of the table to learn from and to score on, as scikit-learn's ``KFold``, ``RepeatedKFold``,
        ``GroupKFold`` and ``TimeSeriesSplit`` draw them.

    Raises
    ------
    DataError
        If there are more folds than rows, or than groups.
    ParameterError
        If there are fewer than two folds.
    """
    plain = [(rows[train], rows[test]) for train, test in folds(len(rows), cv, seed)]
    if kind == "folds":
        return plain
    if kind == "repeated":
        drawn = RepeatedKFold(n_splits=cv, n_repeats=repeats, random_state=_state(seed)).split(rows)
    elif kind == "group":
        groups = groups_of(dataset)[rows]
        _refuse_few_groups(dataset, len(np.unique(groups)), cv, "cv")
        drawn = GroupKFold(cv, shuffle=True, random_state=_state(seed)).split(rows, groups=groups)
    else:
        order = _in_time(dataset)
        rows = order[np.isin(order, rows)]
        if cv >= len(rows):
            hint = "lower cv or bring more rows"
            raise DataError(
                "no row is left for the past of so many folds", where="cv", received=cv, hint=hint
            )
        drawn = TimeSeriesSplit(cv).split(rows)
    return [(np.sort(rows[train]), np.sort(rows[test])) for train, test in drawn]


def groups_of(dataset: Dataset) -> Rows:
    """Return the number of each row's group."""
    return np.unique(np.asarray(dataset.split_cells), return_inverse=True)[1].astype(np.int64)


def _refuse_few_groups(dataset: Dataset, n_groups: int, least: int, key: str) -> None:
    if n_groups < least:
        raise DataError(
            f"{counted(n_groups, 'group')}: too few, {least} are needed",
            where=f"{dataset.source}: column {dataset.split_column!r}",
            hint=f"lower {key}, or name another split.column",
        )


def _in_time(dataset: Dataset) -> Rows:
    """Return the rows from the earliest to the latest; of equals in the table's order."""
    cells = dataset.split_cells
    if cells is None:
        return np.arange(len(dataset.y))
    if cells.dtype == object:
        cells = _numbers_or_dates(dataset, cells)
    return np.argsort(cells, kind="stable").astype(np.int64)


def _numbers_or_dates(dataset: Dataset, cells: Cells) -> Cells:
    with contextlib.suppress(ValueError):
        return cells.astype(np.float64)
    try:
        return pd.to_datetime(pd.Series(cells), format="ISO8601", utc=True).to_numpy()
    except ValueError as error:
        raise DataError(
            "this column has no order",
            where=f"{dataset.source}: column {dataset.split_column!r}",
            allowed="numbers, or dates like 2026-01-31 or 2026-01-31 12:00",
            hint=str(error).partition(",")[0],
        ) from error


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
        raise DataError(
            f"more folds than the {counted(n_rows, 'row')} to divide", where="cv", received=cv, hint=hint
        )
    divide = KFold(cv, shuffle=True, random_state=_state(seed))
    return [
        (train.astype(np.int64), test.astype(np.int64)) for train, test in divide.split(np.arange(n_rows))
    ]


def _state(seed: int) -> int:
    """Return the seed as scikit-learn takes it: 32 bits, unchanged where it fits."""
    return seed % 2**32
