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
import time
start = time.perf_counter()
import numba
imported = time.perf_counter()
import numpy as np
from bigtrain import fit_cohort
rng = np.random.default_rng(0)
X, y = rng.normal(size=(100, 5)), rng.normal(size=100)
settings = [{settings}]
fit_cohort(X, y, settings)
first = time.perf_counter()
fit_cohort(X, y, settings)
again = time.perf_counter()
print(imported - start, (first - imported) - (again - first))
"""
FULL_ADAM = [{"optimizer": "adam", "batch_size": None, "max_iter": 3, "tol": None}]
MIXED = [
    {"optimizer": name, "batch_size": size, "shuffle": shuffle, "max_iter": 2, "tol": None}
    for name in MINI_BATCH
    for size, shuffle in ((None, True), (16, "batches"), (16, True), (1, True))
]
SCIKIT_LEARN = """
import time, numba, numpy
start = time.perf_counter()
import sklearn.linear_model
print(time.perf_counter() - start, 0)
"""
CASES = {"one optimizer, full batch": FULL_ADAM, "twelve optimizers, every plan": MIXED}


def run(quick: bool) -> Table:
    """Start fresh processes with an empty cache and with a filled one."""
    cases = {"one optimizer, full batch": FULL_ADAM} if quick else CASES
    return Table(
        title="Compilation",
        compared="A process of its own for each start: from after `import numba` to the end of the first "
        "`fit_cohort`, less a second one; the first start in an empty cache folder, the later ones "
        "(median of three) in the folder it left. Imports of NumPy, scikit-learn and bigtrain are in both.",
        differs="The bar for a later start counts what comes beyond importing Numba; scikit-learn's "
        "import is most of it, so its own time is given beside.",
        rows=[
            row
            for name, settings in cases.items()
            for row in measure(name, repr(settings)[1:-1], 1 if quick else 3)
        ],
    )


def measure(name: str, settings: str, later: int) -> list[dict[str, Cell]]:
    """Return the first start's row and the later ones'."""
    with tempfile.TemporaryDirectory(prefix="numba-cache-") as cache:
        first = start(settings, cache)
        others = [start(settings, cache) for _ in range(later)]
    return [
        {
            "start": f"first, {name}",
            "seconds": first[1],
            "import numba, s": first[0],
            "import scikit-learn, s": None,
            "bar": "≤ 10 s",
        },
        {
            "start": f"later, {name}",
            "seconds": median(seconds for _, seconds in others),
            "import numba, s": median(numba for numba, _ in others),
            "import scikit-learn, s": import_scikit_learn(),
            "bar": "≤ 0.5 s beyond imports",
        },
    ]


def start(settings: str, cache: str) -> tuple[float, float]:
    """Run the script in a process of its own; return its two numbers."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    return run_script(SCRIPT.format(settings=settings), environment)


def import_scikit_learn() -> float:
    """Return the seconds of importing what the estimator needs of scikit-learn, beyond NumPy and Numba."""
    return run_script(SCIKIT_LEARN, dict(os.environ))[0]


def run_script(script: str, environment: dict[str, str]) -> tuple[float, float]:
    """Run Python on a script that prints two numbers."""
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True
    )
    first, second = map(float, done.stdout.split())
    return first, second
