"""What a sweep costs besides its training: asking, telling, recording, and keeping the progress."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.table import Cell, Table
from benchmarks.timing import side_by_side
from bigtrain.config.app import compose
from bigtrain.records import METRICS, Judge, Outcome, Trial, TrialState
from bigtrain.search import run_search
from bigtrain.tracking import Store, SweepStart, open_store

BARS = {"tpe": "≤ 6 ms", "random": "≤ 1 ms", "qmc": "≤ 1 ms"}
CURVES = (0, 100)
FOLDS = 5


def run(quick: bool) -> Table:
    """Search with an evaluation that answers at once."""
    n_trials, rounds = (16, 1) if quick else (200, 5)
    with tempfile.TemporaryDirectory(prefix="overhead-") as folder:
        store = open_store(root=Path(folder))
        rows = [measure(store, sampler, n_trials, rounds) for sampler in BARS]
    return Table(
        title="Everything but training",
        compared=f"The shipped space and a sweep of {n_trials} trials in cohorts of 16, with {FOLDS} folds' "
        "scores each, into SQLite on disk; the evaluation answers at once. Milliseconds a trial, medians of "
        f"{rounds} whole searches: asking, telling, recording, the best so far.",
        differs="Start and end of a sweep are not in it. The sampler is most of the first row.",
        rows=rows,
    )


def measure(store: Store, sampler: str, n_trials: int, rounds: int) -> dict[str, Cell]:
    """Return the row of one sampler."""
    config = compose([f"sampler={sampler}", f"n_trials={n_trials}", "cohort=16"])
    with store.hold(sampler):
        started = [
            store.start_sweep(SweepStart(f"{sampler}-{number}", {}, ""))
            for number in range(len(CURVES) * (rounds + 1))
        ]

        def search(points: int) -> None:
            run_search(config, Answers(points), store, started.pop(), [], lambda _: None)

        sides = {str(points): lambda points=points: search(points) for points in CURVES}
        timings = side_by_side(sides, rounds)
    cost = {points: 1e3 * timings.median(str(points)) / n_trials for points in CURVES}
    return {
        "sampler": sampler,
        "ms a trial": cost[0],
        "bar": BARS[sampler],
        **{f"ms with a curve of {points} points": cost[points] for points in CURVES if points},
    }


class Answers:
    """An evaluation that knows the score beforehand: a bowl over the learning rate."""

    def __init__(self, points: int) -> None:
        self._epochs = range(1, points + 1)

    def evaluate(
        self,
        trials: Sequence[Trial],
        judge: Judge | None = None,  # noqa: ARG002 - of the protocol
        until: float | None = None,  # noqa: ARG002
    ) -> Sequence[Outcome]:
        """Score trials."""
        return [self._outcome(float(trial.settings["learning_rate"] or 0.0)) for trial in trials]

    def _outcome(self, rate: float) -> Outcome:
        value = (rate - 0.1) ** 2
        metrics = {f"cv_{name}": value for name in METRICS}
        metrics |= {f"fold_{fold}_{name}": value for fold in range(FOLDS) for name in METRICS}
        curves = {"val_rmse": [(epoch, value / epoch) for epoch in self._epochs]} if self._epochs else {}
        return Outcome(TrialState.COMPLETE, (value,), metrics, curves)

    def stop(self) -> None:
        """Have nothing to stop."""
