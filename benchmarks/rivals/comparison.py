"""200 tracked trials × 5 folds on a table of California's size, by bigtrain and by what else could do it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.machine import on_all_cores
from benchmarks.rivals import sides
from benchmarks.rivals.task import FILE
from benchmarks.sweeps import sweep
from benchmarks.table import NOT_INSTALLED, Cell, Table, times
from benchmarks.tables import write_parquet

FOLDS, SEED, HOLDOUT = 5, 0, 0.2


@dataclass(frozen=True)
class Run:
    """One run of one side.

    Attributes
    ----------
    startup : float
        Seconds from the start of the process to its first trial.
    per_trial, finish : float
        Seconds a trial, and from the end of the last one to the end of the process.
    trials : int
        How many it was.
    best : float
        The best RMSE, the mean over the folds.
    """

    startup: float
    per_trial: float
    finish: float
    trials: int
    best: float

    def after_startup(self, trials: int) -> float:
        """Return the seconds that so many trials take, with what follows them."""
        return trials * self.per_trial + self.finish

    def whole(self, trials: int) -> float:
        """Return the seconds from the start of the process to its end."""
        return self.startup + self.after_startup(trials)


def compare(title: str, about: str, rivals: Sequence[sides.Rival], quick: bool) -> Table:
    """Run every side once, one after another; the quickest of several settings stands for a rival.

    Parameters
    ----------
    title, about : str
        The table's title, and what is to be said of these rivals.
    rivals : sequence of Rival
        Who takes part beside bigtrain.
    quick : bool
        Whether to run tiny sizes.
    """
    rows, trials, fewer, seconds = (400, 8, 2, 4.0) if quick else (20_640, 200, 24, 30.0)
    with tempfile.TemporaryDirectory(prefix="rivals-") as name:
        home = Path(name)
        write_task(home, rows)
        bigtrain(home, 4, [])  # compiles what isn't compiled yet
        ours = {said: bigtrain(home, trials, options) for said, options in sides.OURS.items()}
        theirs = {
            rival.name: quickest(home, rival, trials if rival.whole else fewer, seconds, trials)
            for rival in rivals
        }
    return Table(
        title=title,
        compared=f"{trials} trials × {FOLDS} folds on {rows:,} × 9 rows, a fifth of them held out, SQLite on "
        "disk, all cores, from the start of the process to the registered model, each side alone. Ours "
        "searches its default space of optimizers: as shipped, with tpe in cohorts of 16 and a report; all "
        "at once, with qmc in one cohort and without a report, which no rival draws either. Rivals search "
        "eta0, alpha, l1_ratio, schedule and averaging of a scaled `SGDRegressor` on the same training rows "
        "and folds. Start-up ends with the first trial. Rivals ran the trials shown; their seconds are for "
        f"{trials}.",
        differs=f"{about} One run each, one seed; kernels were compiled before. Rivals are told the "
        "requirements that MLflow would take seconds to infer. What a rival finds is another model's score.",
        rows=[row(name, found, ours, trials) for name, found in (ours | theirs).items()],
    )


def row(name: str, found: Run | None, ours: Mapping[str, Run], trials: int) -> dict[str, Cell]:
    """Return one side's row, with how many times as long as each of ours it takes."""
    if found is None:
        columns = row(name, ours[sides.DEFAULTS], ours, trials)
        return {**dict.fromkeys(columns), "by": name, "trials run": NOT_INSTALLED}
    return {
        "by": name,
        "trials run": found.trials,
        "start-up, s": found.startup,
        "ms a trial": 1e3 * found.per_trial,
        f"{trials} trials, s": found.whole(trials),
        **ratios("", found, ours[sides.DEFAULTS], trials),
        **ratios("all at once: ", found, ours[sides.ONE_COHORT], trials),
        "bar": sides.BARS.get(name, ""),
        "best RMSE": f"{found.best:.5f}",
    }


def ratios(title: str, found: Run, ours: Run, trials: int) -> dict[str, Cell]:
    """Return how many times as long as ours a side takes."""
    return {
        f"{title}after start-up": times(found.after_startup(trials) / ours.after_startup(trials)),
        f"{title}in all": times(found.whole(trials) / ours.whole(trials)),
    }


def write_task(home: Path, n: int) -> None:
    """Write the whole table for us, training rows with the number of their fold for the others."""
    from bigtrain.data import load_dataset, make_folds, split_holdout

    path = write_parquet(home / "table.parquet", n, 9)
    dataset = load_dataset("parquet", path=str(path), target="y")
    train = split_holdout(dataset, HOLDOUT, SEED).train
    fold = np.full(len(dataset.y), -1)
    for number, (_, test) in enumerate(make_folds(dataset, train, FOLDS, SEED)):
        fold[test] = number
    np.savez(home / FILE, X=dataset.X.to_numpy(float)[train], y=dataset.y[train], fold=fold[train])


def bigtrain(home: Path, trials: int, options: Sequence[str]) -> Run:
    """Run the command in a folder of its own."""
    given = [
        "data=parquet", f"data.path={home}/table.parquet", "data.target=y", f"n_trials={trials}",
        f"cv={FOLDS}", f"seed={SEED}", f"holdout={HOLDOUT}", *options,
    ]  # fmt: skip
    done = sweep(Path(tempfile.mkdtemp(dir=home)), given)
    first, last = done.starts[0], max(done.ends)
    return Run(first - done.began, (last - first) / trials, done.ended - last, trials, min(done.scores))


def quickest(home: Path, rival: sides.Rival, count: int, seconds: float, trials: int) -> Run | None:
    """Return a rival's quickest setting; None where it isn't installed."""
    python = os.environ.get(rival.python) if rival.python else sys.executable
    if not python:
        return None
    runs = [script(home, [python, *rival.command(home, count, seconds, jobs)]) for jobs in rival.jobs]
    return min(runs, key=lambda found: found.whole(trials))


def script(home: Path, command: Sequence[str]) -> Run:
    """Run a rival's script in a folder of its own."""
    folder = Path(tempfile.mkdtemp(dir=home))
    began = time.time()
    said = on_all_cores(command, folder)
    ended = time.time()
    found = json.loads(said.splitlines()[-1])
    per_trial = (found["searched"] - found["first"]) / found["trials"]
    return Run(found["first"] - began, per_trial, ended - found["searched"], found["trials"], found["best"])
