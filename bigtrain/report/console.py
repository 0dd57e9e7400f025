"""Lines for a person at a terminal, or for a log file."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from bigtrain.config import SweepConfig
from bigtrain.records import HIGHER_IS_BETTER, TrialRecord, TrialState

SECONDS_BETWEEN_LINES = 2.0


class Console:
    """Says what a sweep does: nothing with ``verbose=0``, a line for each cohort with ``verbose=2``."""

    def __init__(self, config: SweepConfig) -> None:
        self._config = config
        self._announced = self._began = self._last = time.monotonic()
        self._at_start, self._n_trials = 0, config.n_trials

    def say(self, text: str) -> None:
        """Write one line, at once."""
        if self._config.verbose:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    def announce(self) -> None:
        """Write the first line: what was understood."""
        c = self._config
        budget = f"{c.n_trials} trials" + (f" or {c.timeout:g} s" if c.timeout else "")
        self.say(f"bigtrain: {c.name}: {budget}, sampler {c.sampler.kind}, {c.cv} folds, seed {c.seed}")

    @property
    def elapsed(self) -> float:
        """Seconds since the first line."""
        return time.monotonic() - self._announced

    def start(self, records: Sequence[TrialRecord], n_trials: int) -> None:
        """Begin to time trials: `records` are those that were there before, of `n_trials` in all."""
        self._at_start, self._n_trials, self._began = len(records), n_trials, time.monotonic()
        if records:
            self.say(f"  resuming after {len(records)} trials")

    def progress(self, records: Sequence[TrialRecord]) -> None:
        """Write how far the sweep is, at most every two seconds unless it is asked for more."""
        now = time.monotonic()
        done = len(records) >= self._n_trials
        if not done and self._config.verbose < 2 and now - self._last < SECONDS_BETWEEN_LINES:
            return
        self._last = now
        rate = (len(records) - self._at_start) / max(now - self._began, 1e-9)
        failed = sum(record.state is TrialState.FAIL for record in records)
        self.say(
            f"  {len(records)}/{self._n_trials} trials, {failed} failed, {self._best(records)}, "
            f"{rate:.1f} trials/s"
        )

    def _best(self, records: Sequence[TrialRecord]) -> str:
        scoring = self._config.scoring
        values = [record.values[0] for record in records if record.values]
        if not values:
            return "none completed yet"
        best = max(values) if scoring in HIGHER_IS_BETTER else min(values)
        return f"best cv_{scoring} {best:.6g}"
