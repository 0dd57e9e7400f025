"""Parquet files, through Arrow."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from bigtrain.data.cells import to_cells
from bigtrain.data.table import Cells, RawTable
from bigtrain.errors import DataError
from bigtrain.files import read_bytes

MARK = b"PAR1"


def read_parquet(path: str, categorical: Collection[str] = ()) -> RawTable:
    """Read a Parquet file.

    Parameters
    ----------
    path : str
        The file. Its nested and binary columns, and the row index that pandas stores, are left out.
    categorical : collection of str
        Columns to take as text whatever they hold.

    Raises
    ------
    DataError
        If the file is damaged, not Parquet, or without rows.
    NoInputError
        If it can't be read.
    """
    table = _read(read_bytes(path), path)
    names = [str(name) for name in table.column_names]
    refuse_one_name(names, path)
    if not table.num_rows:
        raise DataError("the table has no rows", where=path, hint="write it again with its rows")
    columns: dict[str, Cells] = {}
    left_out: dict[str, str] = {}
    for name, column in zip(names, table.columns, strict=True):
        values = _cells(column, name, name in set(categorical))
        if isinstance(values, str):
            left_out[name] = values
        else:
            columns[name] = values
    return RawTable(Path(path).stem, path, columns, left_out)


def refuse_one_name(names: Sequence[str], source: str) -> None:
    """Refuse columns of which two have one name."""
    for position, name in enumerate(names):
        if name in names[:position]:
            where = f"{source}: columns {names.index(name) + 1:,} and {position + 1:,}"
            raise DataError(
                "two columns have one name", where=where, received=name, hint="rename one of them"
            )


def _read(content: bytes, source: str) -> Any:
    if not content.startswith(MARK):
        hint = "use data=csv for text; otherwise write the file again"
        raise DataError("this is not a Parquet file", where=source, hint=hint)
    with damage_explained(source):
        table = pa.parquet.ParquetFile(pa.BufferReader(content)).read()
        table.validate(full=True)
    return table


@contextmanager
def damage_explained(source: str) -> Iterator[None]:
    """Say of whatever Arrow finds wrong that the file is damaged."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        hint = f"write or download it again ({error})"
        raise DataError("this Parquet file is damaged", where=source, hint=hint) from None


def _cells(column: Any, name: str, as_text: bool) -> Cells | str:
    if name.startswith("__index_level_"):
        return "it is the row index that pandas stored"
    return to_cells(column, as_text=as_text)
