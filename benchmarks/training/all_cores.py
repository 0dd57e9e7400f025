"""The sweep with every core for both sides: ``python -m benchmarks.training.all_cores`` prints seconds."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

from benchmarks.machine import on_all_cores
from benchmarks.table import NOT_INSTALLED, Table, times
from benchmarks.timing import Timings, side_by_side
from benchmarks.training.sweep import jax_variants
from benchmarks.training.workloads import adam_with_l1, make_folds, table
from bigtrain import fit_cohort


def run(quick: bool) -> Table:
    """Time our sweep in threads beside JAX's, in a process that has not been held to one core."""
    command = [sys.executable, "-m", "benchmarks.training.all_cores", "quick" if quick else "whole"]
    seconds = json.loads(on_all_cores(command, Path.cwd()).splitlines()[-1])
    timings, count = Timings(seconds), 6 if quick else 256
    jax_sides = [side for side in seconds if side.startswith("JAX")]
    rival = timings.best(*jax_sides) if jax_sides else "JAX"
    ratio = f"ours is {times(timings.ratio(rival, 'bigtrain'))} as fast" if jax_sides else NOT_INSTALLED
    rows = [
        {
            "work": side,
            "seconds": timings.median(side),
            "settings a second": count / timings.median(side),
            "ratio": ratio if side == rival else None,
            "bar": "≥ 1.5×" if side == rival else None,
        }
        for side in sorted(seconds, key=lambda side: (side != "bigtrain", side != rival))
    ]
    if not jax_sides:
        rows.append(
            {"work": "JAX", "seconds": None, "settings a second": None, "ratio": ratio, "bar": "≥ 1.5×"}
        )
    return Table(
        title="The same sweep on all cores",
        compared=f"The sweep of the table before, with `n_jobs=-1` for us and JAX's own threads for JAX, on "
        f"{os.cpu_count()} cores. Its four spellings are tried again, for another may be the fastest here.",
        differs="Ours shares folds and blocks of settings out to threads; XLA splits single operations.",
        rows=rows,
    )


def main() -> None:
    """Print the seconds of each side and round as JSON."""
    quick = sys.argv[1:] == ["quick"]
    n, p, count, steps, rounds = (600, 8, 6, 20, 1) if quick else (100_000, 100, 256, 200, 9)
    X, y = table(n, p)
    folds, settings = make_folds(n), adam_with_l1(count, steps)
    timings = side_by_side(
        {
            "bigtrain": lambda: np.asarray(
                fit_cohort(X, y, settings, folds=folds, curves=False, n_jobs=-1).scores
            ),
            **jax_variants(X, y, folds, settings, steps),
        },
        rounds,
    )
    print(json.dumps(dict(timings.seconds)))


if __name__ == "__main__":
    main()
