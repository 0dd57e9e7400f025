"""What recording one finished trial costs: a cohort in one transaction, MLflow's client, fluent calls."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path

import mlflow

from benchmarks.table import Cell, Table, times
from benchmarks.timing import side_by_side
from bigtrain.records import FinishedTrial, Outcome, Trial, TrialState
from bigtrain.tracking import Store, SweepStart, open_store
from bigtrain.tracking.client_trials import ClientTrials
from bigtrain.tracking.quiet import quiet

BARS = {100: "≤ 1.5 ms", 10: "", 0: "≤ 0.2 ms"}
SETTINGS = {f"parameter_{index}": 0.1 * index for index in range(10)}
NOW = 1_700_000_000_000


def run(quick: bool) -> Table:
    """Record cohorts of trials with curves of different lengths."""
    ours, theirs = (4, 2) if quick else (64, 8)
    return Table(
        title="Recording a trial",
        compared="10 params, one metric and a curve of so many points, into SQLite on disk. Ours: cohorts "
        f"of {ours} in one transaction each. MLflow's client: create_run, log_batch for params and for "
        "metrics, set_terminated, set_tag. Fluent: start_run, log_params, log_metric point by point, "
        f"set_tag ({theirs} trials each). Each into a store of its own. Milliseconds a trial, medians of the "
        "rounds.",
        differs="Ours and the client leave the same rows; fluent calls leave fewer tags. A store on a server "
        "adds its distance.",
        rows=[measure(points, bar, ours, theirs, 1 if quick else 5) for points, bar in BARS.items()],
    )


def measure(points: int, bar: str, ours: int, theirs: int, rounds: int) -> dict[str, Cell]:
    """Return the row for one length of curve."""
    with tempfile.TemporaryDirectory(prefix="record-") as folder, quiet():
        # A store for each: what one writes empties another connection's cache of pages.
        own, clients, fluents = (open_store(root=Path(folder, side)) for side in ("own", "client", "fluent"))
        by_client = Store(clients.address, clients.client, ClientTrials(clients.client))
        sides = {
            "ours": recorder(own, points, ours),
            "client": recorder(by_client, points, theirs),
            "fluent": fluent(fluents, points, theirs),
        }
        timings = side_by_side(sides, rounds)
    cost = {
        side: 1e3 * timings.median(side) / size
        for side, size in (("ours", ours), ("client", theirs), ("fluent", theirs))
    }
    return {
        "points": points,
        "ours, ms": cost["ours"],
        "bar": bar,
        "MLflow's client, ms": cost["client"],
        "fluent, ms": cost["fluent"],
        "ours over client": times(cost["client"] / cost["ours"]),
    }


def recorder(store: Store, points: int, size: int) -> Callable[[], None]:
    """Return what records one more cohort of a sweep of its own."""
    sweep_id = store.start_sweep(SweepStart(type(store._trials).__name__, {}, ""))
    first = itertools.count(step=size)

    def record() -> None:
        start = next(first)
        store.write_trials(sweep_id, [finished(number, points) for number in range(start, start + size)])

    return record


def finished(number: int, points: int) -> FinishedTrial:
    """Return a finished trial."""
    curve = {"val_rmse": [(epoch, 1.0 / epoch) for epoch in range(1, points + 1)]}
    outcome = Outcome(TrialState.COMPLETE, (1.0,), {"cv_rmse": 1.0}, curve)
    return FinishedTrial(Trial(number, SETTINGS, SETTINGS), outcome, NOW + number, NOW + number + 1)


def fluent(store: Store, points: int, size: int) -> Callable[[], None]:
    """Return what records as many trials the way MLflow's own examples do."""

    def record() -> None:
        mlflow.set_tracking_uri(store.address.uri)
        mlflow.set_experiment("fluent")
        for _ in range(size):
            with mlflow.start_run():
                mlflow.log_params(SETTINGS)
                mlflow.log_metric("cv_rmse", 1.0)
                for epoch in range(1, points + 1):
                    mlflow.log_metric("val_rmse", 1.0 / epoch, step=epoch)
                mlflow.set_tag("bigtrain.trial", finished(0, points).record.to_json())

    return record
