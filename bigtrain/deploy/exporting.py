"""Write a registered version in another form, once it is seen to predict the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from bigtrain.deploy.formula import formula_of
from bigtrain.deploy.holdout import find_table
from bigtrain.deploy.loading import LoadedModel, find_version
from bigtrain.deploy.parity import MOST_ROWS, Predict, compare, edge_rows
from bigtrain.deploy.writing import whole_file
from bigtrain.errors import ConfigError, StorageError
from bigtrain.registry.manifest import read_files
from bigtrain.registry.saved_model import FILES
from bigtrain.tracking import Store

Say = Callable[[str], None]


def export(store: Store, model: LoadedModel, form: str, out: Path, say: Say) -> None:
    """Export a version.

    Parameters
    ----------
    store : Store
        Where the version is.
    model : LoadedModel
        The version.
    form : {"onnx", "sklearn", "json"}
        An ONNX graph of the whole pipeline, MLflow's folder of it, or a linear model's formula.
    out : Path
        The file to write, for ``sklearn`` the folder, which must not exist yet.
    say : callable
        Takes a line on what was compared.

    Raises
    ------
    RefusedError
        If it has no such form, or predicts something else in it.
    ConfigError
        If a package is missing, or `out` can't be what it has to be.
    StorageError
        If it can't be written.
    """
    _check_target(out, form)
    if form == "sklearn":
        _write_folder(store, model, out)
        return
    content, predict = (_as_onnx if form == "onnx" else _as_formula)(model)
    for what, rows in _rows(store, model, say):
        say(
            f"  as the registered model on {compare(model.pipeline, predict, rows, f'format={form}')}: {what}"
        )
    with whole_file(out) as file:
        file.write(content)


def _check_target(out: Path, form: str) -> None:
    if not out.parent.is_dir():
        raise ConfigError("there is no such folder", where="out", received=str(out.parent))
    if form == "sklearn" and out.exists():
        raise ConfigError("is there already", where="out", received=str(out), hint="name a new folder")
    if form != "sklearn" and out.is_dir():
        raise ConfigError("is a folder", where="out", received=str(out), hint="name a file")


def _as_onnx(model: LoadedModel) -> tuple[bytes, Predict]:
    try:
        from bigtrain.deploy import graph  # noqa: PLC0415 - an extra that not everyone has
    except ImportError as error:
        raise ConfigError(
            f"needs the package {error.name}", where="format=onnx", hint="pip install 'bigtrain[onnx]'"
        ) from None
    properties = {"model": str(model), "columns": json.dumps(dict(model.columns))}
    content = graph.to_onnx(model.pipeline, model.columns, properties).SerializeToString()
    session = graph.open_session(content)
    return content, lambda rows: graph.predict(session, rows, model.columns)


def _as_formula(model: LoadedModel) -> tuple[bytes, Predict]:
    formula = formula_of(model.pipeline)
    said = {"model": str(model), "formula": formula.text(), **asdict(formula)}
    return json.dumps(said, indent=2, ensure_ascii=False).encode(), formula.predict


def _rows(store: Store, model: LoadedModel, say: Say) -> list[tuple[str, pd.DataFrame]]:
    """Return rows to compare on, with what they are: those of the holdout where they can be had."""
    table = find_table(store, model)
    if table is None:
        say("  the table it was trained on isn't where it was, so the example stored with it has to do")
        return [
            ("the example", model.input_example),
            ("edges", edge_rows(model.input_example, model.columns)),
        ]
    rows = table.dataset.X.iloc[table.split.holdout].iloc[:MOST_ROWS].reset_index(drop=True)
    return [("the holdout", rows), ("edges", edge_rows(rows, model.columns))]


def _write_folder(store: Store, model: LoadedModel, out: Path) -> None:
    """Write the files as they were registered: what was checked is what is written."""
    files = read_files(store, find_version(store, str(model)), FILES)
    try:
        out.mkdir()
        for name, content in files.items():
            (out / name).write_bytes(content)
    except OSError as error:
        raise StorageError("can't be written", where=str(out), hint=error.strerror or str(error)) from None
