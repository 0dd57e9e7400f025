"""What the first start costs, in a fresh cache folder, and every later one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from statistics import median

from benchmarks.table import Cell, Table
from benchmarks.training.workloads import MINI_BATCH

SCRIPT = """
from time import perf_counter
marks = [perf_counter()]
import numpy as np
import numba
marks.append(perf_counter())
import sklearn.base, sklearn.exceptions, sklearn.utils.validation
marks.append(perf_counter())
from bigtrain import fit_cohort
rng = np.random.default_rng(0)
X, y = rng.normal(size=(100, 5)), rng.normal(size=100)
settings = [{settings}]
fit_cohort(X, y, settings)
marks.append(perf_counter())
fit_cohort(X, y, settings)
marks.append(perf_counter())
of_numba, of_sklearn, first, again = np.diff(marks)
print(of_numba, of_sklearn, first - again)
"""
FULL_ADAM: list[dict[str, object]] = [{"optimizer": "adam", "batch_size": None, "max_iter": 3, "tol": None}]
MIXED: list[dict[str, object]] = [
    {"optimizer": name, "batch_size": size, "shuffle": shuffle, "max_iter": 2, "tol": None}
    for name in MINI_BATCH
    for size, shuffle in ((None, True), (16, "batches"), (16, True), (1, True))
]
CASES = {"one optimizer, full batch": FULL_ADAM, "twelve optimizers, every plan": MIXED}


def run(quick: bool) -> Table:
    """Start fresh processes with an empty cache and with a filled one."""
    cases = {"one optimizer, full batch": FULL_ADAM} if quick else CASES
    return Table(
        title="Compilation",
        compared="A process of its own for each start, with a cache folder of its own: empty for the "
        "first start, as the first left it for the later ones (median of three). Ours is the import of "
        "bigtrain and the first `fit_cohort`, less a second `fit_cohort`.",
        differs="Numba and scikit-learn are imported before that, and shown beside it.",
        rows=[row for name, settings in cases.items() for row in measure(name, settings, 1 if quick else 3)],
    )


def measure(name: str, settings: list[dict[str, object]], later: int) -> list[dict[str, Cell]]:
    """Return the first start's row and the later ones'."""
    script = SCRIPT.format(settings=repr(settings)[1:-1])
    with tempfile.TemporaryDirectory(prefix="kernels-") as cache:
        first = start(script, cache)
        others = [start(script, cache) for _ in range(later)]
    typical = [median(part) for part in zip(*others, strict=True)]
    return [row(f"first, {name}", first, "≤ 10 s"), row(f"later, {name}", typical, "≤ 0.5 s")]


def row(name: str, seconds: list[float], bar: str) -> dict[str, Cell]:
    """Return one row of what `SCRIPT` printed."""
    of_numba, of_sklearn, ours = seconds
    return {
        "start": name,
        "ours, s": ours,
        "bar": bar,
        "import numba, s": of_numba,
        "import scikit-learn, s": of_sklearn,
    }


def start(script: str, cache: str) -> list[float]:
    """Run Python on the script with its caches in a folder; return the numbers it prints."""
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": cache,
    }  # where a user's cache is, by the desktop's convention
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True
    )
    return [float(word) for word in done.stdout.split()]
