"""Pruning: how soon a good score is found with trials that end early, and without."""

from __future__ import annotations

from benchmarks.sampling.policy import CLOSE, about, race
from benchmarks.table import Table

PRUNERS = ("none", "halving", "hyperband", "median")
COHORT = 64
"""Halving compares the trials of a cohort, so that it needs some."""

FRESH = ("estimator.params.shuffle=true", "estimator.params.tol=null")
"""Rows drawn afresh leave no statistics for the next epoch: each that is saved is a pass over the rows."""


def run(quick: bool) -> Table:
    """Run every pruner for as many seconds from each seed; say when each came near the best of all."""
    entrants = {
        pruner: ("tpe", COHORT, (*FRESH, f"pruner={pruner}")) for pruner in PRUNERS[: 2 if quick else None]
    }
    return Table(
        title="The best score by the second, with and without pruning",
        compared=f"{about(quick)}; sampler `tpe`, cohorts of {COHORT}, rows drawn afresh each epoch and no "
        f"stopping by `tol`. Near: within {CLOSE - 1:.0e} of the best score of all. Trials: those that were "
        "trained to their end.",
        differs="Medians of the seeds.",
        rows=[{"pruner": pruner, **cells} for pruner, cells in race(entrants, quick).items()],
    )
