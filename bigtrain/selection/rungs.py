"""Candidates that train side by side, compared at a pruner's rungs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.utils.parallel import Parallel, delayed

from bigtrain.records import Judge
from bigtrain.selection.batch import Batch, Fit

Group = tuple[list[int], Batch]
"""The places of some candidates, and themselves on one split."""


@dataclass
class Evaluated:
    """What came of one candidate.

    Attributes
    ----------
    fits : list of Fit
        By split.
    rungs : dict of int to float
        The mean score that a judge saw, by epoch.
    pruned : bool
        Whether the judge ended it.
    """

    fits: list[Fit] = field(default_factory=list)
    rungs: dict[int, float] = field(default_factory=dict)
    pruned: bool = False


def run_rungs(
    groups: Sequence[Group],
    evaluated: Sequence[Evaluated],
    judge: Judge,
    value: Callable[[Fit], float],
    parallel: Parallel,
) -> None:
    """Train to one rung after the other, and let those go on whom the judge keeps.

    Parameters
    ----------
    groups : sequence of (list of int, Batch)
        All candidates on all splits.
    evaluated : sequence of Evaluated
        By place; rungs and prunings are noted here.
    judge : Judge
        Who decides.
    value : callable
        The score that decides, of a fit.
    parallel : Parallel
        Where to train.
    """
    reached, running = 0, set(range(len(evaluated)))
    for epoch in judge.rungs:
        scored = parallel(delayed(_train)(batch, epoch - reached) for _, batch in groups)
        means = _means(groups, scored, value)
        values = {k: mean for k, mean in means.items() if k in running and np.isfinite(mean)}
        for k, mean in values.items():
            evaluated[k].rungs[epoch] = mean
        running = judge.keep(epoch, values)
        for k in values.keys() - running:
            evaluated[k].pruned = True
        for members, batch in groups:
            batch.keep(np.array([k in running for k in members]))
        reached = epoch


def _train(batch: Batch, epochs: int) -> list[Fit]:
    batch.advance(epochs)
    return batch.scored()


def _means(groups: Sequence[Group], scored: Sequence[Any], value: Callable[[Fit], float]) -> dict[int, float]:
    """Return each candidate's mean score over the splits."""
    by_place: dict[int, list[float]] = {}
    for (members, _), fits in zip(groups, scored, strict=True):
        for k, fit in zip(members, fits, strict=True):
            by_place.setdefault(k, []).append(value(fit))
    return {k: float(np.mean(scores)) for k, scores in by_place.items()}
