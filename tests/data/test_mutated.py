"""Whatever is in a file, reading it ends in a dataset or in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bigtrain.data import Dataset, load_dataset
from bigtrain.errors import DataError

from .tables import GOOD, as_csv

ROWS = [[i, "xz"[i % 2], f"2020-01-{i + 1:02}", i / 7, f'say ""{i}""', i * i] for i in range(12)]
HEADER = ["a", "b", "day", "c", "note", "y"]
INSERTED = [
    b"",
    b"\0",
    b'"',
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r",
    b"inf",
    b"1e999",
    b"nan",
    b"\xff",
    b"<",
    b"-",
    b"x",
    b"\xef\xbb\xbf",
]
HARDLY = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FULLY = settings(HARDLY, max_examples=10_000)

edit = st.tuples(
    st.integers(0, 10_000), st.integers(0, 12), st.sampled_from(INSERTED) | st.binary(max_size=4)
)
edits = st.lists(edit, min_size=1, max_size=5)


def parquet_bytes() -> bytes:
    """A small Parquet file with every kind of column."""
    columns = {name: [row[i] for row in ROWS] for i, name in enumerate(HEADER)}
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(pa.table(columns), sink)
    return bytes(sink.getvalue().to_pybytes())


def mutated(content: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    """The content with parts replaced."""
    for place, length, inserted in changes:
        start = place % (len(content) + 1)
        content = content[:start] + inserted + content[start + length :]
    return content


def check(file: Path, kind: str, content: bytes) -> None:
    """Load the file; a refusal is one line that names it."""
    file.write_bytes(content)
    try:
        dataset = load_dataset(kind, path=str(file), target="y")
    except DataError as error:
        refusal = str(error)
    else:
        refusal = f"{file}: none"
        check_dataset(dataset)
    assert refusal.startswith(f"{file}: ")
    assert "\n" not in refusal


def check_dataset(dataset: Dataset) -> None:
    """Everything that was promised of a dataset holds."""
    assert np.isfinite(dataset.y).all()
    assert len(dataset.X) == len(dataset.y)
    assert not np.isinf(dataset.X[list(dataset.numeric)].to_numpy()).any()


CASES = {"csv": [as_csv(HEADER, ROWS), as_csv(HEADER, ROWS, ";"), GOOD], "parquet": [parquet_bytes()]}


@pytest.mark.parametrize("kind", CASES)
@HARDLY
@given(data=st.data(), changes=edits)
def test_a_mutated_file_is_read_or_refused(
    kind: str, data: st.DataObject, changes: list[tuple[int, int, bytes]], tmp_path: Path
) -> None:
    """No other exception and no warning, whatever bytes are changed, lost or added."""
    check(tmp_path / "table", kind, mutated(data.draw(st.sampled_from(CASES[kind])), changes))


@pytest.mark.slow
@pytest.mark.parametrize("kind", CASES)
@FULLY
@given(data=st.data(), changes=edits)
def test_ten_thousand_mutated_files_are_read_or_refused(
    kind: str, data: st.DataObject, changes: list[tuple[int, int, bytes]], tmp_path: Path
) -> None:
    """The same law, for long."""
    check(tmp_path / "table", kind, mutated(data.draw(st.sampled_from(CASES[kind])), changes))


@HARDLY
@given(content=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes, tmp_path: Path) -> None:
    """Bytes that were never a table, too."""
    check(tmp_path / "table", "csv", content)
    check(tmp_path / "table", "parquet", content)
