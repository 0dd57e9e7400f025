"""Delimited text is read as it was written, whoever wrote it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bigtrain.data.delimited import read_delimited
from bigtrain.data.structure import read_layout
from bigtrain.errors import DataError

from .tables import GOOD, as_csv, load_csv

FORMS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda text: text,
    "with a byte-order mark": lambda text: b"\xef\xbb\xbf" + text,
    "semicolons": lambda text: text.replace(b",", b";"),
    "tabs": lambda text: text.replace(b",", b"\t"),
    "Windows lines": lambda text: text.replace(b"\n", b"\r\n"),
    "old Mac lines": lambda text: text.replace(b"\n", b"\r"),
    "no last newline": lambda text: text.removesuffix(b"\n"),
    "blank lines": lambda text: b"\n" + text.replace(b"\n", b"\n\n"),
    "quoted": lambda text: b"\n".join(
        b",".join(b'"' + cell + b'"' for cell in line.split(b",")) for line in text.splitlines()
    ),
    "spaces around names": lambda text: text.replace(b"a,b,y", b" a, b ,y "),
    "plus signs": lambda text: text.replace(b"\n1,", b"\n+1,"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_a_file_does_not_matter(form: str, tmp_path: Path) -> None:
    """Delimiter, ends of lines, byte-order mark and needless quotes leave the same table, by its digest."""
    expected = load_csv(tmp_path, GOOD)
    assert expected.digest == load_csv(tmp_path, FORMS[form](GOOD)).digest


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"])
    | st.sampled_from(',;\t"\n'),
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), delimiter=st.sampled_from(",;\t"), width=st.integers(2, 5))
def test_the_structural_pass_reads_what_the_standard_library_writes(
    data: st.DataObject, delimiter: str, width: int
) -> None:
    """Delimiters, quotes and line breaks inside quoted fields never move a field."""
    rows = data.draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=6))
    header = [f"c{i}" for i in range(width)]
    text = as_csv(header, rows, delimiter)
    layout = read_layout(text, "text")
    read = [layout.fields(record) for record in range(len(layout.starts))]
    assert [header, *rows] == read


@settings(max_examples=300, deadline=None)
@given(body=st.text(st.sampled_from('ab1,;"\n'), max_size=40))
def test_what_passes_the_structural_pass_is_what_a_strict_reader_reads(body: str) -> None:
    """Any text that is not refused has the records and fields that the csv module's strict mode finds."""
    text = "h,k\n" + body
    try:
        layout = read_layout(text.encode(), "text")
    except DataError:
        return
    strict = csv.reader(io.StringIO(text), delimiter=chr(layout.delimiter), strict=True)
    expected = [record for record in strict if record]
    assert expected == [layout.fields(record) for record in range(len(layout.starts))]


numbers = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e100, max_value=1e100)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(numbers, min_size=2, max_size=20, unique=True))
def test_numbers_are_read_to_the_last_bit(values: list[float], tmp_path: Path) -> None:
    """A float64 written with all its digits comes back as itself."""
    assume(max(values) - min(values) > 1e-140)
    dataset = load_csv(tmp_path, as_csv(["a", "y"], [[repr(value), i] for i, value in enumerate(values)]))
    np.testing.assert_array_equal(np.array(values), dataset.X["a"].to_numpy())


@pytest.mark.parametrize(
    "missing", ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A", "<NA>", '"NA"', '""']
)
def test_missing_cells_are_nan_in_numbers_and_categories(missing: str, tmp_path: Path) -> None:
    """The usual words for no value are NaN, and the column keeps its kind."""
    content = GOOD.replace(b"3,x", f"{missing},{missing}".encode())
    dataset = load_csv(tmp_path, content)
    a, b = dataset.X["a"].to_list(), dataset.X["b"].to_list()
    assert dataset.numeric == ("a",)
    assert dataset.categorical == ("b",)
    assert [a[0], a[1], a[3]] == [1.0, 2.0, 4.0]
    assert [b[0], b[1], b[3]] == ["x", "z", "z"]
    assert math.isnan(a[2])
    assert math.isnan(b[2])


def test_thousands_of_columns_are_read(tmp_path: Path) -> None:
    """A wide table is a table."""
    header = [*(f"c{i}" for i in range(3000)), "y"]
    dataset = load_csv(tmp_path, as_csv(header, np.arange(12004).reshape(4, 3001) % 17))
    assert dataset.X.shape == (4, 3000)


def test_a_row_longer_than_a_block_is_read(tmp_path: Path) -> None:
    """One cell of three megabytes is still one cell."""
    text = "w" * 3_000_000
    dataset = load_csv(tmp_path, as_csv(["a", "b", "y"], [[text, 1, 1], ["v", 2, 2], ["v", 3, 3]]))
    assert [text, "v", "v"] == dataset.X["a"].to_list()


@pytest.mark.parametrize("small", [1 << 30, 0])
def test_a_table_is_the_same_by_one_thread_or_by_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    """Numbers, texts and gaps of several blocks."""
    rows = [f"{i},{i / 7!r},{'' if i % 5 == 0 else f'text {i % 3}'}" for i in range(60_000)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,c", *rows]))
    monkeypatch.setattr("bigtrain.data.delimited.SMALL", small)
    columns = read_delimited(str(tmp_path / "t.csv")).columns
    assert columns["a"].tolist() == list(range(60_000))
    assert columns["b"].tolist() == [i / 7 for i in range(60_000)]
    assert columns["c"].tolist()[1:5] == ["text 1", "text 2", "text 0", "text 1"]
    assert np.flatnonzero(pd.isna(columns["c"])).tolist() == list(range(0, 60_000, 5))
