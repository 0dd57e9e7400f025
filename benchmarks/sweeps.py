"""Whole sweeps as a user starts them, and when their trials were, read from their own record."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import on_all_cores

NAME = "sweep"


@dataclass(frozen=True)
class Swept:
    """A command and its trials; Unix times.

    Attributes
    ----------
    began, ended : float
        The process.
    starts, ends : sequence of float
        Each trial, by number.
    scores : sequence of float
        Values of the trials that completed.
    """

    began: float
    ended: float
    starts: Sequence[float]
    ends: Sequence[float]
    scores: Sequence[float]


def sweep(folder: Path, options: Sequence[str]) -> Swept:
    """Run ``python -m bigtrain.sweep`` in a folder on all cores."""
    began = time.time()
    on_all_cores([sys.executable, "-m", "bigtrain.sweep", f"name={NAME}", *options], folder)
    ended = time.time()

    from bigtrain.tracking import open_store

    store = open_store(root=folder)
    found = store.find_sweep(NAME)
    assert found is not None
    runs = [store.client.get_run(run_id).info for _, run_id in sorted(store.run_ids(found.sweep_id).items())]
    return Swept(
        began,
        ended,
        [info.start_time / 1e3 for info in runs],
        [info.end_time / 1e3 for info in runs],
        [record.values[0] for record in found.records if record.values],
    )
