"""A file read in blocks says what the reader of whole tables says of it, wherever the blocks end."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bigtrain.data.blocks import open_blocks
from bigtrain.data.delimited import read_delimited
from bigtrain.data.parquet import read_parquet
from bigtrain.errors import DataError

COLUMNS = {"size": "double", "kind": "string", "sold": "double"}
SIZES = (1, 7, 40, 1 << 20)

GOOD = {
    "plain": b"size,kind,sold\n1.5,flat,true\n,hut,false\n-2e3,NA,true\n",
    "quoted": b'"kind","size","sold","note"\n"a, ""b""","1",True,"two\nlines"\n"\xc3\xa9",2,False,x\n',
    "windows": b"\xef\xbb\xbfsize;kind;sold\r\n1;a;true\r\n\r\n2;b;false\r\n",
    "no last newline": b"size\tkind\tsold\n1\ta\ttrue\n NaN\tb\tfalse",
    "header over two lines": b'size,kind,"so\nld",sold\n1,a,x,true\n2,b,y,false\n',
}

BAD = {
    "short": b"size,kind,sold\n1,a,1\n2,b\n3,c,1\n",
    "long": b"size,kind,sold\n1,a,1\n2,b,1\n3,c,1,9\n",
    "stray quote": b'size,kind,sold\n1,a,1\n2,b"c,1\n3,c,1\n',
    "open quote": b'size,kind,sold\n1,a,1\n2,"b,1\n3,c,1\n',
    "not UTF-8": b"size,kind,sold\n1,a,1\n2,\xff,1\n3,c,1\n",
    "NUL": b"size,kind,sold\n1,a,1\n2,b,1\n3,\0,1\n",
    "twice": b"size,kind,size\n1,a,1\n",
    "empty": b"\n\n",
    "page": b"<html>,\n<p>,\n",
}


def frame(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(columns[name], dtype=columns[name].dtype) for name in COLUMNS})


def features(path: Path, size: int) -> pd.DataFrame:
    with open_blocks(str(path), size) as opened:
        return pd.concat([block.features(COLUMNS) for block in opened.blocks], ignore_index=True)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", GOOD)
def test_blocks_hold_the_cells_of_the_whole_table(tmp_path: Path, name: str, size: int) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(GOOD[name])
    whole = frame(read_delimited(str(path), categorical=["kind"]).columns)
    pd.testing.assert_frame_equal(whole, features(path, size))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", GOOD)
def test_the_records_of_blocks_are_the_lines_of_the_file(tmp_path: Path, name: str, size: int) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(GOOD[name])
    with open_blocks(str(path), size) as opened:
        records = [record for block in opened.blocks for record in block.records()]
    text = GOOD[name].removeprefix(b"\xef\xbb\xbf").replace(b"\r\n\r\n", b"\n").replace(b"\r\n", b"\n")
    assert text.rstrip(b"\n") == b"\n".join([opened.header, *records])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_where_the_reader_of_whole_tables_refuses_it(
    tmp_path: Path, name: str, size: int
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(BAD[name])
    with pytest.raises(DataError) as whole:
        read_delimited(str(path))
    with pytest.raises(DataError) as in_blocks:
        features(path, size)
    assert whole.value.where == in_blocks.value.where


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("cell", "problem"),
    [("wide", "not a number"), ("1,2", "not a number"), ("inf", "infinite"), ("0x1", "not")],
)
def test_a_cell_that_is_no_number_is_named(tmp_path: Path, size: int, cell: str, problem: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f'size,kind,sold\n1,a,1\n2,"b\nc",1\n"{cell}",c,1\n4,d,0\n')
    with pytest.raises(DataError, match=rf"row 3 \(line 5\), column 'size': {problem}"):
        features(path, size)


@pytest.mark.parametrize("size", SIZES)
def test_a_missing_column_is_named(tmp_path: Path, size: int) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("size,kinds,sold\n1,a,1\n")
    with pytest.raises(DataError, match=r"column 'kind': .* did you mean 'kinds'"):
        features(path, size)


@pytest.mark.parametrize("size", [8, 100, 1 << 20])
def test_blocks_of_parquet_hold_the_cells_of_the_whole_table(tmp_path: Path, size: int) -> None:
    path = tmp_path / "rows.parquet"
    pd.DataFrame(
        {
            "extra": [[1], [2], None],
            "sold": [True, False, True],
            "kind": pd.Categorical(["a", None, "b"]),
            "size": np.array([1, 2, 3], np.int32),
        }
    ).to_parquet(path)
    whole = frame(read_parquet(str(path)).columns)
    pd.testing.assert_frame_equal(whole, features(path, size))


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(DataError, match="damaged"):
        features(path, 100)


def test_one_column_is_a_table_to_predict_from(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("x\n1\n2\n")
    with open_blocks(str(path)) as opened:
        assert [x for block in opened.blocks for x in block.features({"x": "double"})["x"]] == [1.0, 2.0]
