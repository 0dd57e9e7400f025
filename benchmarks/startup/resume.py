"""What it costs to go on after 1,000 finished trials."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.sweeps import sweep
from benchmarks.table import Cell, Table

SAMPLERS = ("random", "tpe")
COHORT = 16


def run(quick: bool) -> Table:
    """For each sampler, run a sweep, then ask it for more."""
    before = 2 * COHORT if quick else 1_000 - 1_000 % COHORT
    samplers = SAMPLERS[:1] if quick else SAMPLERS
    with tempfile.TemporaryDirectory(prefix="resume-") as folder:
        rows = [extended(Path(folder) / sampler, sampler, before) for sampler in samplers]
    return Table(
        title="Resuming",
        compared=f"A sweep of {before} finished trials of the diabetes table is asked for {COHORT} more: "
        "seconds from the start of the process to the start of its first new trial, beside those of the same "
        "command's first trial in an empty folder. SQLite on disk, all cores.",
        differs="One run each. To ask is in it.",
        rows=rows,
    )


def extended(folder: Path, sampler: str, before: int) -> dict[str, Cell]:
    """Return the row of one sampler."""
    folder.mkdir()
    options = [f"sampler={sampler}", f"cohort={COHORT}", "report=false"]
    fresh = sweep(folder, [*options, f"n_trials={before}"])
    resumed = sweep(folder, [*options, f"n_trials={before + COHORT}"])
    startup, until = fresh.starts[0] - fresh.began, resumed.starts[before] - resumed.began
    return {
        "sampler": sampler,
        "trials before": before,
        "start-up, s": startup,
        "until the first new trial, s": until,
        "beyond start-up, s": until - startup,
        "bar": "≤ 3 s",
    }
