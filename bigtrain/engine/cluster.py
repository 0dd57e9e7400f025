"""Processes of a Dask cluster: one of this machine's own, or one that runs already."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from typing import Any

import dask
from distributed import Client, LocalCluster, Security

from bigtrain.engine.members import Cluster
from bigtrain.engine.remote import run
from bigtrain.engine.slots import Hung, Slots, WorkerDied
from bigtrain.errors import EngineUnreachableError
from bigtrain.shared import Missing, pack

CONNECT_SECONDS = 30.0
"""What a scheduler may take to answer."""


class Seat:
    """One task at a time, on whichever process of the cluster has a thread to spare."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def run(self, call: Callable[[], Any], seconds: float | None) -> Any:
        """Run `call` there."""
        packed, values = pack(call)
        with self._cluster.seat() as member:
            while True:
                began = time.monotonic()
                try:
                    answer = self._cluster.run(member, run, packed, seconds)
                except WorkerDied:
                    if seconds is not None and time.monotonic() - began >= seconds:
                        raise Hung from None
                    raise
                if not isinstance(answer, Missing):
                    break
                self._cluster.give(member, values[answer.token])
        well, result = answer
        if well:
            return result
        raise result

    def close(self) -> None:
        """Let go of the cluster."""
        self._cluster.close()


@contextmanager
def open_dask(
    workers: int, address: str | None, trial_timeout: float | None, max_retries: int
) -> Iterator[Executor]:
    """Give a pool of a cluster's processes for as long as the block lasts.

    Parameters
    ----------
    workers : int
        How many; of a cluster that runs already -1 is one for each of its threads.
    address : str, optional
        That of a scheduler. Default: a cluster of this machine's own.
    trial_timeout, max_retries
        As those of `Slots`.
    """
    with _quiet(), ExitStack() as stack:
        where = address or stack.enter_context(_own_cluster(workers))
        client = stack.enter_context(_connected(where))
        cluster = Cluster(client, address or "of this machine's own")
        stack.callback(cluster.close)
        threads = cluster.wait_for_members()
        seats = [Seat(cluster) for _ in range(threads if workers == -1 else min(workers, threads))]
        slots = Slots(seats, trial_timeout, max_retries)
        stack.callback(slots.shutdown, cancel_futures=True)
        yield slots


@contextmanager
def _own_cluster(workers: int) -> Iterator[LocalCluster]:
    """Start a cluster that nobody else can reach: a scheduler runs whatever code it is sent."""
    cluster = LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        security=Security.temporary(),
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        memory_limit=0,
        preload=["bigtrain.engine.remote"],
        silence_logs=logging.CRITICAL,
    )
    try:
        yield cluster
    finally:
        cluster.close()


@contextmanager
def _connected(where: LocalCluster | str) -> Iterator[Client]:
    try:
        client = Client(where, timeout=CONNECT_SECONDS, set_as_default=False)
    except OSError:
        raise EngineUnreachableError(
            "no Dask scheduler answers", where="engine.address", received=str(where)
        ) from None
    try:
        yield client
    finally:
        client.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Let Dask say nothing of what is told in words of ours."""
    logger, threshold = logging.getLogger("distributed"), "distributed.admin.large-graph-warning-threshold"
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with dask.config.set({threshold: "1TB"}):
            yield
    finally:
        logger.setLevel(level)
