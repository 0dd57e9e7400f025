"""Bring a store to life: reach it, make its tables once, whoever else is starting."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy
from filelock import FileLock
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request
from sqlalchemy.engine import Engine

from bigtrain.errors import ConfigError, StoreUnreachableError
from bigtrain.tracking.address import Address
from bigtrain.tracking.failures import REFUSING, refused
from bigtrain.tracking.locks import lock_file
from bigtrain.tracking.template import make_sqlite

REACH = 5
"""Seconds a store may take to answer for the first time."""
OK = 200
LOCK = b"bigtrain schema"
"""Names what is locked while tables are made; PostgreSQL wants a number, MySQL a text."""

_DRIVERS = {
    "postgresql": "pip install 'bigtrain[postgres]'",
    "mysql": "pip install 'bigtrain[mysql]', and write mysql+pymysql://",
}


def prepare(address: Address) -> None:
    """Reach the store and, where it is a database, make its tables if they are not there.

    Several processes doing this at once destroy a SQLite store and die on PostgreSQL, so it happens
    under a lock.
    """
    if address.is_http:
        _reach_server(address)
        return
    with _one_at_a_time(address):
        if address.database is not None and not address.database.exists():
            make_sqlite(address.database)
        # Also checks that the schema is the one this MLflow knows, and makes its default experiment.
        SqlAlchemyStore(address.uri, address.artifacts)  # type: ignore[no-untyped-call]


@contextmanager
def _one_at_a_time(address: Address) -> Iterator[None]:
    if address.database is not None:
        with FileLock(lock_file(address.database, address.database.name)):
            yield
        return
    engine = _reach_database(address)
    key, take, give = {
        "postgresql": (zlib.crc32(LOCK), "SELECT pg_advisory_lock(:key)", "SELECT pg_advisory_unlock(:key)"),
        "mysql": (LOCK.decode(), "SELECT GET_LOCK(:key, 600)", "SELECT RELEASE_LOCK(:key)"),
    }[engine.dialect.name]
    try:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(take), {"key": key})
            connection.commit()
            try:
                yield
            finally:
                connection.execute(sqlalchemy.text(give), {"key": key})
                connection.commit()
    finally:
        engine.dispose()


def _reach_database(address: Address) -> Engine:
    """Connect once within seconds; MLflow alone would go on trying for over a minute."""
    try:
        engine = sqlalchemy.create_engine(
            address.uri, connect_args={"connect_timeout": REACH}, poolclass=sqlalchemy.NullPool
        )
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"the database driver {error.name!r} is not installed",
            where="tracking.uri",
            received=address.shown,
            hint=_DRIVERS[address.uri.partition(":")[0].partition("+")[0]],
        ) from None
    try:
        engine.connect().close()
    except sqlalchemy.exc.OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise StoreUnreachableError(
            "the database does not answer", where=address.shown, hint=reason
        ) from error
    return engine


def _reach_server(address: Address) -> None:
    status = _first_answer(address, "/health")
    if status == OK:
        # Whoever may not read will not be able to write: better known now than after the first trials.
        status = _first_answer(address, "/api/2.0/mlflow/experiments/search?max_results=1")
    if status in REFUSING:
        raise refused(address)
    if status != OK:
        raise StoreUnreachableError(
            "what answers there is no MLflow server", where=address.shown, received=status
        )


def _first_answer(address: Address, path: str) -> int:
    """Ask once; return the answer's HTTP status."""
    creds = get_default_host_creds(address.uri)  # type: ignore[no-untyped-call]
    try:
        answer = http_request(creds, path, "GET", max_retries=0, timeout=REACH, raise_on_status=False)  # type: ignore[no-untyped-call]
    except Exception as error:  # MLflow wraps what requests raises in several types of its own
        raise StoreUnreachableError(
            "no MLflow server answers there",
            where=address.shown,
            hint="start one (mlflow server), or correct tracking.uri",
        ) from error
    return int(answer.status_code)
