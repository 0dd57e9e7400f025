"""What a Dask worker does for a sweep: it says what it has installed, and runs tasks."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from threadpoolctl import threadpool_limits

from bigtrain.engine.worker import answer
from bigtrain.shared import Missing, unpack

_thread = threading.local()
_ends: list[float] = []
_lock = threading.Lock()


def dask_setup(_worker: Any) -> None:
    """Be deaf to Ctrl-C, which reaches every process of a terminal; Dask calls this in workers of our own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run(packed: bytes, seconds: float | None) -> tuple[bool, Any] | Missing:
    """Run a task; return whether all went well and with what, or which value has to come first.

    Parameters
    ----------
    packed : bytes
        As `pack` gives it.
    seconds : float, optional
        What the task may take before this process ends, and with it whatever else it runs.
    """
    if not hasattr(_thread, "limits"):
        # OpenMP counts threads for each thread that calls it, BLAS for the process.
        _thread.limits = threadpool_limits(limits=1)
    try:
        call = unpack(packed)
    except Missing as missing:
        return missing
    with _ending_after(seconds):
        return answer(call)


@contextmanager
def _ending_after(seconds: float | None) -> Iterator[None]:
    """End this process if a block takes longer."""
    if seconds is None:
        yield
        return
    end = time.monotonic() + seconds
    _set_alarm(lambda: _ends.append(end))
    try:
        yield
    finally:
        _set_alarm(lambda: _ends.remove(end))


def _set_alarm(change: Any) -> None:
    """Change the list of ends; the system ends the process at the first, whatever holds the interpreter."""
    with _lock:
        change()
        left = max(1e-3, min(_ends) - time.monotonic()) if _ends else 0.0
        signal.setitimer(signal.ITIMER_REAL, left)
