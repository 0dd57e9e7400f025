"""A table ready to be learned from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigtrain.data.columns import is_number, judge, numbers_rows, read_target
from bigtrain.data.digest import table_digest
from bigtrain.data.table import Cells, RawTable
from bigtrain.errors import DataError
from bigtrain.wording import did_you_mean_or_some


@dataclass(frozen=True, eq=False)
class Dataset:
    """Features and target of one table; its arrays are not to be changed.

    Attributes
    ----------
    name : str
        What it is called: the file's name without its ending, or the bundled table's.
    X : DataFrame
        In the file's order: numbers as float64, categories as object of ``str``, missing cells of both
        as ``np.nan`` (scikit-learn's one-hot encoder takes these as a category of their own).
    y : float64 array (n_rows,)
        The target, finite and not constant.
    target : str
        The target's name.
    numeric, categorical : tuple of str
        The columns of ``X`` of each kind, in its order.
    digest : str
        `table_digest` of the above, and of the cells that divide the rows.
    notes : tuple of str
        What was left out, and why; what seems to number the rows.
    source : str
        The path as it was given, or where a bundled table comes from.
    split_column : str or None
        The column that divides the rows into groups, or orders them; it is no feature.
    split_cells : array or None
        Its cells, as read.
    """

    name: str
    X: pd.DataFrame
    y: NDArray[np.float64]
    target: str
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    digest: str
    notes: tuple[str, ...]
    source: str
    split_column: str | None = None
    split_cells: Cells | None = None


def to_dataset(
    table: RawTable,
    target: str,
    drop: Collection[str] = (),
    categorical: Collection[str] = (),
    split_column: str | None = None,
) -> Dataset:
    """Judge a table's columns and keep what can be learned from.

    Parameters
    ----------
    table : RawTable
        The table as read.
    target : str
        The column to predict.
    drop : collection of str
        Columns to ignore.
    categorical : collection of str
        Columns that are categories whatever they hold.
    split_column : str, optional
        The column that divides or orders the rows, which is no feature.

    Raises
    ------
    DataError
        If a named column does not exist or is named for two things, the target can't be predicted, a
        feature is out of range, or no feature is left.
    """
    _check_names(table, target, drop, categorical)
    if split_column is not None:
        _check_split_column(table, split_column, target)
    y = read_target(table, target)
    wanted = [name for name in table.columns if name not in {target, split_column, *drop}]
    features = {name: judge(table, name, categorical=name in set(categorical)) for name in wanted}
    kept = {name: feature.cells for name, feature in features.items() if feature.cells is not None}
    reasons = {name: reason for name, reason in table.left_out.items() if name not in set(drop)}
    reasons |= {name: feature.reason for name, feature in features.items() if feature.cells is None}
    notes = tuple(f"left out {_named(name)}: {reason}" for name, reason in reasons.items())
    if not kept:
        hint = "; ".join(notes[:3]) or "add columns beside the target"
        raise DataError("no column is left to learn from", where=table.source, hint=hint)
    if len(kept) > 1:
        notes += tuple(_numbering(name, drop) for name, cells in kept.items() if numbers_rows(cells))
    X = _frame(kept)
    split_cells = None if split_column is None else table.columns[split_column]
    digested = X if split_cells is None else X.assign(**{str(split_column): split_cells})
    return Dataset(
        name=table.name,
        X=X,
        y=y,
        target=target,
        numeric=tuple(name for name, cells in kept.items() if cells.dtype != object),
        categorical=tuple(name for name, cells in kept.items() if cells.dtype == object),
        digest=table_digest(digested, y, target),
        notes=notes,
        source=table.source,
        split_column=split_column,
        split_cells=split_cells,
    )


def _check_split_column(table: RawTable, name: str, target: str) -> None:
    """Refuse a column that is not there, or that has gaps: each row has its group, or its time."""
    where = f"{table.source}: split.column"
    if name not in table.columns:
        hint = table.left_out.get(name) or _absent_hint(name, list(table.columns))
        raise DataError("there is no such column", where=where, received=name, hint=hint)
    if name == target:
        raise DataError("the target can't divide the rows", where=where, received=name)
    missing = pd.isna(table.columns[name])
    if missing.any():
        first, hint = int(missing.argmax()), "fill the cells in, or remove the rows"
        raise DataError(
            f"missing in {int(missing.sum()):,} of {len(missing):,} rows, the first here",
            where=table.at(name, first),
            hint=hint,
        )


def _check_names(table: RawTable, target: str, drop: Collection[str], categorical: Collection[str]) -> None:
    known = [*table.columns, *table.left_out]
    for key, names in (("data.target", [target]), ("data.drop", drop), ("data.categorical", categorical)):
        for name in names:
            if name not in known:
                where, hint = f"{table.source}: {key}", _absent_hint(name, known)
                raise DataError("there is no such column", where=where, received=name, hint=hint)
    for key, others in (("data.drop", drop), ("data.categorical", categorical)):
        if target in others:
            hint = "take it out of one of the two"
            raise DataError(
                f"the target is named in {key} too", where=table.source, received=target, hint=hint
            )
    for name in categorical:
        if name in drop:
            hint = "take it out of one of the two"
            raise DataError(
                "a column is named in data.drop and in data.categorical",
                where=table.source,
                received=name,
                hint=hint,
            )


def _absent_hint(name: str, known: list[str]) -> str:
    if known and all(is_number(other) for other in known):
        return "the first line holds numbers: put the columns' names above it"
    return did_you_mean_or_some(name, known)


def _frame(columns: dict[str, Cells]) -> pd.DataFrame:
    # Said outright, for pandas would make a type of its own of text.
    return pd.DataFrame({name: pd.Series(cells, dtype=cells.dtype) for name, cells in columns.items()})


def _numbering(name: str, drop: Collection[str]) -> str:
    names = ",".join(each if each.isidentifier() else repr(each) for each in [*drop, name])
    return f'{name!r} seems to number the rows; if it tells nothing else, "data.drop=[{names}]" leaves it out'


def _named(name: str) -> str:
    return name if name.startswith("column ") else repr(name)
