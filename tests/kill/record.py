"""What a store holds of one sweep, read without bigtrain, and what is wrong with it."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow.sklearn
import numpy as np
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from pandas import DataFrame
from sqlalchemy import Connection, NullPool, create_engine, text

# Different in every sweep, or in every process.
TIMES = ("started_ms", "ended_ms")
OWN_TAGS = ("bigtrain.sweep", "mlflow.parentRunId", "bigtrain.trial", "mlflow.source.name")
OWN_METRICS = ("seconds",)

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Record:
    """All of a finished sweep that must not depend on what happened to it.

    ``trials`` and ``curves`` are by trial number: lists, since a number may be there twice.
    """

    trials: Mapping[str, list[Any]]
    curves: Mapping[str, list[Row]]
    parents: list[Row]
    progress: list[Row]
    versions: list[Row]
    champion: list[float] | str
    logged_models: list[Row]
    running: int
    integrity: str
    left_over: list[str]


KINDS: Mapping[str, Callable[[Record, Record], bool]] = {
    "trials are missing or too many": lambda old, new: old.trials.keys() != new.trials.keys(),
    "a trial is there twice": lambda _, new: any(len(runs) > 1 for runs in new.trials.values()),
    "trials differ": lambda old, new: any(
        run not in old.trials[number]
        for number in old.trials.keys() & new.trials.keys()
        for run in new.trials[number]
    ),
    "curves differ": lambda old, new: old.curves != new.curves,
    "the parent differs": lambda old, new: old.parents != new.parents,
    "the progress differs": lambda old, new: old.progress != new.progress,
    "a run is left RUNNING": lambda _, new: new.running > 0,
    "more than one model version": lambda _, new: len(new.versions) > 1,
    "the versions differ": lambda old, new: old.versions != new.versions and len(new.versions) <= 1,
    "the champion differs": lambda old, new: old.champion != new.champion,
    "models nobody registered": lambda old, new: old.logged_models != new.logged_models,
    "the database is damaged": lambda _, new: new.integrity != "ok",
    "files are left over": lambda _, new: bool(new.left_over),
}
"""What can be wrong, by name: takes the record of the uninterrupted sweep and this one's."""


def violations(old: Record, new: Record) -> list[str]:
    """Name all that is wrong with a record."""
    return [kind for kind, is_wrong in KINDS.items() if is_wrong(old, new)]


def read_record(uri: str, folder: Path, model: str, rows: DataFrame) -> Record:
    """Read the record of the only sweep of a store.

    Parameters
    ----------
    uri : str
        The store's.
    folder : Path
        Where the sweep worked.
    model : str
        The registered model.
    rows : DataFrame
        What its champion has to predict.
    """
    engine = create_engine(uri, poolclass=NullPool)
    with engine.connect() as connection:
        return Record(
            trials=_by_number(_trials(connection)),
            curves=_by_number(_curves(connection)),
            parents=_parents(connection),
            progress=_all(
                connection,
                "SELECT m.step, m.value FROM metrics m JOIN runs r USING (run_uuid) "
                "WHERE m.key = 'best_so_far' AND r.lifecycle_stage = 'active' ORDER BY 1, 2",
            ),
            versions=_versions(connection),
            champion=_champion(uri, model, rows),
            logged_models=_all(
                connection,
                "SELECT m.status, t.tag_value FROM logged_models m LEFT JOIN logged_model_tags t ON "
                "t.model_id = m.model_id AND t.tag_key = 'mlflow.modelVersions' "
                "WHERE m.lifecycle_stage = 'active'",
            ),
            running=len(_all(connection, "SELECT 1 FROM runs WHERE status = 'RUNNING'")),
            integrity=_integrity(uri),
            left_over=sorted(_left_over(folder)),
        )


def _all(connection: Connection, query: str) -> list[Row]:
    return [tuple(row) for row in connection.execute(text(query))]


def _trials(connection: Connection) -> Iterator[tuple[str, Any]]:
    """Yield (number, all that its run says but the times) of every trial's run that is not deleted."""
    pairs = {
        table: _pairs_of(connection, table, "is_nan, value" if table == "latest_metrics" else "value")
        for table in ("tags", "params", "latest_metrics")
    }
    runs = "SELECT run_uuid, name, status FROM runs WHERE lifecycle_stage = 'active'"
    for run_id, name, status in _all(connection, runs):
        tags = dict(pairs["tags"].get(run_id, []))
        if "mlflow.parentRunId" not in tags:
            continue
        record = json.loads(tags.get("bigtrain.trial", "{}"))
        yield (
            tags.get("bigtrain.number", "none"),
            {
                "name": name,
                "status": status,
                "record": {key: value for key, value in record.items() if key not in TIMES},
                "tags": {key: value for key, value in tags.items() if key not in OWN_TAGS},
                "params": sorted(pairs["params"].get(run_id, [])),
                "metrics": sorted(pairs["latest_metrics"].get(run_id, [])),
            },
        )


def _pairs_of(connection: Connection, table: str, columns: str) -> dict[str, list[Row]]:
    pairs: dict[str, list[Row]] = {}
    for run_id, *pair in _all(connection, f"SELECT run_uuid, key, {columns} FROM {table}"):
        pairs.setdefault(run_id, []).append(tuple(pair))
    return pairs


def _curves(connection: Connection) -> Iterator[tuple[str, Row]]:
    query = """SELECT t.value, m.key, m.step, m.value, m.is_nan FROM metrics m JOIN runs r USING (run_uuid)
               JOIN tags t ON t.run_uuid = r.run_uuid AND t.key = 'bigtrain.number'
               WHERE r.lifecycle_stage = 'active' ORDER BY 1, 2, 3, 4"""
    for number, *point in _all(connection, query):
        yield number, tuple(point)


def _by_number(items: Iterator[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for number, item in items:
        found.setdefault(number, []).append(item)
    return found


def _parents(connection: Connection) -> list[Row]:
    """Return status, scores, decisions and number of inputs of every sweep that is not deleted."""
    metrics = _pairs_of(connection, "latest_metrics", "value")
    inputs = Counter(
        run for (run,) in _all(connection, "SELECT destination_id FROM inputs WHERE source_type = 'DATASET'")
    )
    query = """SELECT r.run_uuid, r.status FROM runs r WHERE r.lifecycle_stage = 'active' AND NOT EXISTS
               (SELECT 1 FROM tags t WHERE t.run_uuid = r.run_uuid AND t.key = 'mlflow.parentRunId')"""
    kept = ("bigtrain.fingerprint", "bigtrain.best_trial", "bigtrain.shipped", "bigtrain.model")
    tags = _pairs_of(connection, "tags", "value")
    return [
        (
            status,
            sorted(pair for pair in metrics.get(run, []) if pair[0] not in OWN_METRICS),
            sorted(pair for pair in tags.get(run, []) if pair[0].startswith(kept)),
            inputs[run],
        )
        for run, status in _all(connection, query)
    ]


def _versions(connection: Connection) -> list[Row]:
    """Return number, trial, aliases and noted scores of every model version."""
    noted = """SELECT version, key, value FROM model_version_tags
               WHERE key NOT IN ('bigtrain.sweep', 'bigtrain.manifest') ORDER BY 2"""
    tags, aliases = (
        _all(connection, noted),
        _all(connection, "SELECT version, alias FROM registered_model_aliases"),
    )
    return [
        (
            version,
            [alias for of, alias in aliases if of == version],
            [(key, value) for of, key, value in tags if of == version],
        )
        for (version,) in _all(connection, "SELECT version FROM model_versions")
    ]


def _champion(uri: str, model: str, rows: DataFrame) -> list[float] | str:
    """Return what the champion predicts, or why it doesn't."""
    client = MlflowClient(uri, registry_uri=uri)
    try:
        version = client.get_model_version_by_alias(model, "champion")
    except MlflowException as error:
        return error.error_code
    source = Path(client.get_model_version_download_uri(model, version.version))
    loaded = mlflow.sklearn.load_model(str(source))
    return [float(value) for value in np.asarray(loaded.predict(rows))]


def _integrity(uri: str) -> str:
    """Ask SQLite; PostgreSQL has no such question, and keeps its references by itself."""
    if not uri.startswith("sqlite"):
        return "ok"
    with closing(sqlite3.connect(uri.removeprefix("sqlite:///"))) as connection:
        (said,) = connection.execute("PRAGMA integrity_check").fetchone()
        return str(
            said if not connection.execute("PRAGMA foreign_key_check").fetchall() else "dangling references"
        )


def _left_over(folder: Path) -> Iterator[str]:
    """Yield what is in the folder and should not be."""
    expected = {
        "artifacts",
        ".locks",
        *(f"{name}.db{end}" for name in ("mlflow", "optuna") for end in ("", "-wal", "-shm")),
    }
    for path in folder.iterdir():
        if path.name != "mlruns":
            yield path.name
    for path in (folder / "mlruns").iterdir():
        if path.name not in expected:
            yield path.name
