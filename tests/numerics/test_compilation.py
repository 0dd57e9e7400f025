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
import numba
import numpy as np
from numba.core.dispatcher import Dispatcher

before = numba.config.CACHE_DIR
from bigtrain import fit_cohort

X = np.random.default_rng(0).normal(size=(20, 3))
fit_cohort(X, X[:, 0], [
    {"optimizer": "adam", "batch_size": size, "max_iter": 2, "tol": None, "shuffle": shuffle}
    for size, shuffle in [(None, True), (5, True), (5, "batches")]
])
assert numba.config.CACHE_DIR == before
kernels = [each for each in gc.get_objects() if isinstance(each, Dispatcher) and each.overloads]
print(json.dumps({
    "found": sum(sum(kernel.stats.cache_hits.values()) for kernel in kernels),
    "compiled": sorted({kernel.__name__ for kernel in kernels if kernel.stats.cache_misses}),
}))
"""


def test_kernels_are_compiled_once_into_the_users_cache(tmp_path: Path) -> None:
    """A later process finds what an earlier one compiled; nothing else is written, numba is as it was."""
    home = {"XDG_CACHE_HOME": f"{tmp_path}/cache", "HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-W", "ignore", "-c", TRAINING]
    first, later = (
        json.loads(subprocess.run(command, env=home, cwd=tmp_path, check=True, capture_output=True).stdout)
        for _ in range(2)
    )
    assert {"product", "update", "descend_statistics"} <= set(first["compiled"])
    assert first["found"] == 0
    assert later["compiled"] == []
    assert later["found"] > 0
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
