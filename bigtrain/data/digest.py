"""A fingerprint of a table: any other cell, name, kind or order gives another."""

from __future__ import annotations

import hashlib
import struct

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bigtrain.data.table import Cells

_FORMAT = "bigtrain-table-1"


def table_digest(X: pd.DataFrame, y: NDArray[np.float64], target: str) -> str:
    """Return the SHA-256 of every cell, with names, kinds and order, as 64 hexadecimal digits.

    What is hashed is defined byte by byte, so that it is the same on any machine and under any pandas: text
    as UTF-8 after its length; numbers as little-endian float64, every NaN as one; a column of text as its
    distinct values in order of appearance, then each row's place among them (−1: missing).

    Parameters
    ----------
    X : DataFrame
        Columns of float64, or object of ``str`` and NaN.
    y : float64 array (n_rows,)
        The target.
    target : str
        The target's name.
    """
    total = hashlib.sha256()
    total.update(_text(_FORMAT) + struct.pack("<qq", *X.shape))
    for name, column in X.items():
        total.update(_text(str(name)) + _cells(column.to_numpy()))
    total.update(_text(target) + _cells(np.asarray(y)))
    return total.hexdigest()


def _text(text: str) -> bytes:
    content = text.encode("utf-8", "surrogatepass")
    return struct.pack("<q", len(content)) + content


def _cells(cells: Cells) -> bytes:
    if cells.dtype != object:
        numbers = np.where(np.isnan(cells), np.nan, cells).astype("<f8")
        return _text("float64") + numbers.tobytes()
    places, distinct = pd.factorize(cells)
    words = b"".join(_text(text) for text in distinct)
    return _text("text") + struct.pack("<q", len(distinct)) + words + places.astype("<i8").tobytes()
