"""Every bad table gets one line that says where, what, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from bigtrain.data import load_dataset
from bigtrain.errors import ConfigError, DataError, NoInputError

from .tables import GOOD, as_csv, load_csv, load_parquet

NEEDED = "a table needs a first line of column names and rows below it, separated by ',', ';' or tab"
IN_QUOTES = "put the whole field in quotes, and double the quotes inside it"
PLAINLY = (
    "write numbers plainly, with a point and no separators, and leave unknown cells empty; "
    "or name the column in data.categorical or data.drop"
)
NUL = "a NUL byte; save it as UTF-8 text (UTF-16 is full of NUL bytes), or remove the byte"
FINITE = "write finite numbers, leave the cells empty, or name the column in data.drop"

CSV = {
    "empty": (b"", "FILE: the file is empty; a table needs a header and rows"),
    "blank": (b"\xef\xbb\xbf \r\n\r\n", "FILE: the file is empty; a table needs a header and rows"),
    "header only": (b"a,b,y\n", "FILE: the file has a header and no rows; add rows below the header"),
    "one column": (
        b"y\n1\n2\n",
        f"FILE: header (line 1): the first line holds a single column; received 'y'; {NEEDED}",
    ),
    "title above": (
        b"\nSales 2020\na,y\n1,2\n",
        f"FILE: header (line 2): the first line holds a single column; received 'Sales 2020'; {NEEDED}",
    ),
    "short row": (
        b"a,b,y\n1,x,1\n2,x,2\n\n3;x\n4,x\n",
        "FILE: row 3 (line 5), column 2: 1 field where the header has 3 (rows of another length: 2); "
        "received '3;x'; leave a missing cell empty, but keep its delimiter",
    ),
    "long row": (
        b'a,b,y\n1,"x\nx",1\n2,x,2,"9, 9"\n3,x,3\n',
        "FILE: row 2 (line 4), column 4: 4 fields where the header has 3 (rows of another length: 1); "
        "received '9, 9'; put a field that holds the delimiter in quotes, or remove the surplus",
    ),
    "one field too many in every row": (
        b"a,b,y\n0,1,x,1\n1,2,x,2\n",
        "FILE: row 1 (line 2), column 4: 4 fields where the header has 3 (rows of another length: 2); "
        "received '1'; every row is one field longer: name the first column in the header too",
    ),
    "duplicate header": (
        b"a,b, a,y\n1,2,3,4\n2,2,3,5\n",
        "FILE: header (line 1), columns 1 and 3: the header names 2 columns alike; received 'a'; "
        "give every column its own name",
    ),
    "open quote": (
        b'a,b,y\n1,x,1\n2,"x,2\n3,x,3\n',
        f"FILE: line 3, character 3: a quoted field is opened and never closed; "
        f"received '2,\"x,2'; {IN_QUOTES}",
    ),
    "open quote before others": (
        b'a,b,y\n1,"x,1\n2,x,2\n3,"z",3\n4,"z",4\n',
        "FILE: line 4, character 3: a stray quote, since the field opened in line 2 was not closed; "
        f"received '3,\"z\",3'; {IN_QUOTES}",
    ),
    "stray quote": (
        'a,b,y\n1,x,1\n2,é5" pipe,2\n3,"x",3\n'.encode(),
        f"FILE: line 3, character 5: a stray quote inside a field; received '2,é5\" pipe,2'; {IN_QUOTES}",
    ),
    "text after a quote": (
        b'a,b,y\n1,"x"z,1\n2,z,2\n',
        f"FILE: line 2, character 5: a stray quote inside a field; received '1,\"x\"z,1'; {IN_QUOTES}",
    ),
    "web page": (
        b"\n<!DOCTYPE html><html>\n",
        "FILE: this is a web page or XML, not CSV text; received '<!DOCTYPE html><html>\\n'; "
        "download the file itself, not the page that shows it",
    ),
    "UTF-16": (GOOD.decode().encode("utf-16"), "FILE: this is UTF-16 text, not CSV text; save it as UTF-8"),
    "UTF-16 without mark": (GOOD.decode().encode("utf-16-le"), f"FILE: line 1, byte 2: {NUL}"),
    "NUL": (GOOD.replace(b"3,x", b"3,\0x"), f"FILE: line 4, byte 3: {NUL}"),
    "Latin-1": (
        GOOD.replace(b"3,x", "3,é".encode("latin-1")),
        "FILE: line 4, byte 3: not UTF-8 text; received b'\\xe9'; save the file as UTF-8",
    ),
    "workbook": (
        b"PK\x03\x04",
        "FILE: this is a zip archive or an Excel workbook, not CSV text; export the sheet as CSV",
    ),
    "gzip": (b"\x1f\x8b\x08", "FILE: this is compressed by gzip, not CSV text; unpack it first"),
    "Parquet": (b"PAR1", "FILE: this is a Parquet file, not CSV text; use data=parquet"),
    "no header": (
        b"1,2.5\n3,4\n5,6\n",
        "FILE: data.target: there is no such column; received 'y'; the first line holds numbers: "
        "put the columns' names above it",
    ),
    "no target": (
        b"a,Y\n1,2\n2,3\n",
        "FILE: data.target: there is no such column; received 'y'; did you mean 'Y'?",
    ),
    "nothing like the target": (
        b"aa,bb\n1,2\n2,3\n",
        "FILE: data.target: there is no such column; received 'y'; there are 'aa', 'bb'",
    ),
    "target of text": (
        b"a,y\n1,2\n2,two\n3,\n4,four\n",
        "FILE: row 2 (line 3), column 'y': text in 2 of 4 rows, the first here; received 'two'; "
        "the target must be numbers, written with a point and no separators; correct these cells",
    ),
    "target of dates": (
        b"a,y\n1,2020-01-01\n2,2020-01-02\n",
        "FILE: column 'y': the target can't be used: dates or times; name a column of numbers in data.target",
    ),
    "constant target": (
        b"a,y\n1,2\n2,2.0\n",
        "FILE: column 'y': the target is the same in every row; received 2.0; "
        "there is nothing to learn: name another column in data.target",
    ),
    "missing target": (
        b"a,y\n1,2\n2,NA\n3,\n4,4\n",
        "FILE: row 2 (line 3), column 'y': missing in 2 of 4 rows, the first here; received 'NA'; "
        "remove the rows without a target, or fill them in",
    ),
    "infinite target": (
        b"a,y\n1,2\n2,-inf\n3,1\n",
        "FILE: row 2 (line 3), column 'y': infinite in 1 of 3 rows, the first here; received '-inf'; "
        "remove these rows, or write finite numbers",
    ),
    "1e999": (
        GOOD.replace(b"3,x", b"1e999,x"),
        f"FILE: row 3 (line 4), column 'a': infinite in 1 of 4 rows, the first here; "
        f"received '1e999'; {FINITE}",
    ),
    "infinity": (
        GOOD.replace(b"3,x", b"Infinity,x"),
        f"FILE: row 3 (line 4), column 'a': infinite in 1 of 4 rows, the first here; "
        f"received 'Infinity'; {FINITE}",
    ),
    "huge": (
        GOOD.replace(b"3,x", b"-1e200,x"),
        "FILE: row 3 (line 4), column 'a': a number whose square is infinite in 1 of 4 rows, the first here; "
        "received '-1e200'; divide the column by its scale",
    ),
    "tiny": (
        b"a,y\n1e-200,1\n3e-200,2\n",
        "FILE: row 2 (line 3), column 'a': the column varies so little that its squares vanish; "
        "received '3e-200'; multiply the column by its scale, or name it in data.drop",
    ),
    "a question mark among numbers": (
        as_csv(["a", "b", "y"], [[i if i != 30 else "?", "xz"[i % 2], i] for i in range(60)]),
        f"FILE: row 31 (line 32), column 'a': not a number in 1 of 60 rows, the first here; "
        f"received '?'; {PLAINLY}",
    ),
    "a question mark among few numbers": (
        b"a,b,y\n1.5,x,1\n?,z,2\n3.5,x,3\n4.5,z,4\n",
        f"FILE: row 2 (line 3), column 'a': not a number in 1 of 4 rows, the first here; "
        f"received '?'; {PLAINLY}",
    ),
    "decimal commas": (
        as_csv(["a", "b", "y"], [[f"{i},5", "xz"[i % 2], i] for i in range(60)], ";"),
        f"FILE: row 1 (line 2), column 'a': not a number in 60 of 60 rows, the first here; "
        f"received '0,5'; {PLAINLY}",
    ),
    "nothing to learn from": (
        b"c,id,y\n7,u,1\n7,v,2\n",
        "FILE: no column is left to learn from; left out 'c': every cell is 7; left out 'id': text with 2 "
        "different values in 2 rows, such as 'u'; if it is a category, name it in data.categorical",
    ),
    "only a target": (
        b"y,\n1,\n2,\n",
        "FILE: no column is left to learn from; left out column 2: it has no name in the header",
    ),
}


@pytest.mark.parametrize("case", CSV)
def test_a_bad_csv_file_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    """What can't be read as it was meant is a DataError (65) with row and column, never a guess."""
    content, expected = CSV[case]
    with pytest.raises(DataError) as caught:
        load_csv(tmp_path, content)
    assert expected == str(caught.value).replace(str(tmp_path / "table.csv"), "FILE")


OPTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "target dropped": (
        {"drop": ["b", "y"]},
        "FILE: the target is named in data.drop too; received 'y'; take it out of one of the two",
    ),
    "target a category": (
        {"categorical": ["y"]},
        "FILE: the target is named in data.categorical too; received 'y'; take it out of one of the two",
    ),
    "dropped and a category": (
        {"drop": ["a"], "categorical": ["a"]},
        "FILE: a column is named in data.drop and in data.categorical; received 'a'; "
        "take it out of one of the two",
    ),
    "drop what is not there": (
        {"drop": ["A"]},
        "FILE: data.drop: there is no such column; received 'A'; did you mean 'a'?",
    ),
    "an unknown category": (
        {"categorical": ["colour"]},
        "FILE: data.categorical: there is no such column; received 'colour'; there are 'a', 'b', 'y'",
    ),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_columns_named_in_vain_are_refused(case: str, tmp_path: Path) -> None:
    """A column that is named must exist and be named for one purpose."""
    options, expected = OPTIONS[case]
    with pytest.raises(DataError) as caught:
        load_csv(tmp_path, GOOD, **options)
    assert expected == str(caught.value).replace(str(tmp_path / "table.csv"), "FILE")


PARQUET = {
    "no rows": (
        pa.table({"a": pa.array([], pa.int64()), "y": pa.array([], pa.int64())}),
        "FILE: the table has no rows; write it again with its rows",
    ),
    "two columns of one name": (
        pa.table([pa.array([1, 2])] * 3, names=["a", "y", "a"]),
        "FILE: columns 1 and 3: two columns have one name; received 'a'; rename one of them",
    ),
    "no target": (
        pa.table({"a": [1, 2], "yy": [1, 2]}),
        "FILE: data.target: there is no such column; received 'y'; did you mean 'yy'?",
    ),
    "nested target": (
        pa.table({"a": [1, 2], "y": [[1], [2]]}),
        "FILE: column 'y': the target can't be used: its type, list<element: int64>, is neither "
        "numbers nor text; name a column of numbers in data.target",
    ),
    "target of numbers as text": (
        pa.table({"a": [1, 2], "y": ["1", "2"]}),
        "FILE: column 'y': the target is numbers stored as text; received '1'; store the column as numbers",
    ),
    "missing target": (
        pa.table({"a": [1, 2, 3], "y": [1, 2, None]}),
        "FILE: row 3, column 'y': missing in 1 of 3 rows, the first here; received nan; "
        "remove the rows without a target, or fill them in",
    ),
    "infinite feature": (
        pa.table({"a": [1, float("inf")], "y": [1, 2]}),
        f"FILE: row 2, column 'a': infinite in 1 of 2 rows, the first here; received inf; {FINITE}",
    ),
}


@pytest.mark.parametrize("case", PARQUET)
def test_a_bad_parquet_table_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    """Parquet says its types, so refusals are about content alone."""
    table, expected = PARQUET[case]
    with pytest.raises(DataError) as caught:
        load_parquet(tmp_path, table)
    assert expected == str(caught.value).replace(str(tmp_path / "table.parquet"), "FILE")


def test_text_is_not_parquet(tmp_path: Path) -> None:
    """A CSV file read as Parquet says which source to use."""
    file = tmp_path / "table.csv"
    file.write_bytes(GOOD)
    with pytest.raises(DataError, match=r"not a Parquet file; use data=csv for text"):
        load_dataset("parquet", path=str(file), target="y")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_that_is_not_there_is_no_input(kind: str, tmp_path: Path) -> None:
    """Missing, a folder, a device, a URL, an impossible name: NoInputError (66) with what to do."""
    (tmp_path / "table.csv").write_bytes(GOOD)
    cases = {
        str(tmp_path / "tabel.csv"): "there is no such file; did you mean 'table.csv'?",
        str(tmp_path / "x" / "table.csv"): f"the folder '{tmp_path / 'x'}' does not exist either",
        str(tmp_path / "zzzzzzzz"): "there is no such file; check the path; it is taken from",
        str(tmp_path): "this is a folder; name the file inside it",
        "/dev/zero": "this is not a regular file; save its content to a file first",
        "https://example.org/t.csv": "only local files are read; download it and give the file's path",
        "a\0b": "this file can't be read; embedded null byte",
        "a" * 5000: "this file can't be read; File name too long",
    }
    for path, expected in cases.items():
        with pytest.raises(NoInputError) as caught:
            load_dataset(kind, path=path, target="y")
        assert expected in str(caught.value)
        assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            {"kind": "excel"},
            "data.kind: unknown source of data; received 'excel'; allowed: diabetes, document, csv, parquet",
        ),
        (
            {"kind": "csv", "target": "y"},
            "data.path: data=csv needs it; received None; say data=csv data.path=FILE data.target=COLUMN",
        ),
        (
            {"kind": "parquet", "path": "f"},
            "data.target: data=parquet needs it; received None; "
            "say data=parquet data.path=FILE data.target=COLUMN",
        ),
        (
            {"kind": "document", "path": "f"},
            "data.path: document is bundled and has no path; received 'f'; use data=csv",
        ),
    ],
)
def test_a_source_says_what_it_needs(arguments: dict[str, str], expected: str) -> None:
    """A source without its file or target is a matter of configuration (78)."""
    with pytest.raises(ConfigError) as caught:
        load_dataset(**arguments)
    assert expected == str(caught.value)
