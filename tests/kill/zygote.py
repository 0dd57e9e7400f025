"""A process that has imported everything once, and forks: each fork is a whole command in its own folder.

A command then costs what it does, not the seconds that Python takes to import its libraries.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

IMPORTED = ("optuna.storages", "psycopg2", "sqlalchemy.dialects.postgresql")
"""What a sweep on SQLite does not import by itself, and others need."""

HANGS = 120.0
"""Seconds after which a command is taken to hang."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, or minus the signal, after how long, and what it wrote."""

    code: int
    seconds: float
    said: str


class Zygote:
    """Runs commands in forks of a process with everything imported."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(
        self,
        module: str,
        arguments: Sequence[str],
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        kill_after: float | None = None,
    ) -> Ended:
        """Run ``python -m module arguments`` in a folder; SIGKILL it after so many seconds."""
        order = {
            "module": module,
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": dict(environment or {}),
            "kill_after": kill_after,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return Ended(**json.loads(self._process.stdout.readline()))


@contextmanager
def zygote() -> Iterator[Zygote]:
    """Start one; it ends with the block, or when this process does."""
    # One thread each: what is forked has the thread that forked it, and no other.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.kill.zygote"],
        env={**environment, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Zygote(process)
    finally:
        process.communicate()


def main() -> None:
    """Serve orders, a line of JSON each, until there are no more."""
    for name in IMPORTED:
        importlib.import_module(name)
    _warm_up()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_obey(json.loads(line))) + "\n")
        sys.stdout.flush()


def _warm_up() -> None:
    """Run one small sweep, after which kernels, plugins, mappings and the list of packages are all there."""
    with tempfile.TemporaryDirectory() as folder:
        _in_its_folder(
            "bigtrain.sweep", ["sweeps=document", "n_trials=1", "cv=2", "verbose=0", "report=false"], folder
        )
    # A thread would not be in the forks, and whatever waits for it would wait for ever.
    assert threading.active_count() == 1
    # What the garbage collector does not look at stays shared with the forks.
    gc.collect()
    gc.freeze()


def _in_its_folder(module: str, arguments: Sequence[str], folder: str) -> None:
    os.chdir(folder)
    sys.argv[1:] = arguments
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _obey(order: dict[str, Any]) -> dict[str, Any]:
    log = Path(f"{order['folder']}.log")
    log.touch()  # a command that is killed at once does not come to that
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _become(order, log)
    code = _await(child, order["kill_after"])
    return {"code": code, "seconds": time.monotonic() - began, "said": log.read_text(errors="replace")}


def _become(order: dict[str, Any], log: Path) -> NoReturn:
    """Be the command, and end as it does."""
    code = 1
    try:
        os.environ.update(order["environment"])
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, out), (2, out)):
            os.dup2(file, stream)
        _in_its_folder(order["module"], order["arguments"], order["folder"])
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _await(child: int, kill_after: float | None) -> int:
    end = time.monotonic() + (HANGS if kill_after is None else kill_after)
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
