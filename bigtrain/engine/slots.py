"""Workers that may die: each has a task at a time, so that it is known whose death it was."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass
from typing import Any, Protocol

from bigtrain.records import TaskLost


class WorkerDied(Exception):  # noqa: N818 - what happened, in the words of the reason
    """The worker ended in the middle of a task."""


class Hung(Exception):  # noqa: N818 - likewise
    """A task took longer than it may; its worker was ended."""


class Worker(Protocol):
    """One worker that can be replaced."""

    def run(self, call: Callable[[], Any], seconds: float | None) -> Any:
        """Run `call` elsewhere; raise `WorkerDied` or `Hung` once nothing of it runs any more."""

    def close(self) -> None:
        """End it for good, from whichever thread; a `run` under way ends with `WorkerDied`."""


@dataclass(frozen=True, slots=True)
class _Job:
    call: Callable[[], Any]
    future: Future[Any]


class Slots(Executor):
    """Runs tasks on workers that may die or hang, and again if they do.

    Parameters
    ----------
    workers : sequence of Worker
        Each has one task at a time.
    trial_timeout : float, optional
        Seconds that one trial may take in a task; a task of many trials may take as many times that.
    max_retries : int
        How often a task is tried again.
    """

    def __init__(self, workers: Sequence[Worker], trial_timeout: float | None, max_retries: int) -> None:
        self._workers, self._seconds, self._retries = workers, trial_timeout, max_retries
        self._closed = threading.Event()
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._serve, args=(worker,), daemon=True, name="bigtrain-slot")
            for worker in workers
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Give a task to whichever worker is free first."""
        if args or kwargs:
            raise TypeError("a task holds its arguments itself")
        if self._closed.is_set():
            raise RuntimeError("the engine is closed")
        future: Future[Any] = Future()
        self._queue.put(_Job(fn, future))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all workers: with `cancel_futures` now, else once what was submitted is done."""
        if cancel_futures:
            self._closed.set()
            for worker in self._workers:
                worker.close()
        for _ in self._threads:
            self._queue.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _serve(self, worker: Worker) -> None:
        while (job := self._queue.get()) is not None:
            if self._closed.is_set():
                job.future.cancel()
            if job.future.set_running_or_notify_cancel():
                try:
                    job.future.set_result(self._persist(worker, job.call))
                except BaseException as error:
                    job.future.set_exception(error)
        worker.close()

    def _persist(self, worker: Worker, call: Callable[[], Any]) -> Any:
        """Run a task until it ends with its worker alive, or has been tried often enough."""
        seconds = None if self._seconds is None else self._seconds * getattr(call, "trials", 1)
        reason = ""
        for _ in range(self._retries + 1):
            try:
                return worker.run(call, seconds)
            except Hung:
                reason = f"took longer than trial_timeout, {self._seconds:g} seconds"
            except WorkerDied as death:
                reason = str(death)
            if self._closed.is_set():
                raise CancelledError
        times = f" ({self._retries + 1} times)" if self._retries else ""
        raise TaskLost(f"{reason}{times}")
