"""The digest tells any two tables apart, and says the same of the same table."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigtrain.data import table_digest

from .tables import as_csv, load_csv, load_parquet


def frame(columns: dict[str, list[object]]) -> pd.DataFrame:
    """Text stays object, numbers are float64."""
    kinds = {
        name: object if any(isinstance(cell, str) for cell in cells) else float
        for name, cells in columns.items()
    }
    return pd.DataFrame({name: pd.Series(cells, dtype=kinds[name]) for name, cells in columns.items()})


A: list[object] = [1.0, np.nan, 3.0]
B: list[object] = ["p", "q", np.nan]
Y = [1.0, 2.0, 4.0]
SAME = ({"a": A, "b": B}, Y, "y")

OTHERS: dict[str, tuple[dict[str, list[object]], list[float], str]] = {
    "a number": ({"a": [1.0, np.nan, np.nextafter(3.0, 4.0)], "b": B}, Y, "y"),
    "a missing number": ({"a": [1.0, 0.0, 3.0], "b": B}, Y, "y"),
    "a word": ({"a": A, "b": ["p", "r", np.nan]}, Y, "y"),
    "a word repeated": ({"a": A, "b": ["p", "p", np.nan]}, Y, "y"),
    "a missing word": ({"a": A, "b": ["p", "q", ""]}, Y, "y"),
    "the word nan": ({"a": A, "b": ["p", "q", "nan"]}, Y, "y"),
    "a target": ({"a": A, "b": B}, [1.0, 2.0, 5.0], "y"),
    "the target's name": (SAME[0], Y, "z"),
    "a column's name": ({"a": A, "c": B}, Y, "y"),
    "columns swapped": ({"b": B, "a": A}, Y, "y"),
    "names swapped": ({"b": A, "a": B}, Y, "y"),
    "rows swapped": ({"a": [3.0, np.nan, 1.0], "b": [np.nan, "q", "p"]}, [4.0, 2.0, 1.0], "y"),
    "a row less": ({"a": A[:2], "b": B[:2]}, Y[:2], "y"),
    "a column less": ({"a": A}, Y, "y"),
    "a type": ({"a": ["1.0", np.nan, "3.0"], "b": B}, Y, "y"),
    "letters moved between name and name": ({"ab": A, "": B}, Y, "y"),
    "letters moved between words": ({"a": A, "b": ["pq", "", np.nan]}, Y, "y"),
}


@pytest.mark.parametrize("change", OTHERS)
def test_any_change_gives_another_digest(change: str) -> None:
    """One cell, name, type, or any order: the digest changes."""
    (columns, y, target), (others, other_y, other_target) = SAME, OTHERS[change]
    assert table_digest(frame(columns), np.array(y), target) != table_digest(
        frame(others), np.array(other_y), other_target
    )


words = st.lists(st.sampled_from(["p", "q", "", "pq", float("nan")]), min_size=4, max_size=4)
values = st.lists(st.sampled_from([0.0, 1.0, -1.0, 0.1, float("nan")]), min_size=4, max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.tuples(words, values), st.tuples(words, values))
def test_digests_are_equal_if_and_only_if_tables_are(
    one: tuple[list[object], list[object]], other: tuple[list[object], list[object]]
) -> None:
    """Over small tables, equality of digests is equality of cells, NaN being equal to NaN."""

    def digest(cells: tuple[list[object], list[object]]) -> str:
        columns = {"w": pd.Series(cells[0], dtype=object), "v": pd.Series(cells[1], dtype=float)}
        return table_digest(pd.DataFrame(columns), np.arange(4.0), "y")

    assert (repr(one) == repr(other)) == (digest(one) == digest(other))


def test_the_bytes_that_are_hashed_are_these() -> None:
    """The format is written out here once, without pandas: it must not drift, for stores remember digests."""

    def text(word: str) -> bytes:
        return struct.pack("<q", len(word.encode())) + word.encode()

    def numbers(cells: list[float]) -> bytes:
        return text("float64") + struct.pack(f"<{len(cells)}d", *cells)

    distinct = struct.pack("<q", 2) + text("é") + text("q")
    parts = [
        text("bigtrain-table-1") + struct.pack("<qq", 4, 2),
        text("a") + numbers([1.0, float("nan"), 3.0, -0.5]),
        text("b") + text("text") + distinct + struct.pack("<4q", 0, 1, -1, 0),
        text("y") + numbers([1.0, 2.0, 4.0, 8.0]),
    ]
    X = frame({"a": [1.0, np.nan, 3.0, -0.5], "b": ["é", "q", np.nan, "é"]})
    expected = hashlib.sha256(b"".join(parts)).hexdigest()
    assert expected == table_digest(X, np.array([1.0, 2.0, 4.0, 8.0]), "y")


def test_how_pandas_keeps_the_cells_does_not_matter() -> None:
    """Any NaN, any layout of memory, a slice of a larger frame: the same cells, the same digest."""
    X = frame({"a": A, "b": B})
    other_nan = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)[0]
    padded = frame({"z": [0.0] * 5, "a": [9.0, 1.0, other_nan, 3.0, 9.0], "b": ["u", "p", "q", np.nan, "u"]})
    y = np.array(Y)
    assert table_digest(X, y, "y") == table_digest(padded.iloc[1:4][["a", "b"]], np.repeat(y, 2)[::2], "y")


def test_csv_and_parquet_of_one_table_have_one_digest(tmp_path: Path) -> None:
    """The source of a table is no part of its digest."""
    a, b, y = [1, None, 3, 4], ["p", "q", "p", None], [1, 2, 3, 5]
    from_csv = load_csv(tmp_path, as_csv(["a", "b", "y"], zip(a, b, y, strict=True)))
    from_parquet = load_parquet(tmp_path, pa.table({"a": a, "b": b, "y": y}))
    assert from_csv.digest == from_parquet.digest
