"""Where the work of a cohort runs: anything with the interface of `concurrent.futures.Executor`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def open_engine(n_jobs: int = -1) -> Iterator[Executor]:
    """Give a pool of threads for as long as the block lasts.

    Tasks run side by side, since kernels, BLAS and most of scikit-learn release the interpreter's lock; each
    is held to one thread of its own, so that the cores are shared out once, and results don't depend on how.

    Parameters
    ----------
    n_jobs : int, default=-1
        Threads to run; -1: one for each core this process may use.
    """
    workers = _usable_cores() if n_jobs == -1 else n_jobs
    with (
        threadpool_limits(limits=1),
        # OpenMP counts threads for each thread that calls it, BLAS for the process.
        ThreadPoolExecutor(workers, "bigtrain", initializer=threadpool_limits, initargs=(1,)) as pool,
    ):
        try:
            yield pool
        except BaseException:
            # What has not begun never will, so that an interrupted sweep ends soon.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _usable_cores() -> int:
    """Cores this process may use, which in a container are often fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
