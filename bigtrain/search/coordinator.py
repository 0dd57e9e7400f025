"""The one loop that talks to both Optuna and the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from bigtrain.config import SweepConfig
from bigtrain.failpoints import Failpoint, reach
from bigtrain.ranking import best_so_far
from bigtrain.records import FinishedTrial, OutOfTime, TrialRecord
from bigtrain.search.budget import Budget, most_trials, seconds_spent
from bigtrain.search.flight import Evaluator, Flight, pace_of

Watch = Callable[[Sequence[TrialRecord]], None]
"""Called after each group of trials with all so far."""


class Recorder(Protocol):
    """What the loop needs of a store."""

    def write_trials(self, sweep_id: str, trials: Sequence[FinishedTrial]) -> None:
        """Record finished trials; those that are recorded already stay as they are."""

    def progress(self, sweep_id: str, best: Sequence[tuple[int, float]]) -> None:
        """Record the best value so far by trial number."""


def run_search(
    config: SweepConfig,
    evaluator: Evaluator,
    store: Recorder,
    sweep_id: str,
    records: Sequence[TrialRecord],
    watch: Watch,
) -> list[TrialRecord]:
    """Run trials until the budget is spent; return all records in the order of their numbers.

    Groups begin at the same numbers and are asked and trained whole, whatever was done before and however
    few of the last one are wanted: only so do its members come out the same to the last bit when a sweep
    that was killed or had a smaller budget goes on. Only those that are wanted and missing are written.
    """
    known = {record.number: record for record in records}
    whole = _whole_groups(known, config)
    budget = Budget(config, seconds_spent(known.values()))
    for record in whole:
        budget.add(record)
    if known:
        # Whoever was killed after recording the last group had not told of it, and no other may follow.
        store.progress(sweep_id, best_so_far(config.objectives, _ordered(known)))
    with Flight(config, evaluator, whole, budget.until) as flight:
        while not budget.spent and not budget.out_of_time:
            try:
                finished = flight.land()
            except OutOfTime:
                break
            new = _wanted(finished, known, budget)
            try:
                if not budget.spent:
                    flight.launch()  # to be evaluated while these are written
            finally:  # an ask may take seconds, be interrupted in them, or fail
                store.write_trials(sweep_id, new)
            reach(Failpoint.WRITTEN)
            known |= {each.trial.number: each.record for each in new}
            ordered = _ordered(known)
            store.progress(sweep_id, best_so_far(config.objectives, ordered))
            reach(Failpoint.PROGRESSED)
            watch(ordered)
    return _ordered(known)


def _wanted(
    finished: Sequence[FinishedTrial], known: dict[int, TrialRecord], budget: Budget
) -> list[FinishedTrial]:
    """Count trials in their order until the budget is spent; return those that are not recorded."""
    new = []
    for each in finished:
        if each.trial.number < budget.trials:
            continue  # it was on its way, and recorded, when another process ended
        if budget.spent:
            break
        before = known.get(each.trial.number)
        budget.add(before or each.record)
        if before is None:
            new.append(each)
    return new


def _whole_groups(known: dict[int, TrialRecord], config: SweepConfig) -> list[TrialRecord]:
    """Return the records of all groups before the first that isn't recorded whole."""
    size, first, end = pace_of(config).size, 0, most_trials(config)
    while first + size <= end and all(n in known for n in range(first, first + size)):
        first += size
    return [known[number] for number in range(first)]


def _ordered(known: dict[int, TrialRecord]) -> list[TrialRecord]:
    return [known[number] for number in sorted(known)]
