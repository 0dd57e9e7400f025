"""Bytes of a file that was named, or a sentence on why there are none."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bigtrain.errors import NoInputError
from bigtrain.wording import did_you_mean


def read_bytes(path: str) -> bytes:
    """Return a file's content; see `open_bytes`."""
    with open_bytes(path) as file, _explained(path):
        return file.read()


def open_bytes(path: str) -> BinaryIO:
    """Open a file for reading.

    Parameters
    ----------
    path : str
        A regular file on this machine; ``~`` is understood.

    Raises
    ------
    NoInputError
        If it is missing, a folder, a device or a pipe (which might never end), or unreadable.
    """
    if "://" in path:
        raise NoInputError(
            "only local files are read", where=path, hint="download it and give the file's path"
        )
    with _explained(path):
        file = Path(path).expanduser()
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            raise NoInputError("this is a folder", where=path, hint="name the file inside it")
        if not stat.S_ISREG(mode):
            raise NoInputError(
                "this is not a regular file", where=path, hint="save its content to a file first"
            )
        return file.open("rb")


@contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise NoInputError("there is no such file", where=path, hint=_nearest(path)) from None
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: "~" without a home folder
        reason = getattr(error, "strerror", None) or str(error)
        raise NoInputError("this file can't be read", where=path[:200], hint=reason) from None


def _nearest(path: str) -> str:
    """Return what to do about a missing file: a file of nearly that name, if the folder has one."""
    file = Path(path).expanduser()
    if not file.parent.is_dir():
        return f"the folder {str(file.parent)!r} does not exist either"
    neighbours = sorted(other.name for other in file.parent.iterdir() if other.is_file())
    near = did_you_mean(file.name, neighbours, said=repr)
    return near or f"check the path; it is taken from {str(Path.cwd())!r}"
