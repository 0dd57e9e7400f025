"""A process that loads what a later call needs and waits for that call, while this one does something else.

The seconds of an import are Python's own: a thread would only take turns with everything else.
"""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

PR_SET_PDEATHSIG = 1
COMMAND = (sys.executable, "-m", "bigtrain.standby")


class Standby:
    """A process on standby for one call of one function.

    It ends with its block, and by itself where this process is killed: on Linux in the middle of what it is
    doing, elsewhere without doing what it has not begun.

    Parameters
    ----------
    function : str
        What to load, and to call: ``"module:name"``.
    rehearsal : str, optional
        A function without arguments that is called beforehand, so that the call itself finds everything
        loaded.

    Raises
    ------
    OSError
        If no process can be had.
    """

    def __init__(self, function: str, rehearsal: str | None = None) -> None:
        self._scratch = TemporaryDirectory(prefix="bigtrain-standby-")
        # Not of the terminal's group: Ctrl-C is the caller's to answer, and ends this with its block.
        self._process = subprocess.Popen(  # noqa: S603 - a module of ours
            [*COMMAND, str(os.getpid()), self._scratch.name, function, *([rehearsal] if rehearsal else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._patience = ThreadPoolExecutor(1)
        self._said: Future[tuple[bytes, bytes]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._process.__exit__(kind, error, trace)

    @property
    def used(self) -> bool:
        """Whether it was called."""
        return self._said is not None

    @property
    def scratch(self) -> Path:
        """A folder of its own, which is removed with it, for what the call leaves."""
        return Path(self._scratch.name)

    def stop(self) -> None:
        """End it at once."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):  # it may end at this moment
                os.killpg(self._process.pid, signal.SIGKILL)  # with its forks
        self._patience.shutdown()
        self._process.wait()
        with suppress(OSError):
            self._scratch.cleanup()

    def begin(self, *arguments: Any) -> None:
        """Call the function, once; arguments are pickled, what it returns is not wanted."""
        self._said = self._patience.submit(self._process.communicate, pickle.dumps(arguments))

    def finish(self, seconds: float | None = None) -> None:
        """Wait until the call has returned, at most for so many seconds.

        Raises
        ------
        ChildProcessError
            If it raised, or the process ended, with what was said last.
        TimeoutError
            If it takes longer; it goes on until it is stopped.
        """
        try:
            said = self._said.result(seconds)[1].decode(errors="replace").strip() if self._said else ""
        except TimeoutError:
            raise TimeoutError(f"it took longer than {seconds:g} seconds") from None
        if self._process.returncode:
            ended = f"ended with {self._process.returncode}"
            raise ChildProcessError(said.splitlines()[-1] if said else ended)


def several_cores() -> bool:
    """Whether this process may use more than one core."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return len(usable) > 1


def main() -> None:
    """Load, rehearse, and do the call that comes in, if whoever sent it is still there."""
    caller, scratch, *names = sys.argv[1:]
    tempfile.tempdir = scratch  # the caller removes it, where it kills this process
    try:
        _end_with_caller(scratch)
        gc.disable()  # what is loaded stays
        function, *rehearsals = map(_named, names)
        for rehearsal in rehearsals:
            rehearsal()
        gc.freeze()
        gc.enable()
        arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - from whoever started us
        if os.getppid() != int(caller):
            sys.exit()
        function(*arguments)
        with suppress(OSError):
            Path(scratch).rmdir()  # where it has left nothing for the caller
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)  # whoever would have done it may have been killed
        raise


def _end_with_caller(scratch: str) -> None:
    """Have this process end with its caller, and its forks with it."""

    def end(*_: object) -> None:
        shutil.rmtree(scratch, ignore_errors=True)
        os.killpg(0, signal.SIGKILL)  # a pool of forks would wait for itself

    signal.signal(signal.SIGTERM, end)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))
    terminate_with_caller()


def terminate_with_caller() -> None:
    """Have this process sent SIGTERM when the one that started it ends, however: on Linux, by prctl(2)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _named(name: str) -> Callable[..., object]:
    module, _, function = name.partition(":")
    found: Callable[..., object] = getattr(import_module(module), function)
    return found


if __name__ == "__main__":
    main()
