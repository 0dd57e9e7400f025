"""Turn what MLflow, SQLAlchemy, HTTP and the file system raise into errors of ours, in one line."""

from __future__ import annotations

import errno
import re
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import requests
import sqlalchemy.exc
from mlflow.exceptions import MlflowException

from bigtrain.errors import BigtrainError, StorageError, StoreUnreachableError, causes
from bigtrain.redaction import redacted
from bigtrain.tracking.address import Address
from bigtrain.tracking.quiet import quiet

Result = TypeVar("Result")

PATIENCE = 120.0
"""Seconds to wait for a store that answered before: a restart, a lock, a broken line."""

SILENCE = 3.0
"""Seconds of that without a word."""

ENDING = 10.0
"""Seconds given to what is done on the way out, after something went wrong."""

_LOCKED = re.compile(r"database (table )?is locked|database schema has changed|lock timeout", re.IGNORECASE)
_AWAY = re.compile(
    r"connection|server closed|could not connect|Max retries|timed out|starting up|shutting down"
    r"|terminating|recovery mode|too many clients|gone away|SSL SYSCALL",
    re.IGNORECASE,
)
# What MLflow says of a server's answer, by itself or for urllib3.
_STATUS = re.compile(r"too many (\d{3}) error responses|failed with error code (\d{3})")
_PASSING = {429, 502, 503, 504}
"""Answers of a server that is starting, stopping or too busy; all others would come again."""
REFUSING = {401, 403}
"""Answers of a server to somebody it does not know, or who may not."""
_REFUSALS = {"UNAUTHENTICATED", "PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED"}

_OUTDATED = re.compile(r"out-of-date database schema|Can't locate revision", re.IGNORECASE)
_SPACE = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the limit on the size of a file is reached",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ENOENT: "a folder is gone",
    errno.ENOTDIR: "a part of the path is no folder",
}
_SQLITE = {
    "disk is full": "the disk is full",
    "readonly database": "the store is read-only",
    "disk I/O error": "the disk failed or is full",
    "unable to open database file": "the database file can't be opened",
    "not a database": "the file is no SQLite database",
    "malformed": "the database is damaged",
}


_TRANSLATED = (
    MlflowException,
    sqlalchemy.exc.SQLAlchemyError,
    sqlite3.Error,
    requests.RequestException,
    OSError,
)


class _BusyError(StoreUnreachableError):
    """The store is there but can't answer now: worth another try."""


@contextmanager
def in_words(address: Address) -> Iterator[None]:
    """Run a block with the libraries silenced and their exceptions translated."""
    with quiet():
        try:
            yield
        except BigtrainError:
            raise
        except _TRANSLATED as error:
            raise explain(error, address) from error


def patiently(address: Address, call: Callable[[], Result]) -> Result:
    """Call, again and again while the store is away, for up to `PATIENCE` seconds.

    ``call`` must be safe to repeat: a transaction may have been committed without our hearing of it.
    """
    began, pause, said = time.monotonic(), 0.05, False
    while True:
        try:
            with in_words(address):
                return call()
        except _BusyError as error:
            waited = time.monotonic() - began
            if waited + pause > PATIENCE:
                raise
            if waited > SILENCE and not said:
                # Not through logging, which Hydra switches off.
                sys.stderr.write(f"  {error}; waiting for up to {PATIENCE:.0f} s\n")
                said = True
            time.sleep(pause)
            pause = min(2 * pause, 2.0)


def impatiently(address: Address, call: Callable[[], object]) -> None:
    """Call once, for at most `ENDING` seconds; what goes wrong stays unsaid, since something else is told."""

    def once() -> None:
        with suppress(BigtrainError), in_words(address):
            call()

    # A thread, since nothing else ends a call that hangs in a driver or in the network.
    ending = threading.Thread(target=once, daemon=True, name="bigtrain-ending")
    ending.start()
    ending.join(ENDING)


def explain(error: BaseException, address: Address) -> BigtrainError:
    """Return the error of ours that says what ``error`` means to the user."""
    text = " ".join(str(link) for link in causes(error))
    if trouble := _trouble_with_files(error, text, address):
        return trouble
    if _LOCKED.search(text):
        return _BusyError(
            "the store is locked by another program", where=address.shown, hint="end it, then run this again"
        )
    if _OUTDATED.search(text):
        return StorageError(
            "the store was made by another version of MLflow",
            where=address.shown,
            hint=f"back it up, then run: mlflow db upgrade {address.shown}",
        )
    if address.is_http and _is_refused(error, text):
        return refused(address)
    answers = "".join(f" (status {status})" for status in _statuses(error, text))
    if _is_away(error, text):
        return _BusyError(f"the store does not answer{answers}", where=address.shown, hint=_first_line(error))
    return StorageError(f"MLflow refused{answers}", where=address.shown, hint=_first_line(error))


def _trouble_with_files(error: BaseException, text: str, address: Address) -> StorageError | None:
    for link in causes(error):
        if isinstance(link, OSError) and link.errno in _SPACE:
            # Of two names the second is the one that was written to.
            file = link.filename2 or link.filename or address.shown
            return StorageError(_SPACE[link.errno], where=str(file))
    for sign, words in _SQLITE.items():
        if address.database is not None and sign in text:
            return StorageError(words, where=address.shown)
    return None


def refused(address: Address) -> StoreUnreachableError:
    """Return the error for a server that wants other credentials."""
    return StoreUnreachableError(
        "the server refuses these credentials",
        where=address.shown,
        hint="set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
    )


def _is_refused(error: BaseException, text: str) -> bool:
    named = any(getattr(link, "error_code", None) in _REFUSALS for link in causes(error))
    return named or bool(_statuses(error, text) & REFUSING)


def _statuses(error: BaseException, text: str) -> set[int]:
    """Return the HTTP status of every answer that an error tells of."""
    said = {int(first or second) for first, second in _STATUS.findall(text)}
    answers = (getattr(link, "response", None) for link in causes(error))
    return said | {answer.status_code for answer in answers if isinstance(answer, requests.Response)}


def _is_away(error: BaseException, text: str) -> bool:
    links = list(causes(error))
    if any(isinstance(link, (requests.ConnectionError, requests.Timeout, ConnectionError)) for link in links):
        return True
    broken = any(
        isinstance(link, (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError)) for link in links
    )
    return (broken and _AWAY.search(text) is not None) or bool(_statuses(error, text) & _PASSING)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return redacted(lines[0] if lines else type(error).__name__)[:200]
