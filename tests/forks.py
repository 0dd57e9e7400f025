"""Commands and functions in processes of their own that cost what they do, and no imports.

Each is a fork of Python's fork server, which has imported everything once: `tests.warm` says what.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing import forkserver
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

HANGS = 250.0
"""Seconds after which a process is taken to hang; pytest gives up after 300."""

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.warm"])


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit code, or minus the signal, and what it wrote."""

    code: int
    out: str
    err: str


class Fork:
    """A process under way, which writes into two files of a folder."""

    def __init__(self, process: multiprocessing.process.BaseProcess, folder: Path) -> None:
        self._process, self._folder = process, folder

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process.pid is not None
        return self._process.pid

    def until(self, words: str) -> str:
        """Wait until it has written these words to stdout; return all that it has written there."""
        while True:
            alive = self.is_alive()
            if words in (said := self._said("out")):
                return said
            assert alive, (said, self._said("err"))
            time.sleep(1e-3)

    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.is_alive()

    def signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.is_alive():
            os.kill(self.pid, number)

    def ended(self, seconds: float = HANGS) -> Ended:
        """Wait until it has ended; kill it after so many seconds."""
        self._process.join(seconds)
        self._process.kill()
        self._process.join()
        assert self._process.exitcode is not None
        return Ended(self._process.exitcode, self._said("out"), self._said("err"))

    def _said(self, stream: str) -> str:
        return (self._folder / stream).read_text("utf-8", "replace")


@contextmanager
def started(
    function: Callable[..., object],
    *arguments: object,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Fork]:
    """Run a function of a module in a fork, with this environment and more; kill it after the block."""
    _start_server()
    with TemporaryDirectory(prefix="bigtrain-fork-") as streams:
        for stream in ("out", "err"):
            Path(streams, stream).touch()
        process = CONTEXT.Process(
            target=_become,
            args=(function, arguments, streams, folder or Path.cwd(), {**os.environ, **(environment or {})}),
        )
        process.start()
        try:
            yield Fork(process, Path(streams))
        finally:
            process.kill()
            process.join()


def run(
    module: str,
    *arguments: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    kill_after: float = HANGS,
) -> Ended:
    """Run ``python -m module arguments`` in a fork; SIGKILL it after so many seconds."""
    with started(run_module, module, *arguments, folder=folder, environment=environment) as fork:
        return fork.ended(kill_after)


def run_module(module: str, *arguments: str) -> None:
    """Be ``python -m module arguments`` in this process."""
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def run_without_bigtrain(code: str, *arguments: str) -> None:
    """Be ``python -c code arguments`` in this process where bigtrain can't be imported."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "bigtrain"]:
        del sys.modules[name]
    sys.modules["bigtrain"] = None  # type: ignore[assignment] # how the import system is told
    sys.argv[1:] = arguments
    exec(compile(code, "code", "exec"), {"__name__": "__main__"})


def _start_server() -> None:
    """Start the server, unless it runs."""
    # One thread each: what is forked has the thread that forked it, and no other.
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    with patch.dict(os.environ, {**single, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}):
        forkserver.ensure_running()
    _wait_until_warm()


@cache
def _wait_until_warm() -> None:
    """Wait for a first fork that does nothing: those that are killed after some time are timed from here."""
    first = CONTEXT.Process(target=os.getpid)
    first.start()
    first.join()


def _become(
    function: Callable[..., object],
    arguments: tuple[object, ...],
    streams: str,
    folder: Path,
    environment: Mapping[str, str],
) -> None:
    """Be a process of its own, and end as the function does."""
    for number, stream in ((1, "out"), (2, "err")):
        os.dup2(os.open(Path(streams, stream), os.O_WRONLY | os.O_APPEND), number)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # a test waits for what it says
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    function(*arguments)
