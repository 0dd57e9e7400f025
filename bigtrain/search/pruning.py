"""Which trials of a cohort go on: the pruners, decided from the cohort and the records alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bigtrain.config import PrunerConfig, SweepConfig
from bigtrain.numerics.setting import Setting
from bigtrain.records import Judge, Outcome, Trial, TrialRecord, TrialState, maximized

LEARNING = frozenset({"median"})
"""Pruners that compare a cohort with those told before it; the others look at nothing but itself."""


@dataclass(frozen=True)
class Halving:
    """Successive halving (Jamieson and Talwalkar 2016): of each rung's trials, the best one in `factor` stay.

    Parameters
    ----------
    rungs : sequence of int
        Epochs, ascending.
    factor : int
        At each rung ceil(n / factor) of n trials go on; of equals, those asked first.
    maximize : bool
        Whether a higher score is better.
    """

    rungs: Sequence[int]
    factor: int
    maximize: bool

    def keep(self, epoch: int, values: Mapping[int, float]) -> set[int]:  # noqa: ARG002
        """Return the numbers of the best."""
        losses = {number: _loss(value, maximize=self.maximize) for number, value in values.items()}
        ranked = sorted(losses, key=lambda number: (losses[number], number))
        return set(ranked[: math.ceil(len(ranked) / self.factor)])


@dataclass(frozen=True)
class Median:
    """The median rule (Golovin et al. 2017): a trial stays while it is no worse than half of all at its rung.

    Parameters
    ----------
    rungs : sequence of int
        Epochs, ascending.
    before : mapping of int to sequence of float
        What completed trials had scored at each rung.
    maximize : bool
        Whether a higher score is better.
    """

    rungs: Sequence[int]
    before: Mapping[int, Sequence[float]]
    maximize: bool

    def keep(self, epoch: int, values: Mapping[int, float]) -> set[int]:
        """Return the numbers of those no worse than the median of the completed ones and themselves."""
        losses = {number: _loss(value, maximize=self.maximize) for number, value in values.items()}
        before = [_loss(value, maximize=self.maximize) for value in self.before.get(epoch, ())]
        middle = median([*before, *losses.values()])
        return {number for number, loss in losses.items() if loss <= middle}


def make_judge(config: SweepConfig, trials: Sequence[Trial], told: Iterable[TrialRecord]) -> Judge | None:
    """Return who prunes `trials`, asked together when `told` were known; None where nobody does."""
    return judge_of(
        config.pruner,
        most_epochs(config, trials),
        cohort=trials[0].number // config.cohort,
        told=told,
        maximize=maximized(config.objectives[0]),
    )


def judge_of(
    pruner: PrunerConfig,
    epochs: int,
    *,
    cohort: int,
    told: Iterable[TrialRecord | Outcome],
    maximize: bool,
) -> Judge | None:
    """Return who prunes one cohort; None where nobody does.

    Hyperband's brackets take turns by cohort: each begins to compare one rung later than the one before,
    and the last compares nothing.

    Parameters
    ----------
    pruner : PrunerConfig
        How.
    epochs : int
        Those of the cohort's longest training.
    cohort : int
        Its number, from 0.
    told : iterable of TrialRecord or Outcome
        What is known of earlier trials.
    maximize : bool
        Whether a higher score is better.
    """
    rungs = rung_epochs(pruner, epochs)
    if pruner.kind == "hyperband":
        rungs = rungs[cohort % (len(rungs) + 1) :]
    if pruner.kind == "none" or not rungs:
        return None
    if pruner.kind == "median":
        return Median(rungs, _scores_at(rungs, told), maximize)
    return Halving(rungs, pruner.factor, maximize)


def rung_epochs(pruner: PrunerConfig, most: int) -> tuple[int, ...]:
    """Return the epochs ``min_epochs · factor^k`` below the last."""
    rungs, epoch = [], pruner.min_epochs
    while epoch < most:
        rungs.append(epoch)
        epoch *= pruner.factor
    return tuple(rungs)


def most_epochs(config: SweepConfig, trials: Iterable[Trial]) -> int:
    """Return the epochs of the longest training among `trials`."""
    fixed = config.estimator.params.get("max_iter", Setting().max_iter)
    return max(int(trial.settings.get("max_iter", fixed) or 0) for trial in trials)


def _scores_at(rungs: Iterable[int], told: Iterable[TrialRecord | Outcome]) -> dict[int, list[float]]:
    completed = [record for record in told if record.state is TrialState.COMPLETE]
    return {epoch: [r.rungs[epoch] for r in completed if epoch in r.rungs] for epoch in rungs}


def _loss(value: float, *, maximize: bool) -> float:
    """Return a score so that less is better, and no score at all is worst."""
    if not math.isfinite(value):
        return math.inf
    return -value if maximize else value
