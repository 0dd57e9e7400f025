"""How far a sweep is, in numbers and in one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bigtrain.records import HIGHER_IS_BETTER, ParamValue, TrialRecord, TrialState
from bigtrain.wording import counted


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a sweep while it runs.

    Attributes
    ----------
    name, scoring : str
        The sweep's name; the metric that is a trial's value.
    n_trials : int
        Trials wanted in all.
    counts : mapping
        Trials by how they ended.
    best : TrialRecord or None
        The best so far.
    rate : float
        Trials a second, of late; 0 where none has ended yet.
    elapsed : float
        Seconds since the first trial began.
    share : float
        Of the budget, what is spent: of the trials or of the seconds, whichever is more.
    time_left : float or None
        Seconds until the budget is spent, if it goes on like this; None where that can't be said yet.
    """

    name: str
    scoring: str
    n_trials: int
    counts: Mapping[TrialState, int]
    best: TrialRecord | None
    rate: float
    elapsed: float
    share: float
    time_left: float | None

    @property
    def told(self) -> int:
        """Trials that have ended."""
        return sum(self.counts.values())

    @property
    def is_over(self) -> bool:
        """Whether every trial has ended."""
        return self.told >= self.n_trials

    def line(self) -> str:
        """Return all of it in one line, but for the best trial's settings."""
        best = f"best {value_text(self.scoring, self.best)}" if self.best else "none completed yet"
        pruned = f"{self.counts[TrialState.PRUNED]} pruned, " if self.counts[TrialState.PRUNED] else ""
        parts = [
            f"{self.told:,}/{counted(self.n_trials, 'trial')}",
            f"{pruned}{self.counts[TrialState.FAIL]} failed",
            best,
            f"{self.rate:.3g} trials/s" if self.rate else f"{clock(self.elapsed)} so far",
        ]
        if self.time_left and not self.is_over:
            parts.append(f"{clock(self.time_left)} left")
        return "  " + ", ".join(parts)


def count_states(records: Sequence[TrialRecord]) -> Mapping[TrialState, int]:
    """Return how many of `records` ended in which way."""
    return Counter(record.state for record in records)


def best_of(scoring: str, records: Sequence[TrialRecord]) -> TrialRecord | None:
    """Return the completed trial with the best value, the first of equals."""
    completed = [record for record in records if record.state is TrialState.COMPLETE and record.values]
    sign = -1 if scoring in HIGHER_IS_BETTER else 1
    return min(completed, key=lambda record: sign * (record.values or (0.0,))[0], default=None)


def most_often(reasons: Iterable[str]) -> str:
    """Return the most frequent of some reasons, and how often it is one, whichever fold it was in."""
    reason, times = Counter(re.sub(r"^fold \d+: ", "", each) for each in reasons).most_common(1)[0]
    return f"most often ({counted(times, 'time')}): {reason}"


def value_text(scoring: str, record: TrialRecord) -> str:
    """Return a completed trial's value with its name: ``cv_rmse 53.9403``."""
    return f"cv_{scoring} {record.values[0]:.6g}" if record.values else "no value"


def settings_text(settings: Mapping[str, ParamValue]) -> str:
    """Return settings as they would be said: ``optimizer=adam, learning_rate=0.0123``."""
    return ", ".join(f"{name}={short(value)}" for name, value in settings.items())


def short(value: ParamValue) -> str:
    """Return one value in few digits."""
    if value is None:
        return "null"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def clock(seconds: float) -> str:
    """Return a time span as people read it: ``8 s``, ``2:05 min``, ``1:02:05 h``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"
