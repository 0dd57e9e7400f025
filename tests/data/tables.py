"""Files to read, written where a test may write."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from bigtrain.data import Dataset, load_dataset

GOOD = b"a,b,y\n1,x,1\n2,z,2\n3,x,3\n4,z,5\n"


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str = ",") -> bytes:
    """The bytes that the standard library's writer gives."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()


def load_csv(folder: Path, content: bytes, target: str = "y", **options: Any) -> Dataset:
    """Write a CSV file and load it."""
    file = folder / "table.csv"
    file.write_bytes(content)
    return load_dataset("csv", path=str(file), target=target, **options)


def load_parquet(folder: Path, table: pa.Table, target: str = "y", **options: Any) -> Dataset:
    """Write a Parquet file and load it."""
    file = folder / "table.parquet"
    pa.parquet.write_table(table, file)
    return load_dataset("parquet", path=str(file), target=target, **options)
