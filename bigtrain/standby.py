"""A process that loads what a later call needs and waits for that call, while this one does something else.

The seconds of an import are Python's own: a thread would only take turns with everything else.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from types import TracebackType
from typing import Any, Self

COMMAND = (sys.executable, "-m", "bigtrain.standby")


class Standby:
    """A process on standby for one call of one function.

    It ends with its block, whatever it is doing then, and by itself where this process is killed.

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
        # Not of the terminal's group: Ctrl-C is the caller's to answer, and ends this with its block.
        self._process = subprocess.Popen(  # noqa: S603 - a module of ours
            [*COMMAND, str(os.getpid()), function, *([rehearsal] if rehearsal else [])],
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

    def stop(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # with its forks
        self._patience.shutdown()

    def begin(self, *arguments: Any) -> None:
        """Call the function, once; arguments are pickled, what it returns is not wanted."""
        self._said = self._patience.submit(self._process.communicate, pickle.dumps(arguments))

    def finish(self) -> None:
        """Wait until the call has returned.

        Raises
        ------
        ChildProcessError
            If it raised, or the process ended, with what was said last.
        """
        said = self._said.result()[1].decode(errors="replace").strip() if self._said else ""
        if self._process.returncode:
            ended = f"ended with {self._process.returncode}"
            raise ChildProcessError(said.splitlines()[-1] if said else ended)


def idle_core() -> bool:
    """Whether this process may use more than one core."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return len(usable) > 1


def main() -> None:
    """Load, rehearse, and do the call that comes in, if whoever sent it is still there."""
    caller, *names = sys.argv[1:]
    gc.disable()  # what is loaded stays
    function, *rehearsals = map(_named, names)
    for rehearsal in rehearsals:
        rehearsal()
    gc.freeze()
    gc.enable()
    arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - from whoever started us
    if os.getppid() == int(caller):
        function(*arguments)


def _named(name: str) -> Callable[..., object]:
    module, _, function = name.partition(":")
    found: Callable[..., object] = getattr(import_module(module), function)
    return found


if __name__ == "__main__":
    main()
