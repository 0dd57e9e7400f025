"""Keep a second coordinator off a sweep, and say who is the first."""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Self

import psutil
from filelock import FileLock, Timeout

from bigtrain.errors import StoreUnreachableError
from bigtrain.tracking.address import read_address, slug

LEASE = 60.0
"""Seconds after which a lease that nobody renewed has no holder any more."""


@cache
def machine() -> str:
    """Return what tells where process numbers mean what they mean here; names of machines repeat."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        # Containers of one machine number their processes on their own.
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{uuid.getnode():x} {psutil.boot_time():.0f}"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds something: a process, its machine, and since when (Unix times in seconds).

    ``host`` is the machine's name for people, ``machine`` tells it from others of that name.
    """

    pid: int
    host: str
    machine: str
    born: float
    since: float
    renewed: float

    @classmethod
    def me(cls) -> Self:
        """Return this process."""
        now = time.time()
        return cls(os.getpid(), socket.gethostname(), machine(), psutil.Process().create_time(), now, now)

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
        mine = (self.pid, self.machine, self.born, self.since)
        return other is not None and mine == (other.pid, other.machine, other.born, other.since)

    @property
    def is_gone(self) -> bool:
        """Whether the process has ended: known on its own machine, elsewhere by its lease."""
        if self.machine == machine():
            try:
                return bool(abs(psutil.Process(self.pid).create_time() - self.born) > 1.0)
            except psutil.NoSuchProcess:
                return True
            except psutil.AccessDenied:
                # Somebody else's, which we may not look at.
                pass
        return time.time() - self.renewed > LEASE


class HeldError(StoreUnreachableError):
    """Another process has it."""

    def __init__(self, what: str, holder: Holder | None) -> None:
        who = "another process"
        if holder is not None:
            since = datetime.fromtimestamp(holder.since).astimezone().isoformat(" ", "seconds")
            who = f"process {holder.pid} on {holder.host} since {since}"
        super().__init__(f"held by {who}", where=what, hint="wait for it to end, or choose another name=")


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
    if database is None:
        return
    # To look is enough. Whoever took the lock for it would be in the way of another that is starting.
    holder = _noted(_note_of(_lock_path(database, slug(name))))
    if holder is not None and not holder.is_gone:
        raise HeldError(f"sweep {name!r}", holder)


def lock_file(database: Path, name: str) -> Path:
    """Return a lock file in a folder beside a SQLite file, with the folder made if need be."""
    path = _lock_path(database, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def file_hold(path: Path, what: str, wait: float = 0.0) -> Iterator[None]:
    """Hold a lock file; the system lets go of it when this process ends, however it ends.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        What is held, for messages.
    wait : float, default=0.0
        Seconds to wait for another to let go.

    Raises
    ------
    HeldError
        On entering, if another holds it, with its process, machine and time.
    """
    lock, note = FileLock(path), _note_of(path)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        raise HeldError(what, _noted(note)) from None
    try:
        note.write_text(Holder.me().to_json())
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _lock_path(database: Path, name: str) -> Path:
    return database.parent / ".locks" / f"{name}.lock"


def _note_of(lock: Path) -> Path:
    # Apart from the lock file, which taking a lock empties.
    return lock.with_suffix(".holder")


def _noted(note: Path) -> Holder | None:
    with suppress(OSError):
        return Holder.read(note.read_text())
    return None
