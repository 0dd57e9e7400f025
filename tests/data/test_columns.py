"""A column is numbers, a category, or left out with the reason."""

from __future__ import annotations

import datetime
import decimal
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sklearn.preprocessing import OneHotEncoder

from bigtrain.data import Dataset
from bigtrain.data.cells import to_cells

from .tables import as_csv, load_csv, load_parquet

DATES = "dates or times; to use them, add what matters as numbers, such as a year or a weekday"


def of_column(folder: Path, cells: list[str], name: str = "c", categorical: bool = False) -> Dataset:
    """The dataset with this column, beside a column of numbers and the target."""
    rows = [[cell, i % 7, i * i] for i, cell in enumerate(cells)]
    return load_csv(folder, as_csv([name, "a", "y"], rows), categorical=[name] if categorical else [])


KINDS = {
    "integers": ["1", "2", "30", "4"],
    "leading spaces": [" 1", "2 ", "3", "4"],
    "exponents": ["1e3", "2.5E-2", ".5", "4."],
    "beyond 64 bits": ["99999999999999999999", "1", "2", "3"],
    "words": ["u", "v", "u", "v"],
    "numbers and words": ["1", "2", "3+", "1"],
    "sizes": ["S", "M", "S", "XL"],
}


@pytest.mark.parametrize("case", KINDS)
def test_numbers_are_float64_and_words_are_objects(case: str, tmp_path: Path) -> None:
    """A column is numbers if every cell is one, and a category otherwise."""
    dataset = of_column(tmp_path, KINDS[case])
    if case in {"words", "numbers and words", "sizes"}:
        assert dataset.categorical == ("c",)
        assert object == dataset.X["c"].dtype
        assert KINDS[case] == dataset.X["c"].to_list()
    else:
        assert dataset.numeric == ("c", "a")
        assert np.float64 == dataset.X["c"].dtype
        assert [float(cell) for cell in KINDS[case]] == dataset.X["c"].to_list()
    assert dataset.notes == ()


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["", "NA", "", ""], "every cell is missing"),
        (["7", "7.0", "", "7"], "every cell is 7"),
        (["u", "u", "u", "u"], "every cell is 'u'"),
        (["2020-01-01", "2020-01-02", "", "2020-01-02"], DATES),
        (["2020-01-01T10:00:00Z", "2020-01-02T10:00:00Z"] * 2, DATES),
        (["1/2/2020", "31/12/2020", "", "1/2/20"], DATES),
        (["1.2.2020 10:30", "2.2.2020 10:30:15"] * 2, DATES),
        (["10:30", "9:15 pm", "", "11:00"], DATES),
        (["12 Jan 2020", "Feb 3, 2020", "", "12-Mar-20"], DATES),
        (
            ["r1", "r2", "r3", "r4"],
            "text with 4 different values in 4 rows, such as 'r1'; "
            "if it is a category, name it in data.categorical",
        ),
        (
            [f"text {i // 2 if i < 20 else i}" for i in range(60)],
            "text with 50 different values in 60 rows, such as 'text 0'; "
            "if it is a category, name it in data.categorical",
        ),
    ],
)
def test_what_teaches_nothing_is_left_out_with_a_note(cells: list[str], reason: str, tmp_path: Path) -> None:
    """Empty, constant, date and identifier columns leave a note in words."""
    dataset = of_column(tmp_path, cells)
    assert (f"left out 'c': {reason}",) == dataset.notes
    assert list(dataset.X.columns) == ["a"]


@pytest.mark.parametrize(
    "cells",
    [
        ["01", "2", "01", "3"],
        ["2020-01-01", "2020-01-02"] * 2,
        ["r1", "r2", "r3", "r4"],
        ["True", "False"] * 2,
    ],
)
def test_a_column_named_a_category_is_one_as_written(cells: list[str], tmp_path: Path) -> None:
    """`categorical` takes the text of the cells, whatever it looks like."""
    dataset = of_column(tmp_path, cells, categorical=True)
    assert dataset.categorical == ("c",)
    assert cells == dataset.X["c"].to_list()


def test_a_missing_cell_makes_a_lone_word_a_category(tmp_path: Path) -> None:
    """'yes' or nothing are two states, so the column is kept."""
    assert of_column(tmp_path, ["yes", "", "yes", ""]).categorical == ("c",)


def test_booleans_are_zero_and_one(tmp_path: Path) -> None:
    """True is 1, False is 0, missing is NaN."""
    cells = of_column(tmp_path, ["True", "False", "", "True"]).X["c"].to_list()
    assert [cells[0], cells[1], cells[3]] == [1.0, 0.0, 1.0]
    assert math.isnan(cells[2])


def test_columns_without_a_name_are_left_out(tmp_path: Path) -> None:
    """The row index that pandas and R write has no name, so it does not become a feature."""
    dataset = load_csv(tmp_path, b",a,y\n0,5,1\n1,7,2\n2,6,4\n")
    assert dataset.notes == ("left out column 1: it has no name in the header",)


def test_dropped_columns_are_not_judged(tmp_path: Path) -> None:
    """Dropping a column is the way out of a refusal about it, and needs no note."""
    dataset = load_csv(tmp_path, b"a,b,d,y\n1,inf,2020-01-01,1\n2,1,2020-01-02,2\n", drop=["b", "d"])
    assert list(dataset.X.columns) == ["a"]
    assert dataset.notes == ()


def test_parquet_types_become_numbers_and_text(tmp_path: Path) -> None:
    """Every numeric type is float64, dictionaries are their values, what has no order or name is left out."""
    table = pa.table(
        {
            "i": pa.array([1, None, 3], pa.int8()),
            "big": pa.array([2**64 - 1, 0, 1], pa.uint64()),
            "half": pa.array(np.array([0.5, 1, 2], np.float16)),
            "dec": [decimal.Decimal("0.25"), decimal.Decimal("1.50"), None],
            "flag": [True, None, False],
            "word": pa.array(["p", "q", "p"], pa.large_string()),
            "category": pa.array(["p", "q", "p"]).dictionary_encode(),
            "day": [datetime.date(2020, 1, d) for d in (1, 2, 3)],
            "nested": [[1], [2], []],
            "bytes": [b"1", b"2", b"3"],
            "__index_level_0__": [5, 6, 7],
            "nothing": pa.nulls(3),
            "y": pa.array([1, 2, 4], pa.int32()),
        }
    )
    dataset = load_parquet(tmp_path, table)
    expected = {"i": [1, np.nan, 3], "big": [2.0**64, 0, 1], "half": [0.5, 1, 2], "dec": [0.25, 1.5, np.nan]}
    expected["flag"] = [1, np.nan, 0]
    assert tuple(expected) == dataset.numeric
    for name, cells in expected.items():
        np.testing.assert_array_equal(cells, dataset.X[name].to_numpy())
    assert dataset.categorical == ("word", "category")
    assert dataset.X["category"].to_list() == ["p", "q", "p"]
    assert [
        f"left out 'day': {DATES}",
        "left out 'nested': its type, list<element: int64>, is neither numbers nor text",
        "left out 'bytes': its type, binary, is neither numbers nor text",
        "left out '__index_level_0__': it is the row index that pandas stored",
        "left out 'nothing': every cell is missing",
    ] == list(dataset.notes)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_every_kind_of_text_is_objects_and_nan(kind: pa.DataType) -> None:
    """How Arrow lays text out in memory does not show."""
    cells = to_cells(pa.chunked_array([pa.array(["p", None], kind)]))
    assert isinstance(cells, np.ndarray)
    assert cells[0] == "p"
    assert math.isnan(cells[1])


def test_scikit_learn_takes_missing_categories_as_their_own(tmp_path: Path) -> None:
    """NaN in a column of objects is one more category to OneHotEncoder."""
    dataset = of_column(tmp_path, ["u", "", "v", "u", "v", ""])
    encoder = OneHotEncoder(sparse_output=False).fit(dataset.X[["c"]])
    assert encoder.transform(dataset.X[["c"]]).shape == (6, 3)


NUMBERING = {
    "an index": [str(i) for i in range(60)],
    "ids with gaps": [str(1000 + i * i) for i in range(60)],
    "the newest first": [str(60 - i) for i in range(60)],
}
OTHERS = {
    "one id twice": ["0", *(str(i) for i in range(59))],
    "shuffled": [str(i * 7 % 60) for i in range(60)],
    "a gap": ["", *(str(i) for i in range(59))],
    "halves": [str(i / 2) for i in range(60)],
    "a few rows": [str(i) for i in range(10)],
}


@pytest.mark.parametrize("case", [*NUMBERING, *OTHERS])
def test_what_seems_to_number_the_rows_is_said(case: str, tmp_path: Path) -> None:
    """It stays a feature, with a note that says how to leave it out, unless it is the only one."""
    cells = {**NUMBERING, **OTHERS}[case]
    dataset = of_column(tmp_path, cells, name="id")
    said = "'id' seems to number the rows; if it tells nothing else, \"data.drop=[id]\" leaves it out"
    assert dataset.numeric == ("id", "a")
    assert dataset.notes == ((said,) if case in NUMBERING else ())
    alone = load_csv(tmp_path, as_csv(["id", "y"], [[cell, i % 5] for i, cell in enumerate(cells)]))
    assert alone.notes == ()
