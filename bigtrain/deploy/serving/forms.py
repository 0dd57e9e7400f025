"""The forms in which MLflow's protocol brings rows, each as columns by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

from bigtrain.errors import DataError
from bigtrain.wording import counted, did_you_mean_or_some, some_of

Columns: TypeAlias = Mapping[str, Sequence[Any]]
"""Values by column, all of one length, as JSON has them."""


def read_json(body: bytes, names: Collection[str]) -> Columns:
    """Return the columns of a JSON request.

    Parameters
    ----------
    body : bytes
        An object with one of ``dataframe_split``, ``dataframe_records``, ``instances``, ``inputs``; its
        other keys are ignored, as MLflow does.
    names : collection of str
        The columns that are needed; others are ignored.

    Raises
    ------
    DataError
        If it is anything else, or a column is missing.
    """
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DataError(f"the body is not JSON ({error})") from None
    found = [form for form in FORMS if isinstance(request, dict) and form in request]
    if len(found) != 1:
        received = list(request) if isinstance(request, dict) else type(request).__name__
        allowed = f"a JSON object with one of {', '.join(FORMS)}"
        raise DataError("not a form of rows", received=received, allowed=allowed)
    return FORMS[found[0]](request[found[0]], names)


def _split(content: Any, names: Collection[str]) -> Columns:
    """Read ``{"columns": [...], "data": [[...], ...]}``."""
    where = "dataframe_split"
    if not isinstance(content, dict) or not {"columns", "data"} <= set(content) <= {
        "columns",
        "data",
        "index",
    }:
        received = list(content) if isinstance(content, dict) else type(content).__name__
        allowed = "an object of columns, data and perhaps index"
        raise DataError("not a table", where=where, received=received, allowed=allowed)
    columns, data, index = content["columns"], content["data"], content.get("index")
    for key, part in (("columns", columns), ("data", data), ("index", data if index is None else index)):
        if not isinstance(part, list):
            raise DataError("not a list", where=f"{where}.{key}", received=part)
    if index is not None and len(index) != len(data):
        raise DataError(f"{len(index)} of them for {counted(len(data), 'row')}", where=f"{where}.index")
    for number, row in enumerate(data, 1):
        if not isinstance(row, list) or len(row) != len(columns):
            raise DataError(
                f"not a list of {counted(len(columns), 'value')}",
                where=f"{where}.data, row {number}",
                received=row,
            )
    places = {name: place for place, name in enumerate(columns) if isinstance(name, str)}
    _refuse_absent(names, places, where)
    for name in names:
        if columns.count(name) > 1:
            raise DataError("named twice", where=f"{where}.columns", received=name)
    return {name: [row[places[name]] for row in data] for name in names}


def _records(content: Any, names: Collection[str], where: str = "dataframe_records") -> Columns:
    """Read ``[{"column": value, ...}, ...]``; what a record lacks and another has is a missing cell."""
    if not isinstance(content, list):
        raise DataError("not a list of records", where=where, received=type(content).__name__)
    for number, record in enumerate(content, 1):
        if not isinstance(record, dict):
            raise DataError("not a record", where=f"{where}, row {number}", received=record)
    if content and not all(name in content[0] for name in names):
        _refuse_absent(names, set().union(*content), where)
    return {name: [record.get(name) for record in content] for name in names}


def _instances(content: Any, names: Collection[str]) -> Columns:
    """Read records that all have every column, or what ``inputs`` may be."""
    if not isinstance(content, list):
        return _inputs(content, names, "instances")
    columns = _records(content, names, "instances")
    for number, record in enumerate(content, 1):
        _refuse_absent(names, record, f"instances, row {number}")
    return columns


def _inputs(content: Any, names: Collection[str], where: str = "inputs") -> Columns:
    """Read ``{"column": [value, ...], ...}``, or one row of ``{"column": value, ...}``, or records."""
    if isinstance(content, list):
        return _records(content, names, where)
    if not isinstance(content, dict):
        raise DataError("neither columns nor records", where=where, received=content)
    _refuse_absent(names, content, where)
    if not any(isinstance(content[name], list) for name in names):
        return {name: [content[name]] for name in names}
    rows = {name: len(content[name]) if isinstance(content[name], list) else None for name in names}
    if len(set(rows.values())) > 1:
        raise DataError("columns of different lengths", where=where, received=rows)
    return {name: content[name] for name in names}


FORMS: Mapping[str, Callable[[Any, Collection[str]], Columns]] = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "instances": _instances,
    "inputs": _inputs,
}


def _refuse_absent(names: Collection[str], present: Collection[str], where: str) -> None:
    absent = [name for name in names if name not in present]
    if not absent:
        return
    strange = [str(name) for name in present if name not in names]
    near = did_you_mean_or_some(absent[0], strange) if strange else None
    others = f" (and {some_of(list(map(repr, absent[1:])))})" if absent[1:] else ""
    raise DataError(f"column {absent[0]!r}{others} is missing", where=where, hint=near)
