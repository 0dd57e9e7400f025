"""Keep a second coordinator off a sweep, and say who is the first."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import psutil
from filelock import FileLock, Timeout

from bigtrain.errors import BigtrainError, StoreUnreachableError
from bigtrain.tracking.address import read_address, slug

LEASE = 60.0
"""Seconds after which a lease that nobody renewed has no holder any more."""
RENEWAL = 15.0
SETTLING = 0.3
"""Seconds between writing a lease and reading it back, longer than two writers can be apart."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a sweep: a process, its machine, and since when (Unix times in seconds)."""

    pid: int
    host: str
    born: float
    since: float
    renewed: float

    @classmethod
    def me(cls) -> Self:
        """Return this process."""
        now = time.time()
        return cls(os.getpid(), socket.gethostname(), psutil.Process().create_time(), now, now)

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """Read a holder back; None where there is none, or nothing legible."""
        try:
            return cls(**json.loads(text or ""))
        except (ValueError, TypeError):
            return None

    def to_json(self, *, renewed: float | None = None) -> str:
        """Return the holder as JSON, with a later renewal if given."""
        return json.dumps(asdict(self) | ({} if renewed is None else {"renewed": renewed}))

    def same(self, other: Holder | None) -> bool:
        """Whether both are one and the same hold."""
        mine = (self.pid, self.host, self.born, self.since)
        return other is not None and mine == (other.pid, other.host, other.born, other.since)

    @property
    def is_gone(self) -> bool:
        """Whether the process has ended: known on its own machine, elsewhere by its lease."""
        if self.host == socket.gethostname():
            try:
                return bool(abs(psutil.Process(self.pid).create_time() - self.born) > 1.0)
            except psutil.NoSuchProcess:
                return True
        return time.time() - self.renewed > LEASE


def _held(name: str, holder: Holder | None) -> StoreUnreachableError:
    if holder is None:
        who = "another process"
    else:
        since = datetime.fromtimestamp(holder.since).astimezone().isoformat(" ", "seconds")
        who = f"process {holder.pid} on {holder.host} since {since}"
    return StoreUnreachableError(
        f"held by {who}", where=f"sweep {name!r}", hint="wait for it to end, or choose another name="
    )


def refuse_if_held(uri: str | None, artifacts: str | None, root: Path, name: str) -> None:
    """Refuse a sweep that another process holds, without loading MLflow first.

    Only an early word: it looks at SQLite stores alone and holds nothing. Parameters are those of
    `open_store` and `Store.hold`.

    Raises
    ------
    ConfigError
        If the URI is malformed.
    StoreUnreachableError
        If another holds the sweep.
    """
    database = read_address(uri, artifacts, root).database
    if database is not None and database.exists():
        with file_hold(lock_file(database, slug(name)), name):
            pass


def lock_file(database: Path, name: str) -> Path:
    """Return a lock file in a folder beside a SQLite file, with the folder made if need be."""
    folder = database.parent / ".locks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.lock"


@contextmanager
def file_hold(path: Path, name: str) -> Iterator[None]:
    """Hold a lock file; the system lets go of it when this process ends, however it ends.

    Raises
    ------
    StoreUnreachableError
        If another holds it, with its process, machine and time.
    """
    # Apart from the lock file, which taking a lock empties.
    note = path.with_suffix(".holder")
    try:
        with FileLock(path, timeout=0):
            note.write_text(Holder.me().to_json())
            try:
                yield
            finally:
                note.unlink(missing_ok=True)
    except Timeout:
        raise _held(name, Holder.read(note.read_text() if note.exists() else None)) from None


@contextmanager
def lease_hold(
    name: str, read: Callable[[], str | None], write: Callable[[str], None], clear: Callable[[], None]
) -> Iterator[None]:
    """Hold a lease: a note in the store itself, renewed while this block runs.

    Weaker than a lock: between two machines it rests on their clocks agreeing to well within `LEASE`
    seconds. A holder on this machine that has ended is recognised at once, one elsewhere after `LEASE`.
    """
    first = Holder.read(read())
    if first is not None and not first.is_gone:
        raise _held(name, first)
    me = Holder.me()
    write(me.to_json())
    time.sleep(SETTLING)
    winner = Holder.read(read())
    if not me.same(winner):
        raise _held(name, winner)
    done = threading.Event()
    renewing = threading.Thread(target=_renew, args=(me, write, done), daemon=True, name="bigtrain-lease")
    renewing.start()
    try:
        yield
    finally:
        done.set()
        renewing.join()
        clear()


def _renew(me: Holder, write: Callable[[str], None], done: threading.Event) -> None:
    while not done.wait(RENEWAL):
        try:
            write(me.to_json(renewed=time.time()))
        except BigtrainError:
            # The sweep's own writes wait for the store and report it; here the next turn will do.
            continue
