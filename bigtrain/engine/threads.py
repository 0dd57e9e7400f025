"""Threads of this process: nothing to start, nothing to copy."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def open_threads(workers: int) -> Iterator[Executor]:
    """Give a pool of threads for as long as the block lasts.

    Tasks run side by side, since kernels, BLAS and most of scikit-learn release the interpreter's lock; each
    is held to one thread of its own, so that the cores are shared out once, and results don't depend on how.
    """
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
