"""Teach a small model what a registered one predicts, and register it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame
from sklearn.pipeline import Pipeline

from bigtrain.compression.shrinking import inputs_read
from bigtrain.compression.wording import in_words
from bigtrain.data import Dataset
from bigtrain.deploy.footprint import Footprint
from bigtrain.deploy.holdout import Table, require_table
from bigtrain.deploy.loading import LoadedModel, find_version
from bigtrain.deploy.predicting import predict_rows
from bigtrain.distillation.neighbours import between
from bigtrain.distillation.student import choose, train
from bigtrain.errors import DataError
from bigtrain.registry.derived import Derivation, give_alias, register_derived
from bigtrain.registry.promotion import promote
from bigtrain.registry.versions import RegisteredVersion
from bigtrain.report.pupils import Pupil, pupil_table
from bigtrain.seeds import derive_seed
from bigtrain.tracking import Store
from bigtrain.wording import counted

Floats = NDArray[np.float64]
Say = Callable[[str], None]

ALIAS, TITLE = "distilled", "champion"
"""What a student is called among its teacher's versions, and what it can be under a name of its own."""

FOLDS = 5
"""One of them judges the students."""

FEWEST, MOST = 2_000, 40_000
"""Synthetic rows: as many as there are real ones, within these bounds."""


def distil(store: Store, teacher: LoadedModel, name: str | None, say: Say) -> None:
    """Register a student of a registered version.

    Which student it is, a part of the training rows decides that students aren't trained on, by the distance
    from the teacher; the holdout is predicted once, at the end.

    Parameters
    ----------
    store : Store
        Where the version is.
    teacher : LoadedModel
        The version.
    name : str or None
        The student's own model; the teacher's name with ``-student`` by default. There it becomes champion by
        the same rule as any version. As a version of the teacher's model it gets the alias `ALIAS` instead.
    say : callable
        Takes lines on what came out.

    Raises
    ------
    NoInputError, DataError
        If the teacher's table is gone, or isn't what it was; or the teacher says the same of all rows.
    """
    table = require_table(store, teacher)
    how, student = _taught(table, teacher, say)
    before, after = pupils = _compared(table, teacher, student)
    say(pupil_table(pupils))
    holdout, rows = table.split.holdout, table.dataset.X
    made = Derivation(
        kind="distillation",
        origin=str(teacher),
        how=how,
        pipeline=student,
        input_example=rows.iloc[table.split.train[:5]][inputs_read(student)],
        residuals=table.dataset.y[holdout] - predict_rows(student, rows.iloc[holdout]),
        holdout_digest=table.split.digest,
        metrics={
            **{f"holdout_{each}": after.scores[each] for each in after.scores},
            **{f"fidelity_{each}": after.fidelity[each] for each in after.fidelity},
            "size_bytes": after.size,
            "size_bytes_before": before.size,
            "latency_seconds": after.latency,
            "latency_seconds_before": before.latency,
        },
    )
    origin = find_version(store, str(teacher))
    version, _ = register_derived(store, origin, name or f"{teacher.name}-student", made)
    say(_named(store, version, teacher, table, made))


def _taught(table: Table, teacher: LoadedModel, say: Say) -> tuple[str, Pipeline]:
    """Return what the chosen student is, in words, and the student."""
    train_rows, seed = table.split.train, derive_seed(table.seed, "distil")
    known = _known(table.dataset, teacher.columns)
    learned, judged = table.folds(FOLDS)[-1]
    X, X_judged = _with_neighbours(known, learned, seed), known.X.iloc[judged]
    rows = counted(len(X), "row")
    say(f"  {rows} to learn from, real and between these; {len(judged):,} others to judge by")
    ask = teacher.pipeline
    said = predict_rows(ask, X)
    if np.ptp(said) == 0:
        raise DataError("predicts the same of all rows, so there is nothing to learn", where=str(teacher))
    student = choose(known, (X, said), (X_judged, predict_rows(ask, X_judged)))
    X = _with_neighbours(known, train_rows, seed)
    return str(student), train(known, student, X, predict_rows(ask, X))


def _known(dataset: Dataset, columns: Mapping[str, str]) -> Dataset:
    """Return the table with the columns alone that the teacher reads."""
    return replace(
        dataset,
        X=dataset.X[list(columns)],
        numeric=tuple(each for each in dataset.numeric if each in columns),
        categorical=tuple(each for each in dataset.categorical if each in columns),
    )


def _with_neighbours(dataset: Dataset, rows: NDArray[np.int64], seed: int) -> DataFrame:
    X = dataset.X.iloc[rows]
    return pd.concat([X, between(X, dataset.numeric, int(np.clip(len(X), FEWEST, MOST)), seed)])


def _compared(table: Table, teacher: LoadedModel, student: Any) -> tuple[Pupil, Pupil]:
    """Return both, measured on the holdout."""
    footprint, read = Footprint.of(teacher.pipeline, teacher.columns), inputs_read(student)
    X, truth = table.dataset.X.iloc[table.split.holdout], table.dataset.y[table.split.holdout]
    row, said = table.dataset.X.iloc[table.split.train[:1]], predict_rows(teacher.pipeline, X)
    words = f"student, {len(read)} of {counted(len(teacher.columns), 'column')}, {in_words(student)}"
    both = []
    for name, each in ((f"{teacher}, the teacher", teacher.pipeline), (words, student)):
        columns = {k: v for k, v in teacher.columns.items() if each is teacher.pipeline or k in read}
        size, latency = len(footprint.content(each, columns)), footprint.latency(each, columns, row)
        both.append(Pupil.of(name, size, latency, truth, said, predict_rows(each, X)))
    return both[0], both[1]


def _named(
    store: Store, version: RegisteredVersion, teacher: LoadedModel, table: Table, made: Derivation
) -> str:
    """Give a student its alias, and say which."""
    if version.name == teacher.name:
        give_alias(store, version, ALIAS, f"{made.how}, taught by {teacher}")
        return f"registered: {version.name} version {version.version} @{ALIAS} ({made.how})"
    train_y, truth = table.dataset.y[table.split.train], table.dataset.y[table.split.holdout]
    promotion = promote(
        store,
        version,
        alias=TITLE,
        holdout_digest=table.split.digest,
        residuals=made.residuals,
        baseline_rmse=float(np.sqrt(np.mean(np.square(truth - train_y.mean())))),
    )
    return (
        f"registered: {version.name} version {version.version} @{promotion.alias} "
        f"({made.how}; {promotion.reason})"
    )
