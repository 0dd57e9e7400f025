"""The problem that a sweep solves: a table, what of it is held out, and the folds of the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bigtrain.config import SweepConfig
from bigtrain.data import Dataset, Split, load_dataset, make_folds, split_holdout
from bigtrain.errors import DataError
from bigtrain.evaluate import CrossValidation, complete_settings
from bigtrain.records import ParamValue
from bigtrain.report import Console
from bigtrain.wording import counted

Rows = NDArray[np.intp]
Parts = Sequence[tuple[Rows, Rows]]


@dataclass(frozen=True)
class Problem:
    """What is asked, and the rows to answer it from.

    Attributes
    ----------
    config : SweepConfig
        What is asked.
    dataset : Dataset
        The table.
    split : Split
        Its rows for training, and those held out.
    parts : sequence of (array of int, array of int)
        The rows of each fold that are trained on, and those that are scored.
    """

    config: SweepConfig
    dataset: Dataset
    split: Split
    parts: Parts

    def validation(self, engine: Executor, parts: Parts) -> CrossValidation:
        """Return what evaluates trials on some folds."""
        return CrossValidation(
            self.dataset,
            parts,
            seed=self.config.seed,
            scoring=self.config.scoring,
            estimator=self.config.estimator.params,
            engine=engine,
            kind=self.config.estimator.kind,
            preprocess=self.config.preprocess,
            objectives=self.config.objectives,
            keep=self.config.blend > 0,
        )

    def complete(self, settings: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
        """Return a trial's settings with what it has from the sweep."""
        estimator = self.config.estimator
        return complete_settings(settings, estimator.kind, estimator.params, self.config.preprocess)


def load_problem(config: SweepConfig, console: Console) -> Problem:
    """Read the table, split it, and say what was found.

    Raises
    ------
    DataError, NoInputError
        The table can't be used.
    """
    data = config.data
    dataset = load_dataset(
        data.kind,
        path=data.path,
        target=data.target,
        drop=data.drop,
        categorical=data.categorical,
        split_column=config.split.column,
    )
    split = split_holdout(dataset, config.holdout, config.seed, config.split.kind)
    problem = Problem(config, dataset, split, _folds(config, dataset, split))
    console.say(
        f"  {counted(len(dataset.y), 'row')}, {len(split.holdout):,} of them held out; {dataset.target} from "
        f"{counted(len(dataset.numeric), 'column')} of numbers, {len(dataset.categorical):,} of categories"
    )
    for note in dataset.notes:
        console.say(f"  note: {note}")
    return problem


def _folds(config: SweepConfig, dataset: Dataset, split: Split) -> list[tuple[Rows, Rows]]:
    """Return the rows of each fold; refuse r2 where a fold leaves it without a value."""
    how = config.split
    parts = make_folds(dataset, split.train, config.cv, config.seed, how.kind, how.repeats)
    for number, (_, test) in enumerate(parts):
        if config.scoring == "r2" and np.ptp(dataset.y[test]) == 0:
            hint = "use scoring=rmse, or fewer folds"
            raise DataError(f"the target is constant in fold {number}, so r2 has no value", hint=hint)
    return parts
