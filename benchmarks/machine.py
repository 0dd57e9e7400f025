"""The machine and the versions a figure belongs to, and the one core that both sides share."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "numba", "scikit-learn", "jax", "skglm", "vowpalwabbit")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def use_one_core() -> None:
    """Pin this process, and the threads of any library it will load, to one core.

    Has to run before NumPy, Numba or JAX are imported: they size their thread pools by it.
    """
    os.environ.update(dict.fromkeys(THREADS, "1"))
    flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flags}".strip()
    os.environ["JAX_PLATFORMS"] = "cpu"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def describe() -> str:
    """Return one line: processor, cores, operating system, versions."""
    installed = ", ".join(f"{name} {version_of(name)}" for name in PACKAGES)
    cores = f"1 of {os.cpu_count()} cores"
    return f"{processor()}, {cores}, {platform.system()}, Python {platform.python_version()}; {installed}"


def processor() -> str:
    """Return the processor's name where the system tells it."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else None
    return found[1] if found else platform.machine()


def version_of(package: str) -> str:
    """Return a package's version, or that it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
