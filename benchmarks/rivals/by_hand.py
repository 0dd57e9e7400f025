"""The whole tracked sweep beside a loop of Optuna and MLflow, as it is often written and at its best."""

from __future__ import annotations

from benchmarks.rivals.comparison import compare
from benchmarks.rivals.sides import loops
from benchmarks.table import Table

ABOUT = (
    "Naive: one job, TPE, a fluent call a value. Best: the quickest of one job and all cores, each trial "
    "logged by MLflow's client in one batch. Bars: after start-up, and in all."
)


def run(quick: bool) -> Table:
    """Compare."""
    return compare("The whole tracked sweep, and a loop by hand", ABOUT, loops(quick), quick)
