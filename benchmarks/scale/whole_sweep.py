"""4,096 tracked trials on 100,000 × 100 with 5 folds: trials a second, and where the seconds go."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.machine import on_all_cores
from benchmarks.table import Cell, Table
from benchmarks.tables import write_parquet

POLICIES = (("qmc", "none"), ("qmc", "halving"), ("rustuna", "none"), ("tpe", "none"), ("tpe", "halving"))
"""Samplers and pruners; rustuna learns nothing from trials that are pruned."""

PARTS = ("imports and configuration", "reading the table", "asking", "training and scoring", "recording")
SPACE = (
    "space={optimizer:{choices:{nesterov:{learning_rate:{low:0.001,high:0.02,log:true},momentum:{low:0.5,high:0.98}},"
    "adam:{learning_rate:{low:0.01,high:0.3,log:true}}}},batch_size:null,"
    "l1:{low:1e-7,high:0.1,log:true},l2:{low:1e-7,high:0.1,log:true}}"
)


def run(quick: bool) -> Table:
    """Run the command once for each policy, each in a folder of its own."""
    n, p, trials, cohort = (2_000, 10, 64, 32) if quick else (100_000, 100, 4_096, 256)
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        home = Path(folder)
        optimum = exact_optimum(write_parquet(home / "table.parquet", n, p))
        sweep(home, "qmc", "halving", cohort, cohort, optimum)  # compiles what isn't compiled yet
        rows = [
            sweep(home, sampler, pruner, trials, cohort, optimum)
            for sampler, pruner in POLICIES[: 2 if quick else None]
        ]
    return Table(
        title="A whole sweep",
        compared=f"{trials:,} tracked trials of full-batch Nesterov and Adam with l1 and l2, {n:,} × {p} "
        f"rows, 5 folds, cohorts of {cohort}, SQLite on disk: from the start of the process to the "
        "registered champion, on all cores. The exact optimum is the best of 60 ridge strengths on the same "
        "folds, each solved exactly. Bars: ≥ 300 trials a second, within 1e-3 of the optimum.",
        differs="One run each; kernels were compiled before. Trained: trials that no pruner ended, which "
        "have a score; all are recorded. A cohort is recorded while the next one trains, so that these two "
        "overlap; opening the store, refitting, scoring the holdout and the baselines, and registering are "
        "in no part.",
        rows=rows,
    )


def sweep(home: Path, sampler: str, pruner: str, trials: int, cohort: int, optimum: float) -> dict[str, Cell]:
    """Return the row of one policy."""
    folder = home / f"{sampler}-{pruner}-{trials}"
    folder.mkdir()
    overrides = [
        "data=parquet", f"data.path={home}/table.parquet", "data.target=y", "space=none", SPACE,
        f"sampler={sampler}", f"pruner={pruner}", f"n_trials={trials}", f"cohort={cohort}", "name=scale",
        "verbose=0", "report=false",
    ]  # fmt: skip
    on_all_cores([sys.executable, "-m", "benchmarks.scale.timed_sweep", "seconds.json", *overrides], folder)
    seconds = json.loads((folder / "seconds.json").read_text())
    values = scores(folder)
    return {
        "sampler": sampler,
        "pruner": pruner,
        "seconds": seconds["all"],
        "trials a second": trials / seconds["all"],
        **{part: seconds.get(part, 0.0) for part in PARTS},
        "trained": len(values),
        "above the optimum": f"{min(values) / optimum - 1:.1e}",
    }


def scores(folder: Path) -> list[float]:
    """Return the values of all trials that were trained to their end in the sweep of a folder."""
    from bigtrain.tracking import open_store

    found = open_store(root=folder).find_sweep("scale")
    assert found is not None
    return [record.values[0] for record in found.records if record.values]


def exact_optimum(path: Path) -> float:
    """Return the least cross-validated RMSE that a ridge strength gives, on the sweep's own folds."""
    from bigtrain.data import load_dataset, make_folds, split_holdout

    dataset = load_dataset("parquet", path=str(path), target="y")
    X, y = dataset.X.to_numpy(), dataset.y
    strengths = np.append(0.0, np.geomspace(1e-9, 1e-1, 59))
    errors = []
    for train, test in make_folds(dataset, split_holdout(dataset, 0.2, 0).train, 5, 0):
        mean, deviation = X[train].mean(0), X[train].std(0)
        A, B = (X[train] - mean) / deviation, (X[test] - mean) / deviation
        values, vectors = np.linalg.eigh(A.T @ A / len(A))
        projected = vectors.T @ (A.T @ (y[train] - y[train].mean()) / len(A))
        W = vectors @ (projected[:, None] / (values[:, None] + 2 * strengths))
        residuals = y[test, None] - y[train].mean() - B @ W
        errors.append(np.sqrt(np.mean(residuals**2, axis=0)))
    return float(np.mean(errors, axis=0).min())
