"""The machine and the versions a figure belongs to, and the one core that both sides share."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

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


def as_a_user(folder: Path) -> dict[str, Any]:
    """Return what `subprocess` needs to run a command in a folder as a user would, on every core."""
    ours = (*THREADS, "XLA_FLAGS", "PYTHONDONTWRITEBYTECODE")
    environment = {key: value for key, value in os.environ.items() if key not in ours}
    environment["PYTHONPATH"] = str(Path(__file__).parent.parent)
    cores = range(os.cpu_count() or 1)
    return {"cwd": folder, "env": environment, "preexec_fn": lambda: os.sched_setaffinity(0, cores)}


def on_all_cores(command: Sequence[str], folder: Path) -> str:
    """Run a command as a user would; return what it printed."""
    done = subprocess.run(command, **as_a_user(folder), check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return str(done.stdout)


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
