"""Hold BLAS to one thread while the kernels run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_lock = threading.Lock()
_held: list[Any] = []


@cache
def _controller() -> Any:
    import scipy.linalg.cython_blas  # noqa: F401, PLC0415  (numba calls this one: it has to be loaded to be seen)
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415

    return ThreadpoolController().select(user_api="blas")


@contextmanager
def one_thread() -> Iterator[None]:
    """Give BLAS one thread, until the last of the threads that asked for it has left.

    Folds run side by side, and BLAS with one thread and with two don't give the same bits. The limit belongs
    to the process, so it's lifted only when nobody computes any more. Hold it around a whole pool of threads:
    OpenBLAS calls with two threads each, from two threads at once, have been seen to take 50 times as long.
    """
    with _lock:
        limit = _held[0][0] if _held else _controller().limit(limits=1)
        _held.append((limit,))
    try:
        yield
    finally:
        with _lock:
            _held.pop()
            if not _held:
                limit.restore_original_limits()
