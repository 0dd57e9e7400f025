"""A fresh SQLite store in milliseconds: MLflow's migrations run once a user and version, then are copied."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import mlflow
import platformdirs
from filelock import FileLock
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy.exc import SQLAlchemyError

from bigtrain.failpoints import Failpoint, reach
from bigtrain.tracking.quiet import quiet

PAGE = 8_192
"""Bytes of SQLite's pages, twice as many as it takes by itself. A point of a curve is a row and three entries
of indices, a cohort thousands of points: on larger pages they are written sooner, and an empty store, which
has hundreds of tables and indices, is larger by as much."""


def make_sqlite(database: Path) -> None:
    """Make an empty store in a new file; nobody else may be about to.

    It is copied from a template in the user's cache folder; where that can't be written, MLflow makes
    the tables itself, in seconds.
    """
    partial = database.with_name(f"{database.name}.partial")
    _remove(partial)  # nobody else is here: whoever left it was killed
    try:
        if template := _template():
            shutil.copyfile(template, partial)
        else:
            # Not in place: what is interrupted there could never be opened again.
            _migrate(partial)
        # The write-ahead log lets the UI read while a sweep writes; the choice stays with the file.
        with closing(sqlite3.connect(partial)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        reach(Failpoint.STORE_COPIED)
        partial.replace(database)
    finally:
        _remove(partial)


def _remove(partial: Path) -> None:
    """Remove a database with the files that SQLite keeps beside it."""
    for left in partial.parent.glob(f"{partial.name}*"):
        left.unlink(missing_ok=True)


def _template() -> Path | None:
    """Return the template, made if need be; None where the cache has no place for it."""
    try:
        folder = platformdirs.user_cache_path("bigtrain", ensure_exists=True)
        template = folder / f"mlflow-{mlflow.__version__}-{PAGE}.db"
        with FileLock(folder / f"{template.name}.lock"):
            if not _is_sound(template):
                _migrate(template.with_suffix(".partial")).replace(template)
    except (OSError, sqlite3.Error, SQLAlchemyError, MlflowException):
        return None
    return template


def _is_sound(template: Path) -> bool:
    if not template.exists():
        return False
    try:
        with closing(sqlite3.connect(template)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False


def _migrate(fresh: Path) -> Path:
    """Let MLflow make its tables in a file, without the experiment that would remember this folder."""
    fresh.unlink(missing_ok=True)
    with quiet():
        store = SqlAlchemyStore(f"sqlite:///{fresh}", str(fresh.parent))  # type: ignore[no-untyped-call]
        store.engine.dispose()
    with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
        connection.execute("DELETE FROM experiments")
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute("VACUUM")  # writes the file anew, with pages of that size
    return fresh
