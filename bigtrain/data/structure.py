"""The strict structural pass over delimited text: every record has as many fields as the header.

Readers of CSV forgive: short rows are filled, long ones shift the columns, a quote left open swallows the
rest. So the structure is checked first, on the positions of delimiters, newlines and quotes alone (RFC 4180),
which costs a fraction of parsing the values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bigtrain.errors import DataError
from bigtrain.wording import counted

_NEWLINE, _QUOTE = b'\n"'
DELIMITERS = b",;\t"
_SNIFFED_RECORDS = 1000


@dataclass(frozen=True, eq=False, slots=True)
class Layout:
    """Where the records and fields of a text are.

    Attributes
    ----------
    text : bytes
        UTF-8 without byte-order mark, lines ended by newlines only.
    source : str
        What messages call it.
    delimiter : int
        The byte between fields.
    starts, ends : int64 array (n_records,)
        Bounds of every record that is not blank, the header first.
    separators : int64 array
        Positions of the delimiters outside quotes, ascending.
    rows_before, lines_before : int
        Rows and lines of the file that are not in the text, when it is a header and a later part of the rows.
    """

    text: bytes
    source: str
    delimiter: int
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    separators: NDArray[np.int64]
    rows_before: int = 0
    lines_before: int = 0

    def widths(self) -> NDArray[np.int64]:
        """Return the number of fields of every record, (n_records,)."""
        before = np.searchsorted(self.separators, [self.starts, self.ends])
        widths: NDArray[np.int64] = before[1] - before[0] + 1
        return widths

    def record(self, record: int) -> str:
        """Return a record as it is written."""
        return self.text[self.starts[record] : self.ends[record]].decode()

    def fields(self, record: int) -> list[str]:
        """Return a record's fields as text, without their quotes."""
        start, end = int(self.starts[record]), int(self.ends[record])
        inner = self.separators[slice(*np.searchsorted(self.separators, [start, end]))].tolist()
        bounds = zip([start, *(cut + 1 for cut in inner)], [*inner, end], strict=True)
        return [_unquote(self.text[left:right].decode()) for left, right in bounds]

    def label(self, record: int) -> str:
        """Return words for a record: data rows count from 1 below the header, lines from the file's top."""
        line = self.text.count(b"\n", 0, int(self.starts[record])) + 1
        if not record:
            return f"header (line {line:,})"
        return f"row {self.rows_before + record:,} (line {self.lines_before + line:,})"


def read_layout(
    text: bytes,
    source: str,
    *,
    delimiters: bytes = DELIMITERS,
    rows_before: int = 0,
    lines_before: int = 0,
) -> Layout:
    """Find the delimiter and the records of a text, and check that they form a table.

    Parameters
    ----------
    text : bytes
        UTF-8 with newlines only as ends of lines.
    source : str
        What messages call it.
    delimiters : bytes
        Those to choose from. Where there is only one, a table may have a single column.
    rows_before, lines_before : int, default 0
        As `Layout` has them.

    Raises
    ------
    DataError
        If there is no record, no delimiter, a stray or open quote, or a record whose number of fields is
        not the header's.
    """
    array = np.frombuffer(text, dtype=np.uint8)
    marks = np.flatnonzero(_is_one_of(array, b'\n"' + delimiters))
    kinds = array[marks]
    inside = np.cumsum(kinds == _QUOTE) % 2 == 1
    quotes = marks[kinds == _QUOTE]
    _refuse_stray_quote(text, quotes, delimiters, source, lines_before)
    marks, kinds = marks[~inside], kinds[~inside]

    newlines = marks[kinds == _NEWLINE]
    starts, ends = np.append(0, newlines + 1), np.append(newlines, len(text))
    filled = ends > starts
    if not filled.any():
        raise DataError("the file holds no text", where=source, hint=_NEEDED)
    candidates = [
        Layout(
            text, source, mark, starts[filled], ends[filled], marks[kinds == mark], rows_before, lines_before
        )
        for mark in delimiters
    ]
    layout = _most_likely(candidates)
    _refuse_stray_quote(text, quotes, bytes([layout.delimiter]), source, lines_before)
    _refuse_ragged(layout)
    return layout


_NEEDED = "a table needs a first line of column names and rows below it, separated by ',', ';' or tab"


def _is_one_of(array: NDArray[np.uint8], wanted: bytes) -> NDArray[np.bool_]:
    table = np.zeros(256, dtype=bool)
    table[list(wanted)] = True
    return table[array]


def _unquote(field: str) -> str:
    return field[1:-1].replace('""', '"') if field.startswith('"') else field


def _most_likely(candidates: list[Layout]) -> Layout:
    """Return the layout whose delimiter divides the header, and the rows like it, into most fields."""

    def score(layout: Layout) -> tuple[bool, int]:
        widths = layout.widths()[:_SNIFFED_RECORDS]
        return bool((widths == widths[0]).all()), int(widths[0])

    if len(candidates) == 1:
        return candidates[0]
    divided = [layout for layout in candidates if layout.widths()[0] > 1]
    if not divided:
        first = candidates[0]
        raise DataError(
            "the first line holds a single column",
            where=f"{first.source}: {first.label(0)}",
            received=first.record(0),
            hint=_NEEDED,
        )
    return max(divided, key=score)


def _refuse_stray_quote(
    text: bytes, quotes: NDArray[np.int64], delimiters: bytes, source: str, lines_before: int
) -> None:
    """Refuse a quote that neither opens nor closes a field, and a field that is never closed.

    Quotes alternate: an opening one follows a delimiter or a newline, a closing one precedes them; a doubled
    quote inside a field looks like a closing one followed at once by an opening one.
    """
    framed = np.frombuffer(b"\n" + text + b"\n", dtype=np.uint8)
    border = b'\n"' + delimiters
    opening, closing = quotes[0::2], quotes[1::2]
    stray = np.concatenate(
        [
            opening[~_is_one_of(framed[opening], border)],
            closing[~_is_one_of(framed[closing + 2], border)],
            quotes[-1:] if len(quotes) % 2 else quotes[:0],
        ]
    )
    if not len(stray):
        return
    first = int(stray.min())
    line_start = text.rfind(b"\n", 0, first) + 1
    line, column = lines_before + text.count(b"\n", 0, first) + 1, len(text[line_start:first].decode()) + 1
    index = int(np.searchsorted(quotes, first))
    opened = line
    if index % 2:
        opened = lines_before + text.count(b"\n", 0, int(quotes[index - 1])) + 1
    problem = "a stray quote inside a field"
    if opened < line:
        problem = f"a stray quote, since the field opened in line {opened:,} was not closed"
    elif len(stray) == 1 and index == len(quotes) - 1 and len(quotes) % 2:
        problem = "a quoted field is opened and never closed"
    raise DataError(
        problem,
        where=f"{source}: line {line:,}, character {column:,}",
        received=text[line_start:].split(b"\n", 1)[0].decode(),
        hint="put the whole field in quotes, and double the quotes inside it",
    )


def _refuse_ragged(layout: Layout) -> None:
    widths = layout.widths()
    ragged = np.flatnonzero(widths != widths[0])
    if not len(ragged):
        return
    record, expected = int(ragged[0]), int(widths[0])
    width = int(widths[record])
    fields = layout.fields(record)
    if len(ragged) == len(widths) - 1 and (widths[1:] == expected + 1).all():
        hint = "every row is one field longer: name the first column in the header too"
    elif width > expected:
        hint = "put a field that holds the delimiter in quotes, or remove the surplus"
    else:
        hint = "leave a missing cell empty, but keep its delimiter"
    raise DataError(
        f"{counted(width, 'field')} where the header has {expected:,} "
        f"(rows of another length: {len(ragged):,})",
        where=f"{layout.source}: {layout.label(record)}, column {min(width, expected) + 1:,}",
        received=fields[expected] if width > expected else layout.record(record),
        hint=hint,
    )
