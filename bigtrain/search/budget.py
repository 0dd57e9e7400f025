"""When a sweep ends: so many trials, so many seconds, good enough, or no better for long."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence

from bigtrain.config import SweepConfig
from bigtrain.records import TrialRecord, TrialState, maximized
from bigtrain.search.samplers import last_trial

BLEND_SHARE = 0.25
"""Of a timeout, what is kept for choosing and refitting a blend."""


class Budget:
    """What a sweep may still spend. All but the seconds is decided from the trials in their order.

    Parameters
    ----------
    config : SweepConfig
        What it may spend in all.
    seconds : float
        What it spent before.
    """

    def __init__(self, config: SweepConfig, seconds: float = 0.0) -> None:
        self._config, self._most = config, most_trials(config)
        self._sign = -1 if maximized(config.objectives[0]) else 1
        self.trials, self._best, self._since = 0, math.inf, 0
        self.until = None if config.timeout is None else time.monotonic() + search_seconds(config) - seconds
        """When time is up, on the monotonic clock."""

    @classmethod
    def after(cls, config: SweepConfig, records: Sequence[TrialRecord]) -> Budget:
        """Return what is left after these trials, given in the order of their numbers."""
        budget = cls(config, seconds_spent(records))
        for record in records:
            budget.add(record)
        return budget

    def add(self, record: TrialRecord) -> None:
        """Count one more trial."""
        self.trials += 1
        self._since += 1
        if record.state is TrialState.COMPLETE and record.values is not None:
            loss = self._sign * record.values[0]
            if loss < self._best:
                self._best, self._since = loss, 0

    @property
    def spent(self) -> bool:
        """Whether the trials say that it is over."""
        return self.trials >= self._most or self._reached or self._stuck

    @property
    def out_of_time(self) -> bool:
        """Whether the seconds are gone."""
        return self.until is not None and time.monotonic() >= self.until

    @property
    def end(self) -> str:
        """What it was that was spent, in a few words."""
        config = self._config
        if self._reached:
            return f"target={config.target:g} was reached"
        if self._stuck:
            return f"no better for patience={config.patience} trials"
        if self.trials >= self._most:
            return "" if self._most == config.n_trials else "the grid was walked"
        return f"timeout={config.timeout:g} was over"

    @property
    def _reached(self) -> bool:
        target = self._config.target
        return target is not None and self._best <= self._sign * target

    @property
    def _stuck(self) -> bool:
        # Trials before the first that completed are no sign of having arrived.
        patience = self._config.patience
        return patience is not None and self._best < math.inf and self._since >= patience


def search_seconds(config: SweepConfig) -> float:
    """Return the seconds that trials may take: all of a timeout but what is kept for the blend."""
    return (config.timeout or math.inf) * (1 - BLEND_SHARE if config.blend else 1)


def most_trials(config: SweepConfig) -> int:
    """Return `n_trials`, or the number of points of a grid that has fewer."""
    return min(config.n_trials, last_trial(config.sampler, config.space))


def seconds_spent(records: Iterable[TrialRecord]) -> float:
    """Return for how long some trial was asked or evaluated: trials at the same time count once."""
    total, end = 0, 0
    for started, ended in sorted({(record.started_ms, record.ended_ms) for record in records}):
        total += max(0, ended - max(started, end))
        end = max(end, ended)
    return total / 1000
