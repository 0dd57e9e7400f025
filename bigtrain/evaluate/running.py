"""Trials at work: their tasks on every fold, and what is asked of them meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from bigtrain.evaluate.fold import FoldScores
from bigtrain.evaluate.outcomes import outcome_of
from bigtrain.evaluate.scores import Array
from bigtrain.evaluate.tasks import CohortTask, Failure, FitTask, Result, Rung
from bigtrain.records import Outcome, OutOfTime, TaskLost, Trial

Submit: TypeAlias = Callable[[CohortTask | FitTask], "Future[Result]"]


class Running:
    """Trials that run as one: one trial, or a cohort of gradient trials with the same preprocessing.

    Parameters
    ----------
    submit : callable
        Gives a task to an engine.
    trials : sequence of Trial
        In the order of the tasks' settings.
    tasks : sequence of CohortTask or FitTask
        One for each fold.
    objectives : sequence of str
        The metrics that are a trial's values.
    stopped : Future
        Done once nobody waits for them any more, whatever they are doing.
    start : bool, default True
        Whether they begin at once, to run to their end; else `begin` begins them.

    Attributes
    ----------
    lost : bool
        Whether a task of theirs ended without an answer, which says nothing of whose fault it was.
    """

    def __init__(
        self,
        submit: Submit,
        trials: Sequence[Trial],
        tasks: Sequence[CohortTask | FitTask],
        objectives: Sequence[str],
        stopped: Future[None],
        *,
        start: bool = True,
    ) -> None:
        self.trials, self._submit, self._tasks = tuple(trials), submit, list(tasks)
        self._stopped = stopped
        self._objectives, self._futures = objectives, [] if not start else [submit(task) for task in tasks]
        self._rungs: dict[int, dict[int, float]] = {trial.number: {} for trial in trials}
        self._pruned: dict[int, int] = {}
        self._failure: Failure | None = None
        self.lost = False

    def done(self) -> bool:
        """Whether nothing of them runs any more."""
        return all(future.done() for future in self._futures)

    def cancel(self) -> None:
        """Let nothing of them begin that hasn't begun."""
        for future in self._futures:
            future.cancel()

    def begin(self, rung: int) -> None:
        """Train on to a rung."""
        if self._failure:
            return
        self._tasks = [replace(task, rung=rung) for task in self._tasks if isinstance(task, CohortTask)]
        self._futures = [self._submit(task) for task in self._tasks]

    def standing(self, until: float | None = None) -> dict[int, float]:
        """Wait for the rung; return the mean score of each trial that is still in it, by number."""
        if self._failure:
            return {}
        results = self._wait(until)
        rungs = [result for result in results if isinstance(result, Rung)]
        if len(rungs) < len(results):
            self._failure = next(result for result in results if isinstance(result, Failure))
            return {}
        self._tasks = [
            replace(task, begun=rung.cohort, rung=None)
            for task, rung in zip(self._cohorts, rungs, strict=True)
        ]
        with np.errstate(over="ignore", invalid="ignore"):
            means = np.mean([rung.scores for rung in rungs], axis=0)
        well = np.isfinite(means) & ~np.any([rung.diverged for rung in rungs], axis=0)
        return {
            trial.number: float(mean)
            for trial, mean, fine in zip(self.trials, means, well, strict=True)
            if fine and trial.number not in self._pruned
        }

    def keep(self, epoch: int, standing: Mapping[int, float], kept: set[int]) -> None:
        """Note what was seen at a rung; the trials that aren't in `kept` end there."""
        for number, value in standing.items():
            self._rungs[number][epoch] = value
            if number not in kept:
                self._pruned[number] = epoch
        mask = tuple(trial.number in kept for trial in self.trials)
        self._tasks = [replace(task, kept=mask) for task in self._cohorts]

    def finish(self) -> None:
        """Train on to the end."""
        if self._failure is None:
            self._futures = [self._submit(task) for task in self._tasks]

    def outcomes(self, until: float | None = None) -> list[Outcome]:
        """Wait for the end; return the outcomes in the order of the trials.

        Raises
        ------
        OutOfTime
            If it is not there when `until` (on the monotonic clock) comes.
        """
        results: Sequence[Any] = [self._failure] if self._failure else self._wait(until)
        return [
            outcome_of(results, k, self._objectives, self._rungs[number], self._pruned.get(number))
            for k, number in enumerate(trial.number for trial in self.trials)
        ]

    @property
    def predictions(self) -> list[Array]:
        """Out-of-fold predictions by fold of a single trial that has ended, where they were kept."""
        if len(self.trials) > 1 or any(future.exception() for future in self._futures):
            return []
        results = [future.result() for future in self._futures]
        kept = [
            r.predictions[:, 0] for r in results if isinstance(r, FoldScores) and r.predictions is not None
        ]
        return kept if len(kept) == len(results) else []

    @property
    def _cohorts(self) -> list[CohortTask]:
        return [task for task in self._tasks if isinstance(task, CohortTask)]

    def _wait(self, until: float | None) -> list[Result]:
        return [self._result(future, until) for future in self._futures]

    def _result(self, future: Future[Result], until: float | None) -> Result:
        remaining = None if until is None else max(0.0, until - time.monotonic())
        ends: tuple[Future[Any], ...] = (future, self._stopped)
        wait(ends, remaining, FIRST_COMPLETED)
        if self._stopped.done() and not future.done():
            raise CancelledError
        try:
            return future.result(0)
        except TaskLost as lost:
            self.lost = True
            return Failure(str(lost))
        except TimeoutError:
            raise OutOfTime from None
