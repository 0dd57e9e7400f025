"""Pruning: how soon a good score is found with trials that end early, and without."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.sampling.policy import CLOSE, row, search
from benchmarks.table import Table
from benchmarks.tables import write_parquet

PRUNERS = ("none", "halving", "hyperband", "median")
COHORT = 64
"""Halving compares the trials of a cohort, so that it needs some."""


def run(quick: bool) -> Table:
    """Run every pruner for as many seconds; say when each came near the best of all."""
    seconds, most, n, p = (60.0, 128, 500, 5) if quick else (10.0, 1_000_000, 20_000, 30)
    pruners = PRUNERS[:2] if quick else PRUNERS
    with tempfile.TemporaryDirectory(prefix="pruning-") as folder:
        path = write_parquet(Path(folder) / "table.parquet", n, p)
        # Rows drawn afresh have no statistics to share: every epoch that is saved is a pass over the rows.
        options = ["estimator.params.shuffle=true", "estimator.params.tol=null"]
        scores = {
            pruner: search(path, "tpe", COHORT, seconds, most, [*options, f"pruner={pruner}"])
            for pruner in pruners
        }
    best = min(score for found in scores.values() for _, score in found)
    rows = [{"pruner": pruner, **row(("tpe", COHORT), found, best)} for pruner, found in scores.items()]
    return Table(
        title="The best score by the second, with and without pruning",
        compared=f"{n:,} × {p} rows, 5 folds, the default space with rows drawn afresh each epoch and no "
        f"stopping by `tol`, {seconds:g} seconds of asking, training and scoring for each pruner on one "
        f"core, without a store. Near: within {CLOSE - 1:.0e} of the best score of all. Trials: those that "
        "were trained to their end.",
        differs="One run each, from the same seed.",
        rows=rows,
    )
