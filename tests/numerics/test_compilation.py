"""Compiled kernels are kept for the versions in use, and for no others."""

from __future__ import annotations

import os
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
