"""The processes of a Dask cluster: which there are, which is free, and what becomes of what they are sent."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from uuid import uuid4

from distributed import Client
from distributed.scheduler import KilledWorker

from bigtrain.engine.likeness import difference, installed
from bigtrain.engine.slots import WorkerDied
from bigtrain.errors import ConfigError, EngineUnreachableError
from bigtrain.shared import Shared, keep

START_SECONDS = 120.0
"""For how long there may be no worker: one that died needs some seconds until its nanny started another."""

ANSWER_SECONDS = 30.0
"""What an answer may take from a worker to here; one that died with it never gives it."""

LOOK_SECONDS = 0.5


class Member(NamedTuple):
    """One process of the cluster; another one may come to its address."""

    address: str
    identity: str


class Cluster:
    """The processes of a cluster, each given as many tasks at a time as it has threads.

    Left to itself, Dask queues several tasks at one worker, holds its death against all of them, and runs
    them again as often as the cluster's own configuration says. Here each task is sent to one process, and
    whoever sent it is told what became of that.

    Parameters
    ----------
    client : Client
        A connection to the scheduler.
    where : str
        What to call the cluster.
    """

    def __init__(self, client: Client, where: str) -> None:
        self._client, self._where = client, where
        self._changed = threading.Condition()
        self._members: dict[Member, int] = {}
        self._busy: Counter[Member] = Counter()
        self._alike: set[Member] = set()
        self._seen = time.monotonic()
        self._closed = threading.Event()
        self._sending = threading.Lock()
        self._look()
        threading.Thread(target=self._watch, daemon=True, name="bigtrain-cluster").start()

    def wait_for_members(self) -> int:
        """Wait until there is a process; refuse one that is not like this; return their threads.

        Raises
        ------
        EngineUnreachableError
            If there is none.
        ConfigError
            If one of them, or the scheduler, has another bigtrain or none.
        """
        self._check_scheduler()
        self._wait_until(lambda: self._members)
        members = dict(self._members)
        if not members:
            raise EngineUnreachableError(
                "this cluster has no workers", where="engine.address", received=self._where
            )
        for member in members:
            with suppress(WorkerDied):
                self._check(member)
        return sum(members.values())

    @contextmanager
    def seat(self) -> Iterator[Member]:
        """Give a process that has a thread to spare, for as long as the block lasts."""
        with self._changed:
            while not (member := self._free()):
                self._wait_until(self._free)
                self._refuse_if_over()
            self._busy[member] += 1
        try:
            self._check(member)
            yield member
        finally:
            with self._changed:
                self._busy[member] -= 1
                self._changed.notify_all()

    def give(self, member: Member, value: Shared[Any]) -> None:
        """Send a value to a process; one at a time, since each is in this one's memory meanwhile."""
        with self._sending:
            self.run(member, keep, value.token, value.packed())

    def run(self, member: Member, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run a function in a process.

        Raises
        ------
        WorkerDied
            If that process is no more.
        EngineUnreachableError
            If the cluster isn't.
        """
        future = self._client.submit(
            function, *arguments, key=f"bigtrain-{uuid4().hex}", workers=[member.address], pure=False
        )
        future.add_done_callback(self._notify)
        try:
            self._wait_until(lambda: future.done() or member not in self._members)
            self._refuse_if_over()
            if future.done():
                return future.result(ANSWER_SECONDS)
        except (CancelledError, KilledWorker, TimeoutError):
            pass  # the scheduler has given it up, or its worker died with the answer
        finally:
            if not future.done():
                future.cancel()
        raise WorkerDied("the worker process ended: killed, or out of memory")

    def close(self) -> None:
        """Let everything that waits end."""
        self._closed.set()
        self._notify()

    @property
    def _lost(self) -> bool:
        return time.monotonic() > self._seen + START_SECONDS

    def _wait_until(self, ready: Callable[[], Any]) -> None:
        """Wait for something, the engine's end or the cluster's, which nobody may be left to tell of."""
        with self._changed:
            while not (ready() or self._closed.is_set() or self._lost):
                self._changed.wait(LOOK_SECONDS)

    def _refuse_if_over(self) -> None:
        if self._closed.is_set():
            raise WorkerDied("the engine is closed")
        if self._lost:
            raise EngineUnreachableError(
                f"the cluster has not answered, or has had no worker, for {START_SECONDS:g} seconds",
                where="engine.address",
                received=self._where,
                hint="the same command goes on once it is back",
            )

    def _free(self) -> Member | None:
        """Return the process with the most threads to spare; None where nobody has one."""
        spare = {member: threads - self._busy[member] for member, threads in self._members.items()}
        most = max(spare, key=lambda member: spare[member], default=None)
        return most if most and spare[most] > 0 else None

    def _check(self, member: Member) -> None:
        """Refuse a process that is not like this one, the first time that it is met."""
        if member in self._alike:
            return
        try:
            # Not as a task: one that can't be read there ends the worker.
            found = self._client.run(installed, workers=[member.address])[member.address]
        except (KeyError, OSError):
            raise WorkerDied("the worker process ended: killed, or out of memory") from None
        except Exception as error:  # no bigtrain, or a much older one: the scheduler passes on the text alone
            raise self._unlike(f"worker {member.address}", str(error)) from None
        if unlike := difference(installed(), found):
            raise self._unlike(f"worker {member.address}", unlike)
        self._alike.add(member)

    def _check_scheduler(self) -> None:
        """Refuse a scheduler that can't read tasks; what it computes decides no number."""
        try:
            self._client.run_on_scheduler(installed)
        except (ImportError, AttributeError) as error:
            raise self._unlike("scheduler", str(error)) from None

    def _unlike(self, who: str, unlike: str) -> ConfigError:
        return ConfigError(
            f"the {who} is not like this process: {unlike}",
            where="engine.address",
            received=self._where,
            hint="install the same versions on both",
        )

    def _watch(self) -> None:
        while not self._closed.wait(LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        """See which processes there are."""
        found: Mapping[str, Any] = {}
        if self._client.status == "running":
            try:
                found = self._client.scheduler_info(n_workers=-1)["workers"]
            except (KeyError, OSError, RuntimeError):
                return  # no answer yet, or none any more: it is asked again
        running = {
            Member(address, worker["id"]): worker["nthreads"]
            for address, worker in found.items()
            if worker["status"] == "running"
        }
        with self._changed:
            self._members = running
            if running:
                self._seen = time.monotonic()
            self._changed.notify_all()

    def _notify(self, *_: Any) -> None:
        with self._changed:
            self._changed.notify_all()
