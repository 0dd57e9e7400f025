"""A table as a reader hands it over: plain cells, not yet judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Cells: TypeAlias = NDArray[Any]
"""One column: float64 with NaN for missing, or object of ``str`` with ``np.nan`` for missing."""


@dataclass(frozen=True, eq=False)
class RawTable:
    """Columns by name, with what is needed to point at a cell.

    Attributes
    ----------
    name : str
        What the table is called: the file's name without its ending.
    source : str
        Where it comes from, as messages name it.
    columns : mapping of str to Cells
        Every readable column, in the file's order; all of one length.
    left_out : mapping of str to str
        Why a column is not among them, by what to call it.
    row_label : callable
        Words for a row, given its index from 0: ``row 7 (line 8)``.
    raw_cell : callable, optional
        The text of a cell as the file has it, given row index and column name.
    """

    name: str
    source: str
    columns: Mapping[str, Cells]
    left_out: Mapping[str, str] = field(default_factory=dict)
    row_label: Callable[[int], str] = lambda row: f"row {row + 1:,}"
    raw_cell: Callable[[int, str], str] | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values()), ()))

    def at(self, column: str, row: int | None = None) -> str:
        """Words for a column or, with a row, for a cell."""
        inside = f"column {column!r}"
        return f"{self.source}: {inside if row is None else f'{self.row_label(row)}, {inside}'}"

    def cell(self, column: str, row: int) -> Any:
        """Return a cell as the user would recognise it."""
        if self.raw_cell is not None:
            return self.raw_cell(row, column)
        value = self.columns[column][row]
        return float(value) if isinstance(value, np.floating) else value
