"""The one loop that talks to both Optuna and the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from bigtrain.config import SweepConfig
from bigtrain.evaluate import CrossValidation
from bigtrain.failpoints import Failpoint, reach
from bigtrain.records import HIGHER_IS_BETTER, FinishedTrial, TrialRecord, TrialState
from bigtrain.search.brain import Brain
from bigtrain.search.samplers import last_trial

Watch = Callable[[Sequence[TrialRecord]], None]
"""Called after each cohort with all trials so far."""


class Recorder(Protocol):
    """What the loop needs of a store."""

    def write_trials(self, sweep_id: str, trials: Sequence[FinishedTrial]) -> None:
        """Record finished trials; those that are recorded already stay as they are."""

    def progress(self, sweep_id: str, best: Sequence[tuple[int, float]]) -> None:
        """Record the best value so far by trial number."""


def run_search(
    config: SweepConfig,
    validation: CrossValidation,
    store: Recorder,
    sweep_id: str,
    records: Sequence[TrialRecord],
    watch: Watch,
) -> list[TrialRecord]:
    """Run trials until `n_trials` or `timeout` is reached; return all records in the order of their numbers.

    Cohorts begin at the same numbers and are asked and trained whole, whatever was done before and however
    few of the last one are wanted: only so do its members come out the same to the last bit when a sweep
    that was killed or had a smaller `n_trials` goes on. Only those that are wanted and missing are written.
    """
    known = {record.number: record for record in records}
    brain = Brain(config.space, config.sampler, config.seed, maximize=config.scoring in HIGHER_IS_BETTER)
    n_trials, end = most_trials(config), last_trial(config.sampler, config.space)
    first = _whole_cohorts(known, n_trials, config.cohort)
    brain.remember([known[number] for number in range(first)])
    while not budget_spent(config, known.values()):
        finished = _run_cohort(brain, validation, first, min(config.cohort, end - first))
        new = [f for f in finished if f.trial.number < n_trials and f.trial.number not in known]
        store.write_trials(sweep_id, new)
        reach(Failpoint.WRITTEN)
        known |= {f.trial.number: f.record for f in new}
        ordered = _ordered(known.values())
        store.progress(sweep_id, best_so_far(config.scoring, ordered))
        reach(Failpoint.PROGRESSED)
        watch(ordered)
        first += len(finished)
    return _ordered(known.values())


def _run_cohort(brain: Brain, validation: CrossValidation, first: int, count: int) -> list[FinishedTrial]:
    started, clock = time.time_ns() // 1_000_000, time.monotonic()
    asked = brain.ask(first, count)
    reach(Failpoint.ASKED)
    outcomes = validation.evaluate(asked)
    reach(Failpoint.TRAINED)
    told = brain.tell(asked, outcomes)
    reach(Failpoint.TOLD)
    ended = started + round(1000 * (time.monotonic() - clock))  # whatever is done to the wall clock
    return [
        FinishedTrial(trial, outcome, started, ended) for trial, outcome in zip(told, outcomes, strict=True)
    ]


def _whole_cohorts(known: dict[int, TrialRecord], n_trials: int, cohort: int) -> int:
    """Return the number of the first trial of the first cohort that isn't recorded whole."""
    first = 0
    while first + cohort <= n_trials and all(n in known for n in range(first, first + cohort)):
        first += cohort
    return first


def _ordered(records: Iterable[TrialRecord]) -> list[TrialRecord]:
    return sorted(records, key=lambda record: record.number)


def most_trials(config: SweepConfig) -> int:
    """Return `n_trials`, or the number of points of a grid that has fewer."""
    return min(config.n_trials, last_trial(config.sampler, config.space))


def budget_spent(config: SweepConfig, records: Collection[TrialRecord]) -> bool:
    """Whether a sweep with these trials has reached its `n_trials` or its `timeout`."""
    timed_out = config.timeout is not None and seconds_spent(records) >= config.timeout
    return timed_out or len(records) >= most_trials(config)


def seconds_spent(records: Iterable[TrialRecord]) -> float:
    """Return how long the cohorts of `records` took in all; trials of a cohort share their times."""
    return sum(ended - started for started, ended in {(r.started_ms, r.ended_ms) for r in records}) / 1000


def best_first(scoring: str, records: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Return the completed trials from the best to the worst; of equals, the earlier one first."""
    sign = -1 if scoring in HIGHER_IS_BETTER else 1
    completed = [r for r in records if r.state is TrialState.COMPLETE and r.values is not None]
    return sorted(completed, key=lambda r: (sign * r.values[0] if r.values else 0.0, r.number))


def best_so_far(scoring: str, records: Sequence[TrialRecord]) -> list[tuple[int, float]]:
    """Return the best value up to each trial, from the first that completed."""
    better = max if scoring in HIGHER_IS_BETTER else min
    history: list[tuple[int, float]] = []
    for record in records:
        if record.values is not None:
            best = better(history[-1][1], record.values[0]) if history else record.values[0]
            history.append((record.number, best))
        elif history:
            history.append((record.number, history[-1][1]))
    return history
