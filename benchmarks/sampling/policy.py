"""The best score by the second: samplers and cohort sizes, on the same table and the same trials."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias, TypeVar

from benchmarks.table import Cell, Table
from benchmarks.tables import write_parquet
from bigtrain.config import SweepConfig
from bigtrain.config.app import compose
from bigtrain.records import FinishedTrial, TrialRecord

Key = TypeVar("Key")

POLICIES = (
    ("random", 64),
    ("qmc", 64),
    *((sampler, cohort) for sampler in ("tpe", "rustuna") for cohort in (1, 16, 64, 256)),
)
SEEDS = (0, 1, 2)
SECONDS = 6.0
CLOSE = 1.001
"""Of the best score that anyone found on the table."""

ROWS, COLUMNS = 3_000, 120
"""So few rows for so many correlated columns that strengths and rates decide, and not the least squares."""


class Over(Exception):  # noqa: N818 - how each of these searches ends
    """The seconds are spent."""


class Clock:
    """A store that notes when each trial was known, in seconds that this process has computed for.

    Parameters
    ----------
    seconds : float
        When to end.
    """

    def __init__(self, seconds: float) -> None:
        self.began, self.seconds, self.scores = time.process_time(), seconds, []

    def write_trials(self, _: str, trials: list[FinishedTrial]) -> None:
        """Note when trials are known, and their values."""
        now = time.process_time() - self.began
        if now > self.seconds:
            raise Over
        self.scores += [(now, trial.outcome.values[0]) for trial in trials if trial.outcome.values]

    def progress(self, _: str, best: Any) -> None:
        """Forget it."""


def run(quick: bool) -> Table:
    """Run every policy for as many seconds from each seed; say when each came near the best of all."""
    found = race({(name, size): (name, size, ()) for name, size in POLICIES[: 2 if quick else None]}, quick)
    return Table(
        title="The best score by the second",
        compared=f"{about(quick)}. Near: within {CLOSE - 1:.0e} of the best score that any policy found.",
        differs="Medians of the seeds. Rustuna is Optuna's own port to Rust; its TPE models each knob by "
        "itself, `tpe` those of a branch together.",
        rows=[{"sampler": name, "cohort": size, **cells} for (name, size), cells in found.items()],
    )


Entrant: TypeAlias = tuple[str, int, Sequence[str]]
"""A sampler, a size of cohorts, and what else is asked."""

Scores: TypeAlias = list[tuple[float, float]]
"""(second, score) of every completed trial."""


def about(quick: bool) -> str:
    """Say what everyone in a race is given."""
    seconds, seeds, n, p = sizes(quick)[:4]
    return (
        f"{n:,} × {p} rows, 5 folds, the default space, {seconds:g} seconds of asking, training and scoring "
        f"on one core from each of {len(seeds)} seeds, without a store"
    )


def sizes(quick: bool) -> tuple[float, Sequence[int], int, int, int]:
    """Return the seconds, the seeds, rows and columns of the table, and the most trials."""
    return (60.0, SEEDS[:1], 500, 5, 128) if quick else (SECONDS, SEEDS, ROWS, COLUMNS, 1_000_000)


def race(entrants: Mapping[Key, Entrant], quick: bool) -> dict[Key, dict[str, Cell]]:
    """Let everyone search the same table from the same seeds; return what came of each."""
    seconds, seeds, n, p, most = sizes(quick)
    with tempfile.TemporaryDirectory(prefix="sampling-") as folder:
        path = write_parquet(Path(folder) / "table.parquet", n, p)
        for entrant in entrants.values():  # what is compiled and imported once is nobody's time
            search(path, *entrant, 0, 60.0, 2 * entrant[1])
        found = {
            key: [search(path, *entrant, seed, seconds, most) for seed in seeds]
            for key, entrant in entrants.items()
        }
    best = [min(lowest(runs[i]) for runs in found.values()) for i in range(len(seeds))]
    return {key: cells(runs, best) for key, runs in found.items()}


def cells(runs: Sequence[Scores], best: Sequence[float]) -> dict[str, Cell]:
    """Return what came of the runs from each seed, beside the best of all from that seed."""
    near = [
        next((seconds for seconds, score in run if score <= least * CLOSE), math.inf)
        for run, least in zip(runs, best, strict=True)
    ]
    above = [lowest(run) / least - 1 for run, least in zip(runs, best, strict=True)]
    middle = median(near)
    return {
        "trials": round(median(len(run) for run in runs)),
        "best, above the best of all": f"{median(above):.1e}" if math.isfinite(median(above)) else "none",
        "seconds until near": middle if math.isfinite(middle) else "never",
        "seeds near": f"{sum(map(math.isfinite, near))} of {len(near)}",
    }


def lowest(run: Scores) -> float:
    """Return the best score of a run; infinite where no cohort came to its end."""
    return min((score for _, score in run), default=math.inf)


def search(
    path: Path, sampler: str, cohort: int, options: Sequence[str], seed: int, seconds: float, most: int
) -> Scores:
    """Search for so many seconds and trials at most; return when each trial was known, and its score."""
    from bigtrain.data import load_dataset, make_folds, split_holdout
    from bigtrain.evaluate import CrossValidation
    from bigtrain.search import run_search

    config: SweepConfig = compose(
        ["data=parquet", f"data.path={path}", "data.target=y", f"sampler={sampler}", f"cohort={cohort}",
         f"n_trials={most}", f"seed={seed}", *options]
    )  # fmt: skip
    dataset = load_dataset("parquet", path=str(path), target="y")
    parts = make_folds(dataset, split_holdout(dataset, config.holdout, seed).train, config.cv, seed)
    with ThreadPoolExecutor(1) as engine:
        validation = CrossValidation(
            dataset, parts, seed=seed, scoring="rmse", estimator=config.estimator.params, engine=engine
        )
        validation.folds  # noqa: B018 - prepared before the clock starts
        clock = Clock(seconds)
        known: list[TrialRecord] = []
        with suppress(Over):
            run_search(config, validation, clock, "", known, lambda _: None)
    return clock.scores
