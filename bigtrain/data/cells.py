"""From Arrow's types to the two kinds of cells there are here: numbers and text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.types as kinds

from bigtrain.data.table import Cells

DATES = "dates or times; to use them, add what matters as numbers, such as a year or a weekday"


def to_cells(column: Any, *, as_text: bool = False) -> Cells | str:
    """Return a column's cells, or the reason why it is neither numbers nor text.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Values of any type. Integers, decimals and booleans (0 and 1) become float64; an integer beyond 2⁵³
        is rounded.
    as_text : bool, default False
        Whether numbers and dates are to be taken as text.
    """
    if kinds.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind):
        return _text(column)
    if not (_is_number(kind) or kinds.is_temporal(kind)):
        return f"its type, {kind}, is neither numbers nor text"
    if as_text:
        return _text(column.cast(pa.string()))
    return DATES if kinds.is_temporal(kind) else _numbers(column)


def _is_number(kind: Any) -> bool:
    tests = (kinds.is_integer, kinds.is_floating, kinds.is_decimal, kinds.is_boolean, kinds.is_null)
    return any(test(kind) for test in tests)


def _numbers(column: Any) -> Cells:
    values = column.cast(pa.float64(), safe=False).to_numpy()
    return np.ascontiguousarray(values, dtype=np.float64)


def _text(column: Any) -> Cells:
    values: Cells = np.array(column.to_numpy(), dtype=object)
    values[column.is_null().to_numpy()] = np.nan
    return values
