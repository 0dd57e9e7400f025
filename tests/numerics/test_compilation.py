"""Compiled kernels are kept for the versions in use, and for no others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from bigtrain.numerics.compilation import KEPT, prune


def test_the_kernels_of_versions_not_used_lately_are_removed(tmp_path: Path) -> None:
    """Of more folders than are kept, those used last remain, with what is in them."""
    names = [f"version{i}" for i in range(KEPT + 3)]
    for used, name in enumerate(reversed(names)):
        (tmp_path / name / "deeper").mkdir(parents=True)
        (tmp_path / name / "deeper" / "kernel.nbi").touch()
        os.utime(tmp_path / name, (used, used))
    prune(tmp_path)
    assert sorted(names[:KEPT]) == sorted(path.parent.parent.name for path in tmp_path.rglob("kernel.nbi"))


def test_few_versions_are_all_kept(tmp_path: Path) -> None:
    """Nothing is removed before there are too many."""
    for i in range(KEPT):
        (tmp_path / str(i)).mkdir()
    prune(tmp_path)
    assert len(list(tmp_path.iterdir())) == KEPT


TRAINING = """
import gc, json
import numpy as np
from numba.core.dispatcher import Dispatcher
from bigtrain import fit_cohort

X = np.random.default_rng(0).normal(size=(20, 3))
for dtype in (np.float64, np.float32):
    fit_cohort(X.astype(dtype), X[:, 0], [
        {"optimizer": optimizer, "batch_size": size, "max_iter": 2, "tol": None, "shuffle": shuffle}
        for optimizer in ("sgd", "adam") for size in (None, 1, 5) for shuffle in (True, "batches")
    ])
kernels = [each for each in gc.get_objects() if isinstance(each, Dispatcher) and each.overloads]
print(json.dumps({
    "found": sum(sum(kernel.stats.cache_hits.values()) for kernel in kernels),
    "compiled": [kernel.__name__ for kernel in kernels if kernel.stats.cache_misses],
}))
"""


def test_a_later_process_compiles_nothing() -> None:
    """Every kernel that one process has kept is found again by the next, none under another name."""
    _, later = (
        json.loads(subprocess.run([sys.executable, "-c", TRAINING], check=True, capture_output=True).stdout)
        for _ in range(2)
    )
    assert later["compiled"] == []
    assert later["found"] > 0
