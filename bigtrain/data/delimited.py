"""Delimited text (CSV): a strict look at the bytes, then Arrow's parser for the values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from bigtrain.data.cells import to_cells
from bigtrain.data.structure import Layout, read_layout
from bigtrain.data.table import Cells, RawTable
from bigtrain.errors import DataError
from bigtrain.files import read_bytes

MISSING = ["", "#N/A", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null", "-NaN", "-nan"]
"""Cells that say that there is no value, quoted or not: the usual ones of pandas and R."""

SMALL = 8 << 20
"""Bytes of text that one thread parses in the blink of an eye."""

_NOT_TEXT = {
    b"PK\x03\x04": ("a zip archive or an Excel workbook", "export the sheet as CSV"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "export the sheet as CSV"),
    b"\x1f\x8b": ("compressed by gzip", "unpack it first"),
    b"PAR1": ("a Parquet file", "use data=parquet"),
    b"\xff\xfe": ("UTF-16 text", "save it as UTF-8"),
    b"\xfe\xff": ("UTF-16 text", "save it as UTF-8"),
}


def read_delimited(path: str, categorical: Collection[str] = ()) -> RawTable:
    """Read a CSV file.

    Parameters
    ----------
    path : str
        UTF-8 text, with or without byte-order mark, its fields separated by ``,``, ``;`` or tab, the
        first line the columns' names.
    categorical : collection of str
        Columns to take as text whatever they hold.

    Raises
    ------
    DataError
        If the file is not such a table.
    NoInputError
        If it can't be read.
    """
    layout = read_layout(clean(read_bytes(path), path), path)
    names = [name.strip() for name in layout.fields(0)]
    refuse_duplicates(names, layout)
    if len(layout.starts) < 2:
        raise DataError("the file has a header and no rows", where=path, hint="add rows below the header")
    cells = _parse(layout, {str(i) for i, name in enumerate(names) if name in set(categorical)})
    columns: dict[str, Cells] = {}
    left_out: dict[str, str] = {}
    for position, (name, values) in enumerate(zip(names, cells, strict=True)):
        if not name:
            left_out[f"column {position + 1:,}"] = "it has no name in the header"
        elif isinstance(values, str):
            left_out[name] = values
        else:
            columns[name] = values
    return RawTable(
        name=Path(path).stem,
        source=path,
        columns=columns,
        left_out=left_out,
        row_label=lambda row: layout.label(row + 1),
        raw_cell=lambda row, name: layout.fields(row + 1)[names.index(name)],
    )


def clean(content: bytes, source: str) -> bytes:
    """Return the content as UTF-8 with newlines only, or refuse what is not a table in text."""
    for mark, (what, hint) in _NOT_TEXT.items():
        if content.startswith(mark):
            raise DataError(f"this is {what}, not CSV text", where=source, hint=hint)
    text = content.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not text.strip():
        raise DataError("the file is empty", where=source, hint="a table needs a header and rows")
    refuse_undecodable(text, source)
    if text.lstrip().startswith(b"<"):
        start, hint = (
            text.lstrip()[:40].decode(errors="ignore"),
            "download the file itself, not the page that shows it",
        )
        raise DataError("this is a web page or XML, not CSV text", where=source, received=start, hint=hint)
    return text


def refuse_undecodable(text: bytes, source: str, lines_before: int = 0) -> None:
    """Refuse text that isn't UTF-8, or has a NUL byte; `lines_before` are those above it in the file."""
    position = text.find(b"\0")
    if position >= 0:
        hint = "save it as UTF-8 text (UTF-16 is full of NUL bytes), or remove the byte"
        raise DataError("a NUL byte", where=f"{source}: {_place(text, position, lines_before)}", hint=hint)
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise DataError(
            "not UTF-8 text",
            where=f"{source}: {_place(text, error.start, lines_before)}",
            received=text[error.start : error.start + 1],
            hint="save the file as UTF-8",
        ) from None


def _place(text: bytes, position: int, lines_before: int) -> str:
    line_start = text.rfind(b"\n", 0, position) + 1
    line = lines_before + text.count(b"\n", 0, position) + 1
    return f"line {line:,}, byte {position - line_start + 1:,}"


def refuse_duplicates(names: list[str], layout: Layout) -> None:
    """Refuse a header in which two columns have one name."""
    name, count = Counter(filter(None, names)).most_common(1)[0] if any(names) else ("", 1)
    if count < 2:
        return
    positions = [i + 1 for i, other in enumerate(names) if other == name]
    raise DataError(
        f"the header names {count:,} columns alike",
        where=f"{layout.source}: {layout.label(0)}, columns {positions[0]:,} and {positions[1]:,}",
        received=name,
        hint="give every column its own name",
    )


def _parse(layout: Layout, as_text: Collection[str]) -> list[Cells | str]:
    """Return every column's cells; columns are called by their positions, for names may be empty."""
    body = memoryview(layout.text)[int(layout.starts[1]) :]
    # Arrow refuses a record that spans more than one block.
    longest = int((layout.ends - layout.starts).max())
    positions = [str(i) for i in range(int(layout.widths()[0]))]
    try:
        table: Any = pa.csv.read_csv(
            pa.BufferReader(pa.py_buffer(body)),
            read_options=pa.csv.ReadOptions(
                # Arrow's threads abort a command now and then that ends at once: a small text needs none.
                use_threads=len(body) > SMALL,
                column_names=positions,
                block_size=max(1 << 20, 2 * longest),
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter=chr(layout.delimiter), newlines_in_values=b'"' in layout.text
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(as_text, pa.string()),
                null_values=MISSING,
                strings_can_be_null=True,
            ),
        )
    except (pa.ArrowException, OverflowError) as error:
        raise DataError(
            "this text can't be parsed as a table", where=layout.source, hint=str(error)
        ) from None
    if table.num_rows != len(layout.starts) - 1:
        found, expected = table.num_rows, len(layout.starts) - 1
        problem = f"{found:,} rows were parsed where {expected:,} were counted"
        raise DataError(problem, where=layout.source, hint="quote every field that holds a line break")
    return [to_cells(column) for column in table.columns]
