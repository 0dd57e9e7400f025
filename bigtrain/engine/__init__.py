"""Where the work runs: anything with the interface of `concurrent.futures.Executor`."""

from __future__ import annotations

import os
from concurrent.futures import Executor
from contextlib import AbstractContextManager

from bigtrain.config import EngineConfig
from bigtrain.engine.threads import open_threads

__all__ = ["open_engine"]


def open_engine(config: EngineConfig) -> AbstractContextManager[Executor]:
    """Return workers for as long as a ``with`` block lasts.

    Parameters
    ----------
    config : EngineConfig
        Which kind, how many, and what becomes of a task that hangs or whose worker dies.
    """
    workers = usable_cores() if config.n_jobs == -1 else config.n_jobs
    if config.kind == "processes":
        from bigtrain.engine.processes import open_processes  # noqa: PLC0415 - only where it is asked for

        return open_processes(workers, config.trial_timeout, config.max_retries)
    if config.kind == "dask":
        from bigtrain.engine.cluster import open_dask  # noqa: PLC0415 - likewise

        count = config.n_jobs if config.address else workers
        return open_dask(count, config.address, config.trial_timeout, config.max_retries)
    return open_threads(workers)


def usable_cores() -> int:
    """Cores this process may use, which in a container are often fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
