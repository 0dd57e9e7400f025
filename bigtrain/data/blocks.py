"""A file that may be larger than memory: its rows in blocks, read as strictly as a table to learn from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from bigtrain.data.block import Block
from bigtrain.data.chunks import read_chunks
from bigtrain.data.delimited import MISSING
from bigtrain.data.parquet import MARK, damage_explained, refuse_one_name
from bigtrain.data.structure import Layout
from bigtrain.errors import DataError
from bigtrain.files import open_bytes

BLOCK_BYTES = 8 << 20
"""Of CSV text at a time; of a Parquet file, what as many bytes of numbers are."""


@dataclass(frozen=True, eq=False, slots=True)
class Blocks:
    """A file that is open.

    Attributes
    ----------
    header : bytes or None
        The first line of a CSV file.
    delimiter : str or None
        Of a CSV file.
    blocks : iterator of Block
        Its rows, the first block perhaps without any.
    """

    header: bytes | None
    delimiter: str | None
    blocks: Iterator[Block]


@contextmanager
def open_blocks(path: str, block_bytes: int = BLOCK_BYTES) -> Iterator[Blocks]:
    """Open a CSV or a Parquet file, whichever it is by its first bytes.

    Parameters
    ----------
    path : str
        The file.
    block_bytes : int
        What is read at a time, about.

    Raises
    ------
    DataError
        If the file is neither, or is damaged; also while blocks are read.
    NoInputError
        If it can't be read.
    """
    with open_bytes(path) as file:
        yield read_blocks(file, path, block_bytes)


def read_blocks(file: BinaryIO, source: str, block_bytes: int = BLOCK_BYTES) -> Blocks:
    """Begin to read a file that is open; see `open_blocks`."""
    size = max(file.seek(0, os.SEEK_END), 1)
    file.seek(0)
    mark = file.read(len(MARK))
    file.seek(0)
    if mark == MARK:
        return Blocks(None, None, _parquet_blocks(file, source, block_bytes))
    layouts = read_chunks(file, source, block_bytes)
    first = next(layouts)
    header = first.text[first.starts[0] : first.ends[0]]
    return Blocks(header, chr(first.delimiter), _csv_blocks(file, first, layouts, size))


def _csv_blocks(file: BinaryIO, first: Layout, others: Iterator[Layout], size: int) -> Iterator[Block]:
    names = [name.strip() for name in first.fields(0)]
    yield _csv_block(first, names, file.tell() / size)
    for layout in others:
        yield _csv_block(layout, names, file.tell() / size)


def _csv_block(layout: Layout, names: list[str], done: float) -> Block:
    positions = [str(position) for position in range(len(names))]
    # Arrow refuses a record that spans more than one block of its own.
    longest = int((layout.ends - layout.starts).max())
    body = layout.text[int(layout.starts[1]) :] if len(layout.starts) > 1 else b""
    if not body:
        cells = pa.table({position: pa.array([], pa.string()) for position in positions})
    else:
        cells = pa.csv.read_csv(
            pa.BufferReader(body),
            read_options=pa.csv.ReadOptions(column_names=positions, block_size=max(1 << 20, 2 * longest)),
            parse_options=pa.csv.ParseOptions(
                delimiter=chr(layout.delimiter), newlines_in_values=b'"' in layout.text
            ),
            convert_options=pa.csv.ConvertOptions(column_types=dict.fromkeys(positions, pa.string())),
        )
    if cells.num_rows != len(layout.starts) - 1:
        problem = f"{cells.num_rows:,} rows were parsed where {len(layout.starts) - 1:,} were counted"
        raise DataError(problem, where=layout.source, hint="quote every field that holds a line break")
    return Block(
        cells.rename_columns(names),
        layout.source,
        lambda row: layout.label(row + 1),
        done,
        tuple(MISSING),
        lambda: _records(layout),
    )


def _records(layout: Layout) -> list[bytes]:
    bounds = zip(layout.starts[1:].tolist(), layout.ends[1:].tolist(), strict=True)
    return [layout.text[start:end] for start, end in bounds]


def _parquet_blocks(file: BinaryIO, source: str, block_bytes: int) -> Iterator[Block]:
    with damage_explained(source):
        parquet = pa.parquet.ParquetFile(file)
        batches = parquet.iter_batches(max(1, block_bytes // (8 * max(1, len(parquet.schema_arrow)))))
        total, names = max(1, parquet.metadata.num_rows), list(parquet.schema_arrow.names)
    refuse_one_name(names, source)
    yield _parquet_block(parquet.schema_arrow.empty_table(), source, 0, total)
    rows = 0
    while True:
        with damage_explained(source):
            batch = next(batches, None)
            if batch is None:
                return
            batch.validate(full=True)
        yield _parquet_block(pa.Table.from_batches([batch]), source, rows, total)
        rows += len(batch)


def _parquet_block(cells: pa.Table, source: str, rows: int, total: int) -> Block:
    done = (rows + cells.num_rows) / total
    return Block(cells, source, lambda row: f"row {rows + row + 1:,}", done)
