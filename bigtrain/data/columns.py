"""What a column is good for: numbers, a category, or nothing, with the reason in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigtrain.data.cells import DATES
from bigtrain.data.table import Cells, RawTable
from bigtrain.errors import DataError
from bigtrain.wording import counted

_LARGEST = 1e150
"""Beyond this, squares leave float64's range; a spread below its inverse vanishes when squared."""

_FEW = 20
"""So many different texts are a category in any table; in fewer rows, any column may happen to rise."""

_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_NUMBER_WITH_COMMAS = re.compile(r"\s*[+-]?\d+(,\d+)+(\.\d+)?\s*", re.ASCII)
_DAY = r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})|\d{4}-\d{2}"
_MONTH = r"|\d{1,2}[ -][A-Za-z]{3,9}\.?,?[ -]\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4})"
_HOUR = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?( ?Z| ?UTC| ?[+-]\d{2}:?\d{2})?"
_DATE = re.compile(rf"\s*({_DAY}{_MONTH}([T ]+{_HOUR})?|{_HOUR})\s*", re.ASCII)


@dataclass(frozen=True, eq=False, slots=True)
class Feature:
    """A column after judgement: its cells, or why it is left out."""

    cells: Cells | None = None
    reason: str = ""


def judge(table: RawTable, name: str, *, categorical: bool = False) -> Feature:
    """Decide what a column of features is good for.

    Parameters
    ----------
    table : RawTable
        Where it is.
    name : str
        The column.
    categorical : bool, default False
        Whether the user says that it is a category.

    Returns
    -------
    Feature
        Numbers and categories as they are. Left out: columns without a value or with only one; dates; and
        text with nearly as many different values as rows (more than half of them, or all of them), which
        names the row instead of describing it.

    Raises
    ------
    DataError
        If numbers are infinite or so large or small that their squares leave float64's range; if a
        column of numbers has a few cells of text.
    """
    cells = table.columns[name]
    if cells.dtype != object:
        return _judge_numbers(table, name, cells)
    missing = pd.isna(cells)
    distinct = pd.unique(cells[~missing]).tolist()
    if not distinct:
        return Feature(reason="every cell is missing")
    if len(distinct) == 1 and not missing.any():
        return Feature(reason=f"every cell is {_short(distinct[0])}")
    if categorical:
        return Feature(cells)
    if all(_DATE.fullmatch(text) for text in distinct):
        return Feature(reason=DATES)
    present = int((~missing).sum())
    names_rows = len(distinct) == present or len(distinct) > max(_FEW, present / 2)
    if names_rows or len(distinct) > _FEW:
        _refuse_text_among_numbers(table, name, distinct, least=0.5 if names_rows else 0.9)
    return Feature(reason=_too_various(distinct, present)) if names_rows else Feature(cells)


def numbers_rows(cells: Cells) -> bool:
    """Return whether a column seems to number the rows: whole numbers that rise, or fall, from row to row."""
    if cells.dtype == object or len(cells) < _FEW or (cells != np.floor(cells)).any():
        return False
    steps = np.diff(cells)
    return bool((steps > 0).all() or (steps < 0).all())


def read_target(table: RawTable, name: str) -> NDArray[np.float64]:
    """Return the target, (n_rows,) float64.

    Raises
    ------
    DataError
        If it is text, has missing or infinite cells, is constant, or out of float64's range for squares.
    """
    if name in table.left_out:
        problem = f"the target can't be used: {table.left_out[name].split(';')[0]}"
        raise DataError(problem, where=table.at(name), hint="name a column of numbers in data.target")
    cells = table.columns[name]
    if cells.dtype == object:
        hint = "the target must be numbers, written with a point and no separators; correct these cells"
        refuse_cells(table, name, _words(cells), "text", hint)
        hint = "store the column as numbers"
        raise DataError(
            "the target is numbers stored as text", where=table.at(name), received=cells[0], hint=hint
        )
    refuse_cells(table, name, np.isnan(cells), "missing", "remove the rows without a target, or fill them in")
    refuse_cells(table, name, np.isinf(cells), "infinite", "remove these rows, or write finite numbers")
    if cells.min() == cells.max():
        hint = "there is nothing to learn: name another column in data.target"
        raise DataError(
            "the target is the same in every row", where=table.at(name), received=float(cells[0]), hint=hint
        )
    _refuse_scale(table, name, cells)
    return cells


def refuse_cells(table: RawTable, name: str, wrong: NDArray[np.bool_], what: str, hint: str) -> None:
    """Refuse a column for the cells marked wrong: how many, and the first."""
    if not wrong.any():
        return
    first = int(wrong.argmax())
    raise DataError(
        f"{what} in {int(wrong.sum()):,} of {len(wrong):,} rows, the first here",
        where=table.at(name, first),
        received=table.cell(name, first),
        hint=hint,
    )


def _judge_numbers(table: RawTable, name: str, cells: Cells) -> Feature:
    hint = "write finite numbers, leave the cells empty, or name the column in data.drop"
    refuse_cells(table, name, np.isinf(cells), "infinite", hint)
    present = cells[~np.isnan(cells)]
    if not len(present):
        return Feature(reason="every cell is missing")
    if present.min() == present.max():
        return Feature(reason=f"every cell is {present[0]:g}")
    _refuse_scale(table, name, cells)
    return Feature(cells)


def _refuse_scale(table: RawTable, name: str, cells: NDArray[np.float64]) -> None:
    size = np.abs(cells)
    refuse_cells(
        table, name, size > _LARGEST, "a number whose square is infinite", "divide the column by its scale"
    )
    if 0 < np.nanmax(cells) - np.nanmin(cells) < 1 / _LARGEST:
        first = int(np.nanargmax(size))
        raise DataError(
            "the column varies so little that its squares vanish",
            where=table.at(name, first),
            received=table.cell(name, first),
            hint="multiply the column by its scale, or name it in data.drop",
        )


def _refuse_text_among_numbers(table: RawTable, name: str, distinct: list[str], least: float) -> None:
    """Refuse a column whose texts are numbers but for less than a share: a few odd cells must not cost it."""
    numbers = sum(is_number(text) for text in distinct)
    nearly = sum(_NUMBER_WITH_COMMAS.fullmatch(text) is not None for text in distinct)
    if numbers == len(distinct) or numbers + nearly < least * len(distinct):
        return
    hint = (
        "write numbers plainly, with a point and no separators, and leave unknown cells empty; "
        "or name the column in data.categorical or data.drop"
    )
    refuse_cells(table, name, _words(table.columns[name]), "not a number", hint)


def _too_various(distinct: list[str], present: int) -> str:
    example = _short(distinct[0])
    various = f"{counted(len(distinct), 'different value')} in {counted(present, 'row')}"
    return f"text with {various}, such as {example}; if it is a category, name it in data.categorical"


def _words(cells: Cells) -> NDArray[np.bool_]:
    """Mark the cells of text that spell no number, (n_rows,)."""
    return np.array([isinstance(cell, str) and not is_number(cell) for cell in cells], dtype=bool)


def is_number(cell: Any) -> bool:
    """Return whether a cell is text that spells a number."""
    return isinstance(cell, str) and _NUMBER.fullmatch(cell) is not None


def _short(text: str, width: int = 40) -> str:
    return repr(text if len(text) <= width else f"{text[: width - 1]}…")
