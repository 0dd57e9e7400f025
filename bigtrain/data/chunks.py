"""Delimited text piece by piece, each piece a number of whole records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from bigtrain.data.delimited import clean, refuse_duplicates, refuse_undecodable
from bigtrain.data.structure import DELIMITERS, Layout, read_layout
from bigtrain.errors import DataError

_LONGEST_RECORD = 64 << 20
"""Bytes without the end of a record after which none is expected: a quote left open swallows the file."""


def read_chunks(file: BinaryIO, source: str, size: int) -> Iterator[Layout]:
    """Read the records of a CSV file, as strictly as a whole table is read.

    Parameters
    ----------
    file : binary file
        At its beginning.
    source : str
        What messages call it.
    size : int
        Bytes to read at a time.

    Yields
    ------
    Layout
        The header, and below it some of the rows; at least one in all but the first.

    Raises
    ------
    DataError
        If the file is not a table in text.
    """
    pieces = _whole_records(file, source, size)
    layout = _first(next(pieces, b""), source)
    yield layout
    header = layout.text[layout.starts[0] : layout.ends[0]] + b"\n"
    rows, lines = len(layout.starts) - 1, layout.text.count(b"\n")
    for piece in pieces:
        before = lines - header.count(b"\n")
        refuse_undecodable(piece, source, lines)
        following = read_layout(
            header + piece,
            source,
            delimiters=bytes([layout.delimiter]),
            rows_before=rows,
            lines_before=before,
        )
        rows, lines = rows + len(following.starts) - 1, lines + piece.count(b"\n")
        if len(following.starts) > 1:
            yield following


def _first(piece: bytes, source: str) -> Layout:
    text = clean(piece, source)
    header = text.lstrip(b"\n").split(b"\n", 1)[0]
    # A table to predict from may have one column alone, whose header then has no delimiter.
    present = bytes(mark for mark in DELIMITERS if mark in header) or DELIMITERS[:1]
    layout = read_layout(text, source, delimiters=present)
    refuse_duplicates([name.strip() for name in layout.fields(0)], layout)
    return layout


def _whole_records(file: BinaryIO, source: str, size: int) -> Iterator[bytes]:
    """Divide a file where records end; ends of lines become newlines."""
    held = b""
    while piece := file.read(size):
        text = _newlines(held + piece)
        # A carriage return may be the first half of a line's end.
        returned = text.endswith(b"\r")
        cut = _last_end(text[:-1] if returned else text)
        if cut:
            yield text[:cut]
        held = text[cut:]
        if len(held) > _LONGEST_RECORD:
            read_layout(held, source, delimiters=DELIMITERS[:1])  # names the stray quote, if there is one
            raise DataError(f"a record is longer than {_LONGEST_RECORD >> 20} MB", where=source)
    if held:
        yield held.replace(b"\r", b"\n")


def _newlines(text: bytes) -> bytes:
    if b"\r" not in text:
        return text
    last = text[-1:] if text.endswith(b"\r") else b""
    whole = text[:-1] if last else text
    return whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n") + last


def _last_end(text: bytes) -> int:
    """Return where the last whole record ends: after a newline with an even number of quotes before it."""
    end, open_quotes = len(text), text.count(b'"') % 2
    while (newline := text.rfind(b"\n", 0, end)) >= 0:
        open_quotes ^= text.count(b'"', newline, end) % 2
        if not open_quotes:
            return newline + 1
        end = newline
    return 0
