"""The recipe ``automl`` beside FLAML: the same seconds, cores, training rows and holdout.

``FLAML_PYTHON`` names a Python that has FLAML (it wants libraries of its own), ``AUTOML_TABLES`` tables as
``FILE.csv:TARGET,FILE.csv:TARGET``, ``AUTOML_SECONDS`` the budget.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.machine import on_all_cores
from benchmarks.table import NOT_INSTALLED, Cell, Table

SEED, HOLDOUT = 0, 0.2
TARGET = "what_is_predicted"
"""The name that the target gets: a table's own columns may be called anything else, y too."""


def run(quick: bool) -> Table:
    """Run both on each table, one after the other."""
    seconds = 8.0 if quick else float(os.environ.get("AUTOML_SECONDS", "60"))
    tables = [table for table in os.environ.get("AUTOML_TABLES", "").split(",") if table]
    rows: list[dict[str, Cell]] = []
    for table in tables or [None]:
        with tempfile.TemporaryDirectory(prefix="automl-") as name:
            folder = Path(name)
            about = {"table": write_table(folder, table, 400 if quick else 20_000)}
            rows += [about | bigtrain(folder, seconds), about | flaml(folder, seconds)]
    return Table(
        title="The recipe `automl` and FLAML",
        compared=f"{seconds:g} s of search and blending here, of search in FLAML, each on all cores and "
        "alone, from the same training rows; R² is that of the fifth of the rows that is held out.",
        differs="The seconds are those of the whole command: here from the start of the process to a "
        "registered model with every trial on record, there to a model in memory. One run each, one seed.",
        rows=rows,
    )


def write_table(folder: Path, given: str | None, n: int) -> str:
    """Write all rows for one side, training rows and holdout apart for the other; say what they are."""
    from bigtrain.data import load_dataset, split_holdout

    path, _, target = given.rpartition(":") if given else ("", "", TARGET)
    table = pd.read_csv(path).rename(columns={target: TARGET}) if path else made(n)
    table.to_csv(folder / "table.csv", index=False)
    dataset = load_dataset("csv", path=str(folder / "table.csv"), target=TARGET)
    split = split_holdout(dataset, HOLDOUT, SEED)
    for part, rows in (("train", split.train), ("test", split.holdout)):
        table.iloc[rows].to_csv(folder / f"{part}.csv", index=False)
    name = Path(path).stem if path else "Friedman's function with a category and noise"
    return f"{name}, {len(table):,} rows"


def made(n: int) -> pd.DataFrame:
    """Return Friedman's first function, another for each of three categories, and noise."""
    rng = np.random.default_rng(SEED)
    X, kind = rng.uniform(size=(n, 10)), rng.integers(3, size=n)
    y = 10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2 + 10 * X[:, 3] + 5 * X[:, 4]
    table = pd.DataFrame({f"x{i}": X[:, i] for i in range(10)})
    return table.assign(
        kind=np.array(["a", "b", "c"])[kind], **{TARGET: y + 4 * kind * X[:, 5] + rng.normal(size=n)}
    )


def bigtrain(folder: Path, seconds: float) -> dict[str, Cell]:
    """Run the recipe as a command."""
    began = time.perf_counter()
    on_all_cores(
        [
            sys.executable, "-m", "bigtrain.sweep", "sweeps=automl", "data=csv", "data.path=table.csv",
            f"data.target={TARGET}", f"seed={SEED}", f"holdout={HOLDOUT}", f"timeout={seconds}",
            "name=automl", "verbose=0", "report=false",
        ],
        folder,
    )  # fmt: skip
    whole = time.perf_counter() - began

    from bigtrain.tracking import open_store

    found = open_store(root=folder).find_sweep("automl")
    assert found is not None
    made_of = found.tags.get("bigtrain.blend") or "the best trial"
    return {
        "by": "bigtrain", "R²": f"{found.metrics['holdout_r2']:.4f}", "seconds": whole,
        "made of": f"{made_of}, of {len(found.records)} trials",
    }  # fmt: skip


def flaml(folder: Path, seconds: float) -> dict[str, Cell]:
    """Run FLAML in its own Python."""
    python = os.environ.get("FLAML_PYTHON")
    if not python:
        return {"by": "FLAML", "R²": NOT_INSTALLED, "seconds": None, "made of": None}
    began = time.perf_counter()
    rival = str(Path(__file__).with_name("rival.py"))
    said = on_all_cores([python, rival, str(folder), TARGET, str(seconds), str(os.cpu_count())], folder)
    found = json.loads(said.splitlines()[-1])
    return {
        "by": "FLAML", "R²": f"{found['r2']:.4f}", "seconds": time.perf_counter() - began,
        "made of": found["made of"],
    }  # fmt: skip
