"""Which trials are best: by one objective, or by several."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from bigtrain.records import TrialRecord, TrialState, maximized


def best_first(
    objectives: Sequence[str], records: Iterable[TrialRecord], within: float = 0.0
) -> list[TrialRecord]:
    """Return the completed trials from the best to the worst; of equals, the earlier one first.

    With several objectives, trials whose first is within a share of the best first one are as good as that
    one, and the later objectives decide between them; behind them come the others by the first objective.

    Parameters
    ----------
    objectives : sequence of str
        What the values of the trials are, in their order.
    records : iterable of TrialRecord
        Trials in any state.
    within : float
        The share: 0.01 lets simplicity cost 1 %.
    """
    ranked = sorted(
        ((losses(objectives, record), record.number, record) for record in completed(records)),
        key=lambda entry: entry[:2],
    )
    edge = ranked[0][0][0] + within * abs(ranked[0][0][0]) if ranked and len(objectives) > 1 else -math.inf
    equals = [entry for entry in ranked if entry[0][0] <= edge]
    equals.sort(key=lambda entry: (entry[0][1:], entry[0][0], entry[1]))
    return [record for _, _, record in (*equals, *ranked[len(equals) :])]


def pareto_front(objectives: Sequence[str], records: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Return the completed trials that no other beats in one objective and equals in the rest, best first.

    Of trials with the same values, the earliest stands for all.
    """
    ranked = sorted(completed(records), key=lambda record: (losses(objectives, record), record.number))
    front: list[tuple[tuple[float, ...], TrialRecord]] = []
    for record in ranked:  # whatever beats it came before it
        own = losses(objectives, record)
        if not any(all(a <= b for a, b in zip(other, own, strict=True)) for other, _ in front):
            front.append((own, record))
    return [record for _, record in front]


def best_so_far(objectives: Sequence[str], records: Iterable[TrialRecord]) -> list[tuple[int, float]]:
    """Return the best first value up to each trial, from the first that completed."""
    better = max if maximized(objectives[0]) else min
    history: list[tuple[int, float]] = []
    for record in records:
        if record.state is TrialState.COMPLETE and record.values is not None:
            best = better(history[-1][1], record.values[0]) if history else record.values[0]
            history.append((record.number, best))
        elif history:
            history.append((record.number, history[-1][1]))
    return history


def completed(records: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Return the trials that have values: what was pruned or failed is compared with nothing."""
    return [r for r in records if r.state is TrialState.COMPLETE and r.values is not None]


def losses(objectives: Sequence[str], record: TrialRecord) -> tuple[float, ...]:
    """Return a completed trial's values of the first objectives, so that less is better in each."""
    return tuple(
        -value if maximized(objective) else value
        for objective, value in zip(objectives, record.values or (), strict=False)
    )
