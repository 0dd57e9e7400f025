"""Cross-validation of trials: what can train together does, the others run side by side."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from threading import Lock
from typing import Any

from bigtrain.data import Dataset
from bigtrain.evaluate.fold import Fold, Rows
from bigtrain.evaluate.recipe import GRADIENT, Recipe, Steps, complete_settings
from bigtrain.evaluate.running import Running
from bigtrain.evaluate.scores import Array
from bigtrain.evaluate.tasks import CohortTask, FitTask
from bigtrain.evaluate.workbench import Workbench
from bigtrain.numerics.setting import Setting
from bigtrain.records import Judge, Outcome, OutOfTime, ParamValue, Trial
from bigtrain.shared import Shared

MOST_KEPT = 2**28
"""Bytes of predictions that are remembered; those of later trials are made again where they are needed."""


class CrossValidation:
    """The folds of one sweep, and the scoring of trials on them.

    Parameters
    ----------
    dataset : Dataset
        The table.
    parts : sequence of (array of int, array of int)
        The rows to train on and those to score on, for each fold.
    seed : int
        The sweep's seed, which decides all that is random.
    scoring : str
        The metric that rungs compare by: ``"rmse"``, ``"mae"`` or ``"r2"``.
    estimator : mapping
        Hyper-parameters that every trial of the family `kind` has unless its own settings say otherwise.
    engine : Executor
        Where the work runs: anything with the interface of `concurrent.futures.Executor`.
    kind : str, default "gradient"
        The family of trials that name none.
    preprocess : mapping, optional
        Preprocessing of trials that say nothing of it.
    objectives : sequence of str, optional
        The metrics that are a trial's values. Default: ``cv_<scoring>``.
    keep : bool, default False
        Whether out-of-fold predictions are remembered, for a blend.
    """

    def __init__(
        self,
        dataset: Dataset,
        parts: Sequence[tuple[Rows, Rows]],
        *,
        seed: int,
        scoring: str,
        estimator: Mapping[str, ParamValue],
        engine: Executor,
        kind: str = GRADIENT,
        preprocess: Mapping[str, ParamValue] | None = None,
        objectives: Sequence[str] = (),
        keep: bool = False,
    ) -> None:
        self.scoring, self.seed = scoring, seed
        self.estimator, self.kind, self.preprocess = dict(estimator), kind, dict(preprocess or {})
        self._objectives = tuple(objectives) or (f"cv_{scoring}",)
        self.engine, self.bench = engine, Shared(Workbench(dataset, parts, seed))
        self._keep, self._predictions = keep, dict[int, list[Array]]()
        self._stopped, self._stopping = Future[None](), Lock()

    @property
    def folds(self) -> list[Fold]:
        """The folds under the preprocessing of trials that say nothing of it."""
        bench = self.bench.value
        return [bench.fold(number, self.recipe({}).steps) for number in range(len(bench.parts))]

    def submit(self, trial: Trial, until: float | None = None) -> Running:
        """Begin one trial; its `outcomes` wait for it.

        Parameters
        ----------
        trial : Trial
            Of any family.
        until : float, optional
            As in `evaluate`.
        """
        recipe, deadline = self.recipe(trial.settings), unix_time(until)
        if recipe.trains_together:
            return self._cohort(recipe.steps, [trial], deadline)
        folds = range(len(self.bench.value.parts))
        tasks = [FitTask(self.bench, fold, recipe, deadline, self._has_room) for fold in folds]
        return Running(self.engine.submit, [trial], tasks, self._objectives, self._stopped)

    def evaluate(
        self, trials: Sequence[Trial], judge: Judge | None = None, until: float | None = None
    ) -> list[Outcome]:
        """Train and score `trials`; the outcomes are in the same order.

        Trials that hung, or took their worker down, together are tried again alone where nobody judges them:
        that tells whose fault it was.

        All trials of a fold see its rows in the same order (common random numbers): differences between
        trials are then differences of their settings, and one pass over the rows serves them all.

        Parameters
        ----------
        trials : sequence of Trial
            Of any families.
        judge : Judge, optional
            Who decides at each rung which gradient trials go on; the other families know no epochs.
        until : float, optional
            When to give up, on the monotonic clock.

        Raises
        ------
        OutOfTime
            If that comes before all is done; nothing is kept.
        """
        deadline, together = unix_time(until), self._together(trials)
        cohorts = [
            self._cohort(steps, members, deadline, start=judge is None) for steps, members in together.items()
        ]
        running = list(cohorts)
        try:
            running += [self.submit(t, until) for t in trials if not self.recipe(t.settings).trains_together]
            if judge is not None:
                self._judge(cohorts, judge, until)
            outcomes: dict[int, Outcome] = {}
            for group in running:  # it grows by the members of those that were lost
                outcomes |= zip((trial.number for trial in group.trials), group.outcomes(until), strict=True)
                if judge is None and group.lost and len(group.trials) > 1:
                    running += [self.submit(trial, until) for trial in group.trials]
        except BaseException as error:
            # Out of time are these trials; others, asked before them, may yet end.
            if not isinstance(error, OutOfTime):
                self.stop()
            for group in running:
                group.cancel()
            raise
        for group in running:
            if predictions := group.predictions:
                self._predictions[group.trials[0].number] = predictions
        return [outcomes[trial.number] for trial in trials]

    def remembered(self, number: int) -> list[Array] | None:
        """Return a trial's out-of-fold predictions by fold, if they were kept."""
        return self._predictions.get(number)

    @property
    def _has_room(self) -> bool:
        return (
            self._keep and sum(fold.nbytes for t in [*self._predictions.values()] for fold in t) < MOST_KEPT
        )

    def stop(self) -> None:
        """End all waiting with `CancelledError`, and let what can hear of it end soon.

        Where the work runs may be another process, or a fit that hears nothing.
        """
        self.bench.value.stop.set()
        with self._stopping:
            if not self._stopped.done():
                self._stopped.set_result(None)

    def _judge(self, cohorts: Sequence[Running], judge: Judge, until: float | None) -> None:
        """Take cohorts from rung to rung side by side, so that all their trials are compared."""
        for epoch in judge.rungs:
            for cohort in cohorts:
                cohort.begin(epoch)
            standing = [cohort.standing(until) for cohort in cohorts]
            values = {number: value for each in standing for number, value in each.items()}
            kept = judge.keep(epoch, values) if values else set()
            for cohort, each in zip(cohorts, standing, strict=True):
                cohort.keep(epoch, each, kept)
        for cohort in cohorts:
            cohort.finish()

    def recipe(self, settings: Mapping[str, ParamValue]) -> Recipe:
        """Return what a trial's settings ask for, with what it has from the sweep."""
        return Recipe.of(self.complete(settings))

    def complete(self, settings: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
        """Return a trial's settings with what it has from the sweep."""
        return complete_settings(settings, self.kind, self.estimator, self.preprocess)

    def _together(self, trials: Sequence[Trial]) -> dict[Steps, list[Trial]]:
        """Return the gradient trials by their preprocessing."""
        groups: dict[Steps, list[Trial]] = {}
        for trial in trials:
            recipe = self.recipe(trial.settings)
            if recipe.trains_together:
                groups.setdefault(recipe.steps, []).append(trial)
        return groups

    def _cohort(
        self, steps: Steps, trials: Sequence[Trial], deadline: float | None, *, start: bool = True
    ) -> Running:
        values: list[dict[str, Any]] = [dict(self.recipe(trial.settings).parameters) for trial in trials]
        settings = tuple(Setting(**own) for own in values)
        folds = range(len(self.bench.value.parts))
        tasks = [
            CohortTask(self.bench, fold, steps, settings, self.scoring, deadline=deadline) for fold in folds
        ]
        return Running(self.engine.submit, trials, tasks, self._objectives, self._stopped, start=start)


def unix_time(until: float | None) -> float | None:
    """Return a moment of this process's clock as one that all workers know."""
    return None if until is None else time.time() + until - time.monotonic()
