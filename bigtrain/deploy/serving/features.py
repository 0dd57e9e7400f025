"""A request's rows as what a model takes: every column an array of its kind."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bigtrain.data.blocks import read_blocks
from bigtrain.deploy.serving.forms import read_json
from bigtrain.errors import DataError

Features: TypeAlias = Mapping[str, NDArray[Any]]
"""Arrays (n_rows,) by column: float64, or object of ``str``; missing cells of both are NaN."""

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"


class UnsupportedMediaError(DataError):
    """A body of a type that nobody here reads."""


def check_media(content_type: str | None) -> str:
    """Return the type of a body, without its parameters.

    Raises
    ------
    UnsupportedMediaError
        If it isn't one of those read here, or not in UTF-8.
    """
    media, *parameters = (part.strip() for part in (content_type or "").split(";"))
    if media not in (JSON, CSV, PARQUET):
        allowed = f"{JSON}, {CSV}, {PARQUET}"
        raise UnsupportedMediaError(
            "not a type of body that is read here",
            where="Content-Type",
            received=content_type,
            allowed=allowed,
        )
    for parameter in parameters:
        if parameter.lower() not in ("charset=utf-8", 'charset="utf-8"'):
            raise UnsupportedMediaError(
                "not a parameter that is understood",
                where="Content-Type",
                received=parameter,
                allowed="charset=utf-8",
            )
    return media


def read_features(body: bytes, media: str, columns: Mapping[str, str]) -> Features:
    """Return the columns that a model takes.

    Parameters
    ----------
    body : bytes
        Of the request.
    media : str
        From `check_media`.
    columns : mapping of str to str
        ``double`` or ``string`` by name.

    Raises
    ------
    DataError
        If there are no rows, or a cell is not what its column holds; row and column are named.
    """
    features = _from_json(body, columns) if media == JSON else _from_file(body, columns)
    if not len(next(iter(features.values()))):
        raise DataError("there are no rows to predict", where="body")
    return features


def _from_json(body: bytes, columns: Mapping[str, str]) -> Features:
    cells = read_json(body, columns)
    return {
        name: _numbers(name, cells[name]) if kind == "double" else _texts(name, cells[name])
        for name, kind in columns.items()
    }


def _from_file(body: bytes, columns: Mapping[str, str]) -> Features:
    with io.BytesIO(body) as file:
        opened = read_blocks(file, "body", max(len(body), 1))
        blocks = [block.features(columns) for block in opened.blocks]
    return {name: np.concatenate([block[name].to_numpy() for block in blocks]) for name in columns}


def _numbers(name: str, cells: Sequence[Any]) -> NDArray[np.float64]:
    try:
        numbers = np.array(cells, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        numbers = np.empty(0)
    if numbers.shape != (len(cells),):
        raise _refused(name, cells, _is_number, "not a number")
    if np.isinf(numbers).any():
        raise _refused(
            name, cells, lambda cell: not np.isinf(float("nan" if cell is None else cell)), "infinite"
        )
    return numbers


def _texts(name: str, cells: Sequence[Any]) -> NDArray[np.object_]:
    texts = np.empty(len(cells), dtype=object)
    for row, cell in enumerate(cells):
        if isinstance(cell, (list, dict)):
            raise _refused(name, cells, lambda cell: not isinstance(cell, (list, dict)), "not a category")
        texts[row] = np.nan if cell is None or cell != cell else str(cell)  # noqa: PLR0124 - NaN alone differs
    return texts


def _is_number(cell: Any) -> bool:
    try:
        return np.ndim(np.array(cell, dtype=np.float64)) == 0
    except (TypeError, ValueError, OverflowError):
        return False


def _refused(name: str, cells: Sequence[Any], is_good: Any, problem: str) -> DataError:
    row = next(row for row, cell in enumerate(cells) if not is_good(cell))
    return DataError(problem, where=f"row {row + 1}, column {name!r}", received=cells[row])
