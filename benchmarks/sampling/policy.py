"""The best score by the second: samplers and cohort sizes, on the same table and the same trials."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.table import Cell, Table
from benchmarks.tables import write_parquet
from bigtrain.config import SweepConfig
from bigtrain.config.app import compose
from bigtrain.records import FinishedTrial, TrialRecord

POLICIES = (
    ("random", 64),
    ("qmc", 64),
    *((sampler, cohort) for sampler in ("tpe", "rustuna") for cohort in (1, 16, 64, 256)),
)
CLOSE = 1.0002
"""Of the best score that any policy found."""


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
    """Run every policy for as many seconds; say when each came near the best of all."""
    seconds, most, n, p = (60.0, 128, 500, 5) if quick else (10.0, 1_000_000, 20_000, 30)
    policies = POLICIES[:2] if quick else POLICIES
    with tempfile.TemporaryDirectory(prefix="sampling-") as folder:
        path = write_parquet(Path(folder) / "table.parquet", n, p)
        scores = {policy: search(path, *policy, seconds, most) for policy in policies}
    best = min(score for found in scores.values() for _, score in found)
    return Table(
        title="The best score by the second",
        compared=f"{n:,} × {p} rows, 5 folds, the default space, {seconds:g} seconds of asking, training and "
        f"scoring for each policy on one core, without a store. Near: within {CLOSE - 1:.0e} of the best "
        "score that any policy found.",
        differs="One run each, from the same seed. Rustuna is Optuna's own port to "
        "Rust, and asks of the same kind of model as `tpe`.",
        rows=[row(policy, found, best) for policy, found in scores.items()],
    )


def row(policy: tuple[str, int], found: list[tuple[float, float]], best: float) -> dict[str, Cell]:
    """Return what one policy came to."""
    near = next((seconds for seconds, score in found if score <= best * CLOSE), None)
    return {
        "sampler": policy[0],
        "cohort": policy[1],
        "trials": len(found),
        "best, above the best of all": f"{min(score for _, score in found) / best - 1:.1e}",
        "seconds until near": near if near is not None else "never",
    }


def search(
    path: Path, sampler: str, cohort: int, seconds: float, most: int, options: Sequence[str] = ()
) -> list[tuple[float, float]]:
    """Return (second, score) of every completed trial of a policy, with what else is asked."""
    from bigtrain.data import load_dataset, make_folds, split_holdout
    from bigtrain.evaluate import CrossValidation
    from bigtrain.search import run_search

    config: SweepConfig = compose(
        ["data=parquet", f"data.path={path}", "data.target=y", f"sampler={sampler}", f"cohort={cohort}",
         f"n_trials={most}", *options]
    )  # fmt: skip
    dataset = load_dataset("parquet", path=str(path), target="y")
    parts = make_folds(dataset, split_holdout(dataset, config.holdout, 0).train, config.cv, 0)
    with ThreadPoolExecutor(1) as engine:
        validation = CrossValidation(
            dataset, parts, seed=0, scoring="rmse", estimator=config.estimator.params, engine=engine
        )
        validation.folds  # noqa: B018 - prepared before the clock starts
        clock = Clock(seconds)
        known: list[TrialRecord] = []
        with suppress(Over):
            run_search(config, validation, clock, "", known, lambda _: None)
    return clock.scores
