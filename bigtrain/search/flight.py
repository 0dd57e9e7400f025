"""Groups of trials on their way: asked in order, evaluated side by side, told in order."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from bigtrain.config import SweepConfig
from bigtrain.failpoints import Failpoint, reach
from bigtrain.records import (
    FinishedTrial,
    Judge,
    Outcome,
    OutOfTime,
    ParamValue,
    Trial,
    TrialRecord,
    maximized,
)
from bigtrain.search.brain import Question
from bigtrain.search.brains import make_brain
from bigtrain.search.budget import most_trials
from bigtrain.search.points import KINDS
from bigtrain.search.pruning import LEARNING, make_judge
from bigtrain.search.samplers import last_trial


class Evaluator(Protocol):
    """What the search needs of an evaluation."""

    def evaluate(
        self, trials: Sequence[Trial], judge: Judge | None = None, until: float | None = None
    ) -> Sequence[Outcome]:
        """Evaluate trials together; raise `OutOfTime` where the monotonic clock passes `until` meanwhile."""

    def stop(self) -> None:
        """Let whatever is being evaluated end soon, with any error."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How trials are asked.

    A group is asked once the one `ahead` places before it is told, never earlier and never later: what the
    sampler knows of a group then depends on its number alone, not on who was faster.

    Attributes
    ----------
    size : int
        Trials of a group, evaluated together.
    ahead : int
        Groups on their way at once.
    """

    size: int
    ahead: int


def pace_of(config: SweepConfig) -> Pace:
    """Return a cohort at a time, or two, where all trials train as one; else a window of single trials."""
    if _families(config) != {"gradient"}:
        return Pace(1, config.cohort)
    # Who learns nothing of a cohort needn't wait for it: the next has the cores that its last folds leave.
    unknowing = config.sampler.kind in KINDS and config.pruner.kind not in LEARNING
    return Pace(config.cohort, 2 if unknowing else 1)


def _families(config: SweepConfig) -> set[ParamValue]:
    """Return the families of regressors that a sweep may come to."""
    return config.space.families or {config.estimator.kind}


def starting_points(config: SweepConfig) -> list[dict[str, ParamValue]]:
    """Return the params of the first trials: the estimator's defaults, then `start`; a grid is its points."""
    return [] if config.sampler.kind == "grid" else config.space.starting_points(config.start)


@dataclass(frozen=True, slots=True)
class _Group:
    trials: Sequence[Trial]
    landing: Callable[[float | None], Sequence[FinishedTrial]]


class Flight:
    """All that is between asking a trial and telling it.

    Parameters
    ----------
    config : SweepConfig
        What is asked.
    evaluator : Evaluator
        Who evaluates; with `Pace.ahead` above 1, several groups at once.
    records : sequence of TrialRecord
        The trials that are known, from 0 on, in whole groups.
    until : float or None
        When time is up, on the monotonic clock.
    """

    def __init__(
        self, config: SweepConfig, evaluator: Evaluator, records: Sequence[TrialRecord], until: float | None
    ) -> None:
        self._config, self._evaluator, self._until = config, evaluator, until
        self._pace = pace_of(config)
        directions = [maximized(objective) for objective in config.objectives]
        self._brain = make_brain(
            Question(config.space, config.sampler, config.seed, directions, starting_points(config))
        )
        self._pool = ThreadPoolExecutor(self._pace.ahead, thread_name_prefix="bigtrain-group")
        self._groups: deque[_Group] = deque()
        self._told: list[TrialRecord] = []
        self._next, self._end = len(records), _last_asked(config, self._pace.size)
        self._recall(records)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what nobody waits for any more."""
        if self._groups:
            self._evaluator.stop()
        self._pool.shutdown(cancel_futures=True)

    def land(self) -> Sequence[FinishedTrial]:
        """Wait for the next group, tell it and return it; it is launched if it wasn't.

        Raises
        ------
        OutOfTime
            If time was up before that group was evaluated.
        """
        self.launch()
        finished = self._groups[0].landing(self._until)
        self._tell(self._groups.popleft().trials, finished)
        reach(Failpoint.TOLD)
        return finished

    def launch(self) -> None:
        """Ask as far ahead as there is room, and let it be evaluated."""
        while len(self._groups) < self._pace.ahead and self._next < self._end:
            self._launch_next()

    def _recall(self, records: Sequence[TrialRecord]) -> None:
        """Put the study where it was when the last of `records` had been told."""
        size, ahead = self._pace.size, self._pace.ahead
        told = max(0, len(records) - (ahead - 1) * size)
        for record in records[:told]:
            self._brain.recall([record.trial])
            self._tell([record.trial], [_finished(record)])
        # These were on their way when the next group was asked: to be told again, each at its turn.
        for first in range(told, len(records), size):
            group = [_finished(record) for record in records[first : first + size]]
            trials = [finished.trial for finished in group]
            self._brain.recall(trials)
            self._groups.append(_Group(trials, lambda _, group=group: group))  # type: ignore[misc]

    def _launch_next(self) -> None:
        began, clock = time.time_ns() // 1_000_000, time.monotonic()
        trials = self._brain.ask(self._next, min(self._pace.size, self._end - self._next))
        reach(Failpoint.ASKED)
        self._next += len(trials)
        judge = make_judge(self._config, trials, self._told)

        def evaluate() -> list[FinishedTrial]:
            outcomes = self._evaluator.evaluate(trials, judge, self._until)
            reach(Failpoint.TRAINED)
            ended = began + round(1000 * (time.monotonic() - clock))  # whatever is done to the wall clock
            return [FinishedTrial(t, o, began, ended) for t, o in zip(trials, outcomes, strict=True)]

        self._groups.append(_Group(trials, _landing(self._pool.submit(evaluate))))

    def _tell(self, trials: Sequence[Trial], finished: Sequence[FinishedTrial]) -> None:
        self._brain.tell(trials, [each.outcome for each in finished])
        self._told += [each.record for each in finished]


def _landing(future: Future[list[FinishedTrial]]) -> Callable[[float | None], Sequence[FinishedTrial]]:
    """Return a function that waits for a group, no longer than until time is up."""

    def wait(until: float | None) -> Sequence[FinishedTrial]:
        try:
            return future.result(None if until is None else max(0.0, until - time.monotonic()))
        except TimeoutError as error:
            raise OutOfTime from error

    return wait


def _finished(record: TrialRecord) -> FinishedTrial:
    return FinishedTrial(record.trial, record.outcome, record.started_ms, record.ended_ms)


def _last_asked(config: SweepConfig, size: int) -> int:
    """Return how many trials are asked in all: the last group whole, though not all of it is wanted."""
    groups = -(-most_trials(config) // size)
    return min(groups * size, last_trial(config.sampler, config.space))
