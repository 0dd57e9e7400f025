"""A value that every worker reads once, however many tasks mention it."""

from __future__ import annotations

import io
import pickle
import tempfile
import threading
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import Any, Generic, TypeVar
from uuid import uuid4

T = TypeVar("T")

MOST_KEPT = 4
"""Values that a worker remembers at a time."""

_kept: OrderedDict[str, Shared[Any]] = OrderedDict()
_lock = threading.Lock()


class Missing(LookupError):  # noqa: N818 - no error, but what a worker says of a value it was not given
    """A worker has yet to be given a value.

    Parameters
    ----------
    token : str
        Which.
    """

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.token = token


class Shared(Generic[T]):
    """Stands for a value in the arguments of tasks.

    Where it was made it is the value itself. To another process it travels as the name of a file, which is
    written once, when the first task leaves, and read there once.

    Parameters
    ----------
    value : object
        What is shared; nobody may change it.
    """

    def __init__(self, value: T, token: str | None = None) -> None:
        self.value, self.token = value, token or uuid4().hex
        self._path: Path | None = None
        self._writing = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return _find, (self.token, str(self._written()))

    def _written(self) -> Path:
        with self._writing:
            if self._path is None:
                folder = tempfile.TemporaryDirectory(prefix="bigtrain-")
                weakref.finalize(self, folder.cleanup)
                self._path = Path(folder.name, "value.pickle")
                self._path.write_bytes(self.packed())
            return self._path

    def packed(self) -> bytes:
        """Return the value as bytes."""
        return pickle.dumps(self.value, protocol=5)


class _Packer(pickle.Pickler):
    """Leaves the values out, and notes which."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file, protocol=5)
        self.values: dict[str, Shared[Any]] = {}

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, Shared):
            return NotImplemented
        self.values[value.token] = value
        return _recall, (value.token,)


def pack(task: Any) -> tuple[bytes, dict[str, Shared[Any]]]:
    """Return a task as bytes, for a worker that shares no disk, and the values it mentions, by token."""
    file = io.BytesIO()
    packer = _Packer(file)
    packer.dump(task)
    return file.getvalue(), packer.values


def unpack(packed: bytes) -> Any:
    """Return a task that was packed; raise `Missing` for a value that this worker was not given."""
    # It comes from the process that started the sweep.
    return pickle.loads(packed)  # noqa: S301


def keep(token: str, packed: bytes) -> None:
    """Give this worker a value ahead of the tasks that mention it, for workers that share no disk."""
    with _lock:
        _remember(token, packed)


def _find(token: str, path: str) -> Shared[Any]:
    """Return what a worker knows by this token; read it where it is new."""
    with _lock:
        if token not in _kept:
            _remember(token, Path(path).read_bytes())
        _kept.move_to_end(token)
        return _kept[token]


def _recall(token: str) -> Shared[Any]:
    """Return what a worker was given by this token."""
    with _lock:
        if token not in _kept:
            raise Missing(token)
        _kept.move_to_end(token)
        return _kept[token]


def _remember(token: str, packed: bytes) -> None:
    # Written by the process that sends the tasks, and those run code anyway.
    _kept[token] = Shared(pickle.loads(packed), token)  # noqa: S301
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
