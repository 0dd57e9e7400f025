"""Some rows of a file to predict from, and what a model is given of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute

from bigtrain.data.cells import to_cells
from bigtrain.data.columns import refuse_cells
from bigtrain.data.table import Cells, RawTable
from bigtrain.errors import DataError
from bigtrain.wording import did_you_mean_or_some

_YES, _NO = ["1", "True", "TRUE", "true"], ["0", "False", "FALSE", "false"]
"""A column of these words alone is numbers to the reader of tables."""


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """Some rows of a file.

    Attributes
    ----------
    cells : pyarrow.Table
        All columns as the file has them; of CSV, each cell as it is written.
    source : str
        What messages call the file.
    row_label : callable
        Words for a row, given its index in the block.
    done : float
        Share of the file that is read with it.
    missing : tuple of str
        Texts that say that there is no value.
    records : callable or None
        The rows of CSV as they are written.
    """

    cells: Any
    source: str
    row_label: Callable[[int], str]
    done: float
    missing: tuple[str, ...] = ()
    records: Callable[[], list[bytes]] | None = None

    def features(self, columns: Mapping[str, str]) -> pd.DataFrame:
        """Return the columns that a model takes, by name, of the kind it was trained on.

        Parameters
        ----------
        columns : mapping of str to str
            ``double`` or ``string`` by name, in the model's order.

        Returns
        -------
        DataFrame
            Numbers as float64, categories as object of ``str``, missing cells of both as NaN.

        Raises
        ------
        DataError
            If a column is missing, or a cell is not what its column holds; row and column are named.
        """
        names = [str(name) for name in self.cells.column_names]
        for name in columns:
            if name not in names:
                raise DataError(
                    "a column that the model needs is missing",
                    where=f"{self.source}: column {name!r}",
                    hint=did_you_mean_or_some(name, names),
                )
        cells = {
            name: self._numbers(name) if kind == "double" else self._text(name)
            for name, kind in columns.items()
        }
        return pd.DataFrame({name: pd.Series(column, dtype=column.dtype) for name, column in cells.items()})

    def _column(self, name: str) -> Any:
        column = self.cells.column(name)
        if not self.missing:
            return column
        absent = pa.compute.is_in(column, value_set=pa.array(self.missing))
        return pa.compute.if_else(absent, pa.scalar(None, pa.string()), column)

    def _text(self, name: str) -> Cells:
        return self._readable(name, to_cells(self._column(name), as_text=True))

    def _numbers(self, name: str) -> Cells:
        column = self._column(name)
        cells = self._readable(name, to_cells(column))
        if cells.dtype == object:
            cells = self._parsed(name, column, cells)
        hint = "write finite numbers, or leave the cells empty"
        refuse_cells(self._table(name), name, np.isinf(cells), "infinite", hint)
        return cells

    def _parsed(self, name: str, column: Any, cells: Cells) -> Cells:
        """Return numbers from text, or refuse the first cell that is none."""
        try:
            return to_cells(_to_numbers(column))  # type: ignore[return-value]
        except pa.ArrowInvalid:
            wrong = np.array([isinstance(cell, str) and not _is_number(cell) for cell in cells], dtype=bool)
            hint = "the model was trained on numbers here: write them plainly, or leave the cells empty"
            refuse_cells(self._table(name), name, wrong, "not a number", hint)
            raise

    def _readable(self, name: str, cells: Cells | str) -> Cells:
        if isinstance(cells, str):
            raise DataError(cells, where=f"{self.source}: column {name!r}", hint="the model can't take it so")
        return cells

    def _table(self, name: str) -> RawTable:
        cells = np.array(self.cells.column(name).to_pylist(), dtype=object)
        return RawTable("", self.source, {name: cells}, row_label=self.row_label)


def _to_numbers(column: Any) -> Any:
    text = pa.compute.utf8_trim_whitespace(column.cast(pa.string()))
    for words, number in ((_YES, "1"), (_NO, "0")):
        text = pa.compute.if_else(pa.compute.is_in(text, value_set=pa.array(words)), number, text)
    return text.cast(pa.float64())


def _is_number(cell: str) -> bool:
    try:
        _to_numbers(pa.array([cell]))
    except pa.ArrowInvalid:
        return False
    return True
