"""Processes of this machine, by loky: for work that holds the interpreter's lock, hangs or takes too much."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import Any

from joblib.externals.loky.backend import get_context

from bigtrain.engine.slots import Hung, Slots, WorkerDied
from bigtrain.engine.worker import serve

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""What a worker's environment says, so that the cores are shared out once."""

START_SECONDS = 120.0
"""What a worker may take to start, to import and to read the table: no trial's fault, so not of its time."""

END_SECONDS = 10.0


class Process:
    """One process, started with its first task, and again with the next one after it died.

    Loky starts it: a new interpreter, which inherits nothing, and doesn't run the main script again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._process: Any = None
        self._channel: Connection | None = None

    def run(self, call: Callable[[], Any], seconds: float | None) -> Any:
        """Run `call` there."""
        packed = pickle.dumps(call, protocol=5)
        try:
            process, channel = self._open()
            channel.send_bytes(packed)
            self._begin(process, channel)
            well, answer = _receive(process, channel, seconds)
        except (EOFError, OSError):
            self._end()
            raise WorkerDied("the worker process ended: killed, or out of memory") from None
        except (Hung, WorkerDied):
            self._end()
            raise
        if well:
            return answer
        raise answer

    def close(self) -> None:
        """End it for good."""
        with self._lock:
            self._closed = True
        self._end()

    def _open(self) -> tuple[Any, Connection]:
        with self._lock:
            if self._closed:
                raise EOFError
            if self._channel is None:
                loky = get_context("loky")
                self._channel, there = loky.Pipe()
                self._process = loky.Process(target=serve, args=(there,), daemon=True, env=ONE_THREAD)
                self._process.start()
                there.close()  # so that the end of the process is the end of the channel
            return self._process, self._channel

    def _begin(self, process: Any, channel: Connection) -> None:
        try:
            _receive(process, channel, START_SECONDS)
        except Hung:
            raise WorkerDied(f"the worker process did not begin within {START_SECONDS:g} seconds") from None

    def _end(self) -> None:
        with self._lock:
            process, self._process, self._channel = self._process, None, None
        if process is not None:
            if process.is_alive():
                os.kill(process.pid, signal.SIGKILL)  # loky's own is SIGTERM, which a task may not hear
            process.join(END_SECONDS)


def _receive(process: Any, channel: Connection, seconds: float | None) -> Any:
    ready = wait([channel, process.sentinel], seconds)
    if not ready:
        raise Hung
    if channel not in ready:
        raise EOFError
    return channel.recv()


@contextmanager
def open_processes(workers: int, trial_timeout: float | None, max_retries: int) -> Iterator[Executor]:
    """Give a pool of processes for as long as the block lasts."""
    slots = Slots([Process() for _ in range(workers)], trial_timeout, max_retries)
    try:
        yield slots
    finally:
        slots.shutdown(cancel_futures=True)
