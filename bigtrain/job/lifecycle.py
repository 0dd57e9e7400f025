"""A sweep's life: started, resumed, extended or shown, and ended in words whatever happens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bigtrain.config import SweepConfig
from bigtrain.errors import ConfigError
from bigtrain.failpoints import Failpoint, reach
from bigtrain.job.outcome import Outcome, search_and_ship
from bigtrain.job.presentation import describe, show
from bigtrain.job.problem import Problem, load_problem
from bigtrain.job.shipping import destination
from bigtrain.job.start import start_of
from bigtrain.job.tags import BEST_TRIAL, SHIPPED, TIMEOUT
from bigtrain.report import Console
from bigtrain.report.keeping import Page, find_page, page_of
from bigtrain.search import Budget, differences, fingerprint
from bigtrain.standby import Standby
from bigtrain.tracking import Store, SweepState, open_store
from bigtrain.wording import counted, some_of

MOST_CHANGES = 4
"""Changes of a question that are named; a new table changes everything."""


def run_job(config: SweepConfig, console: Console, saver: Standby | None = None) -> None:
    """Run, resume, extend or show one sweep.

    Everything that can be wrong with the table is found before a store is touched.

    Parameters
    ----------
    config : SweepConfig
        What is asked.
    console : Console
        Is told.
    saver : Standby, optional
        A process that saves the model. Default: this one does.

    Raises
    ------
    DataError, NoInputError
        The table can't be used.
    ConfigError
        There is a sweep of this name that was asked something else.
    NoTrialCompletedError
        Every trial failed.
    """
    problem = load_problem(config, console)
    store = open_store(config.tracking.uri, config.tracking.artifacts, Path.cwd())
    reach(Failpoint.STORE_OPENED)
    with store.hold(config.name):
        reach(Failpoint.SWEEP_HELD)
        _Job(config, console, problem, store, saver).run()


@dataclass(frozen=True)
class _Job:
    """One sweep, under its lock."""

    config: SweepConfig
    console: Console
    problem: Problem
    store: Store
    saver: Standby | None

    @cached_property
    def fingerprint(self) -> dict[str, Any]:
        """What must stay the same for the sweep to go on."""
        return fingerprint(self.config, self.problem.dataset)

    def run(self) -> None:
        """Take the sweep from wherever it is to its end."""
        found = None if self.config.fresh else self._find_same()
        if found and self._is_over(found):
            known = f"  finished before, with {counted(len(found.records), 'trial')}"
            self.console.say(f"{known}: a larger n_trials or timeout extends it, fresh=true starts over\n")
            show(self.problem, self.store, found, self.console)
            if self.config.report:
                find_page(self.store, found.sweep_id, self.config.name, self.console)
            return
        with page_of(self.config, self.console) as page:
            sweep_id = found.sweep_id if found else self._start()
            outcome = self._work(sweep_id, found, page)
            try:
                self._finish(sweep_id, outcome, found, page)
            finally:
                self.store.add_log(sweep_id, self.console.log)

    def _work(self, sweep_id: str, found: SweepState | None, page: Page | None) -> Outcome:
        """Search what is missing and ship the best, or leave a sweep that has ended, whatever happens."""
        try:
            if found:
                self.store.resume_sweep(sweep_id)
            known = found.records if found else []
            return search_and_ship(self.problem, self.store, sweep_id, known, self.console, page, self.saver)
        except (KeyboardInterrupt, BrokenPipeError) as stop:
            if isinstance(stop, KeyboardInterrupt):
                self.console.interrupted()
            self._give_up(sweep_id, "KILLED")
            raise
        except Exception as error:
            self.console.note(f"error: {error}")
            self._give_up(sweep_id, "FAILED")
            raise

    def _give_up(self, sweep_id: str, status: str) -> None:
        """End it because of something that is told elsewhere; a second interruption ends this, too."""
        self.store.finish_sweep(sweep_id, status, patient=False)
        self.store.add_log(sweep_id, self.console.log)

    def _finish(self, sweep_id: str, outcome: Outcome, before: SweepState | None, page: Page | None) -> None:
        """Put the end on record, then show it."""
        self.store.finish_sweep(sweep_id, "FINISHED", outcome.metrics, outcome.tags)
        reach(Failpoint.ENDED)
        if ended := self.store.find_sweep(self.config.name):
            if before:
                self._say_if_in_vain(before, ended)
            show(self.problem, self.store, ended, self.console)
            describe(self.problem, self.store, ended, self.console)
            if page:
                page.keep(self.store, sweep_id)

    def _say_if_in_vain(self, before: SweepState, ended: SweepState) -> None:
        """Say so where a sweep that had ended was extended, and its best trial stays the best."""
        best, more = before.tags.get(BEST_TRIAL), len(ended.records) - len(before.records)
        if more and best == ended.tags[BEST_TRIAL]:
            added = f"{counted(more, 'trial')} {'was' if more == 1 else 'were'} added"
            self.console.say(f"  {added}, and trial {best} stays the best")

    def _start(self) -> str:
        return self.store.start_sweep(start_of(self.problem, self.fingerprint))

    def _find_same(self) -> SweepState | None:
        """Find the newest sweep of this name, and refuse to go on with one that was asked something else."""
        found = self.store.find_sweep(self.config.name)
        changes = differences(found.fingerprint, self.fingerprint) if found else []
        if changes:
            raise ConfigError(
                f"a sweep of this name exists and something changed: {some_of(changes, MOST_CHANGES)}",
                where=self.config.name,
                hint="name=NEW keeps both, fresh=true starts this one over",
            )
        return found

    def _is_over(self, state: SweepState) -> bool:
        """Whether the best of all trials that are wanted is registered where it is wanted now."""
        shipped = state.tags.get(SHIPPED) == destination(self.config, state.records)
        # What was killed between its last tag and its end has to end.
        return shipped and state.status == "FINISHED" and self._is_spent(state)

    def _is_spent(self, state: SweepState) -> bool:
        """Whether nothing is left to search: by its trials, or by the time that it ran out of."""
        if Budget.after(self.config, state.records).spent:
            return True
        ran_out_at = float(state.tags.get(TIMEOUT) or 0)
        return self.config.timeout is not None and self.config.timeout <= ran_out_at
