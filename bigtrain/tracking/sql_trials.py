"""Trials through MLflow's own tables: a cohort in one transaction, at about a millisecond a trial."""

from __future__ import annotations

import hashlib
import math
import sqlite3
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import sqlalchemy
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.store.tracking.dbmodels.models import (
    SqlExperiment,
    SqlLatestMetric,
    SqlMetric,
    SqlParam,
    SqlRun,
    SqlTag,
)
from mlflow.utils.uri import append_to_uri_path
from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from bigtrain.failpoints import Failpoint, reach
from bigtrain.records import TrialRecord
from bigtrain.tracking.content import KIND, PARENT, RECORD, SWEEP, Point, TrialRun, record_of

VERIFIED = frozenset(
    {
        "1b5f0d9ad7c1",  # MLflow 3.10
        "c3d6457b6d8a",  # 3.11
        "7d34483879f0",  # 3.12
        "da6fb0208061",  # 3.13
        "b7e4c1a90f23",  # 3.14
        "6f8d9c3b2a1e",  # 3.15
        "b7e2c1a4d9f3",  # 3.16
        "dc11669786a5",  # 3.17
    }
)
"""Schema revisions that this writer was compared with the plain client on, table by table."""

LARGEST = 1.7976931348623157e308
"""What MLflow stores for infinity, which SQL has no way to write."""

SQLITE_WAIT = 20.0
"""Seconds SQLite itself waits for a lock."""

SQLITE_CACHE = 65_536
"""Kibibytes of pages that SQLite keeps: a cohort's curves touch many."""

SQLITE_LOG = 4_000
"""Pages of SQLite's write-ahead log, thirty MB, from which on they are moved into the file, which waits for
the disk: the same pages of indices, again and again, if it is done sooner."""

MOST_CELLS = 6_000
"""Cells of one statement on SQLite; its parser takes longer the more there are."""

Row: TypeAlias = tuple[Any, ...]
"""Cells in the order of the names below: as many dictionaries would take longer to make than to write."""

OF_PAIR = ("run_uuid", "key", "value")
OF_POINT = ("run_uuid", "key", "value", "is_nan", "timestamp", "step")

_EXPERIMENTS, _RUNS, _TAGS = SqlExperiment.__table__, SqlRun.__table__, SqlTag.__table__
_PARAMS, _METRICS, _LATEST = SqlParam.__table__, SqlMetric.__table__, SqlLatestMetric.__table__


# What each cohort asks is put together once.
_THERE = select(_RUNS.c.run_uuid).where(_RUNS.c.run_uuid.in_(bindparam("run_ids", expanding=True)))
_ROOT = select(_EXPERIMENTS.c.artifact_location).where(_EXPERIMENTS.c.experiment_id == bindparam("id"))
_NEWEST = select(*(_LATEST.c[name] for name in OF_POINT)).where(_LATEST.c.run_uuid == bindparam("run_id"))


def make_engine(uri: str) -> Engine:
    """Return an engine for a store; on SQLite its transactions begin where we say so."""
    if not uri.startswith("sqlite"):
        return sqlalchemy.create_engine(uri, pool_pre_ping=True)
    engine = sqlalchemy.create_engine(uri, connect_args={"timeout": SQLITE_WAIT})

    @sqlalchemy.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA cache_size = -{SQLITE_CACHE}")
        # With its write-ahead log SQLite stays whole without waiting for the disk at each commit; only a
        # failing computer, not a killed process, could lose what the log holds: to be asked again.
        if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {SQLITE_LOG}")

    return engine


def is_verified(engine: Engine) -> bool:
    """Whether the store's schema is one that this writer knows."""
    with engine.begin() as connection:
        revisions = set(connection.scalars(sqlalchemy.text("SELECT version_num FROM alembic_version")))
    return bool(revisions) and revisions <= VERIFIED


def run_id_of(sweep_id: str, number: int) -> str:
    """Return the run id of a trial: always the same, so that writing it twice is noticed.

    The number is its end, so that a cohort's rows are neighbours in every index.
    """
    return f"{hashlib.sha256(sweep_id.encode()).hexdigest()[:24]}{number:08x}"


class SqlTrials:
    """Writes a cohort as rows, all of them or none.

    Parameters
    ----------
    engine : Engine
        From `make_engine`, of a store that `is_verified`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # Connections that nobody closed are a warning from Python 3.13 on.
        weakref.finalize(self, engine.dispose)

    def write(self, experiment_id: str, runs: Sequence[TrialRun]) -> None:
        """Write runs in one transaction; those there already are left as they are."""
        by_id = {run_id_of(run.tags[SWEEP], run.number): run for run in runs}
        with self._writing() as connection:
            there = _bring_back(connection, list(by_id))
            new = {run_id: run for run_id, run in by_id.items() if run_id not in there}
            if not new:
                return
            experiment = int(experiment_id)
            root = connection.execute(_ROOT, {"id": experiment}).scalar_one()
            places = _artifact_uris(root, list(new))
            described = [_run(run_id, run, experiment, places[run_id]) for run_id, run in new.items()]
            _insert(connection, _RUNS, tuple(described[0]), [tuple(each.values()) for each in described])
            reach(Failpoint.RUNS_INSERTED)
            _insert(connection, _TAGS, OF_PAIR, list(_tag_rows(new)))
            params = [(run_id, *pair) for run_id, run in new.items() for pair in run.params.items()]
            _insert(connection, _PARAMS, OF_PAIR, params)
            points = [_point_rows(run_id, run.points) for run_id, run in new.items()]
            _insert(connection, _METRICS, OF_POINT, [*chain.from_iterable(points)])
            latest = [row for rows in points for row in _latest(rows).values()]
            _insert(connection, _LATEST, OF_POINT, latest)
            # Before it is said that the trials are there: a file that finds no room takes them all back.
            for run_id, run in new.items():
                _save_files(places[run_id], run.files)
            reach(Failpoint.ROWS_INSERTED)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                # Waits for the lock at the start, not half-way, where SQLite would give up at once.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def read(self, experiment_id: str, sweep_id: str) -> dict[str, TrialRecord | None]:
        """Return the trials of a sweep by run id; None stands for one that is not whole."""
        parent, kind, record = _TAGS.alias(), _TAGS.alias(), _TAGS.alias()
        whole = (record.c.key == RECORD) | record.c.key.startswith(f"{RECORD}.", autoescape=True)
        query = (
            select(_RUNS.c.run_uuid, record.c.key, record.c.value)
            .join(parent, _tag_of_run(parent, PARENT) & (parent.c.value == sweep_id))
            .join(kind, _tag_of_run(kind, KIND) & (kind.c.value == "trial"))
            .outerjoin(record, (record.c.run_uuid == _RUNS.c.run_uuid) & whole)
            .where(_RUNS.c.experiment_id == int(experiment_id), _RUNS.c.lifecycle_stage == "active")
        )
        tags: dict[str, dict[str, str]] = {}
        with self._engine.connect() as connection:
            for run_id, key, value in connection.execute(query):
                tags.setdefault(run_id, {})[key] = value
        return {run_id: record_of(own) for run_id, own in tags.items()}

    def add_points(self, run_id: str, points: Sequence[Point]) -> None:
        """Add values to the metrics of a run."""
        if not points:
            return
        rows = _point_rows(run_id, points)
        with self._writing() as connection:
            _insert(connection, _METRICS, OF_POINT, rows)
            there = connection.execute(_NEWEST, {"run_id": run_id})
            before = {row.key: tuple(row) for row in there}
            latest = _latest([*before.values(), *rows])
            _insert(connection, _LATEST, OF_POINT, [row for key, row in latest.items() if key not in before])
            for key, row in latest.items():
                if key in before and row != before[key]:
                    where = (_LATEST.c.run_uuid == run_id) & (_LATEST.c.key == key)
                    newest = dict(zip(OF_POINT, row, strict=True))
                    connection.execute(update(_LATEST).where(where).values(newest))


def _tag_of_run(tags: Any, key: str) -> sqlalchemy.ColumnElement[bool]:
    return sqlalchemy.and_(tags.c.run_uuid == _RUNS.c.run_uuid, tags.c.key == key)


def _bring_back(connection: Connection, run_ids: list[str]) -> set[str]:
    """Return which runs are there, undeleted: a trial that was deleted and asked again is the same trial."""
    there = set(connection.scalars(_THERE, {"run_ids": run_ids}))
    if there:
        among = _RUNS.c.run_uuid.in_(there)
        connection.execute(update(_RUNS).where(among).values(lifecycle_stage="active", deleted_time=None))
    return there


def _insert(
    connection: Connection, table: sqlalchemy.Table, names: tuple[str, ...], rows: Sequence[Row]
) -> None:
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
        return
    # Many rows a statement: between two statements of an `executemany`, SQLite's driver lets other threads go
    # first, and while a cohort trains that is a wait for each row. What SQLAlchemy would do to a row takes as
    # long as to write it, so rows go to the driver as they are.
    driver: Any = connection.connection.driver_connection
    most = min(driver.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER), MOST_CELLS) // len(names)
    for first in range(0, len(rows), most):
        some = rows[first : first + most]
        connection.exec_driver_sql(_insertion(table.name, names, len(some)), tuple(chain.from_iterable(some)))


@lru_cache(maxsize=64)
def _insertion(table: str, names: tuple[str, ...], rows: int) -> str:
    """Return the statement that inserts so many rows.

    One that fails takes the transaction back with it, as we would: to undo what it alone did, SQLite would
    have to keep every page as it was before, which takes a tenth of the time.
    """
    columns, row = ", ".join(f'"{name}"' for name in names), f"({', '.join('?' * len(names))})"
    return f"INSERT OR ROLLBACK INTO {table} ({columns}) VALUES {', '.join([row] * rows)}"  # noqa: S608 - no user's words


def _run(run_id: str, run: TrialRun, experiment_id: int, artifact_uri: str) -> dict[str, Any]:
    return {
        "run_uuid": run_id,
        "name": run.name,
        "source_type": "UNKNOWN",
        "source_name": "",
        "entry_point_name": "",
        "user_id": "unknown",
        "status": run.status,
        "start_time": run.started_ms,
        "end_time": run.ended_ms,
        "deleted_time": None,
        "source_version": "",
        "lifecycle_stage": "active",
        "artifact_uri": artifact_uri,
        "experiment_id": experiment_id,
    }


def _artifact_uris(root: str, run_ids: Sequence[str]) -> dict[str, str]:
    # MLflow takes the root apart each time, and they differ in the run's id alone.
    first = str(append_to_uri_path(root, run_ids[0], "artifacts"))  # type: ignore[no-untyped-call]
    return {run_id: first.replace(run_ids[0], run_id) for run_id in run_ids}


def _save_files(artifact_uri: str, files: Mapping[str, str]) -> None:
    if not files:
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        get_artifact_repository(artifact_uri).log_artifacts(folder)  # type: ignore[no-untyped-call]


def _tag_rows(runs: Mapping[str, TrialRun]) -> Iterator[Row]:
    for run_id, run in runs.items():
        yield run_id, "mlflow.runName", run.name
        for tags in (run.tags, run.record):
            for key, value in tags.items():
                yield run_id, key, value


def _point_rows(run_id: str, points: Sequence[Point]) -> list[Row]:
    # Equal points are one row, as the table's key demands.
    rows = [(run_id, key, *_stored(value), timestamp, step) for key, value, timestamp, step in points]
    return list(dict.fromkeys(rows))


def _stored(value: float) -> tuple[float, bool]:
    """Return a value as MLflow stores it, and whether it is NaN."""
    if -LARGEST <= value <= LARGEST:
        return value, False
    return (0.0, True) if math.isnan(value) else (math.copysign(LARGEST, value), False)


def _latest(rows: Iterable[Row]) -> dict[str, Row]:
    """Return the newest row by key: the highest step, then time, then value."""
    latest: dict[str, Row] = {}
    for row in rows:
        _, key, value, _, timestamp, step = row
        best = latest.get(key)
        if best is None or (step, timestamp, value) > (best[5], best[4], best[2]):
            latest[key] = row
    return latest
