"""The types every layer speaks: what a trial was asked, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol, TypeAlias

from bigtrain.redaction import redacted

ParamValue: TypeAlias = str | int | float | bool | None
Curve: TypeAlias = Sequence[tuple[int, float]]
"""Points of a curve: (epoch, value), epochs ascending from 1."""

_COMPACT = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=dict)

METRICS = ("rmse", "mae", "r2")
"""The scores every model is compared by."""

HIGHER_IS_BETTER = frozenset({"r2"})


def maximized(objective: str) -> bool:
    """Whether more of an objective is better: of ``cv_r2`` it is, of an error or ``n_features`` it isn't."""
    return objective.removeprefix("cv_") in HIGHER_IS_BETTER


class TrialState(StrEnum):
    """How a trial ended, in Optuna's words."""

    COMPLETE = "COMPLETE"
    PRUNED = "PRUNED"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Trial:
    """What was asked: one point of the search space.

    Attributes
    ----------
    number : int
        Its place in the sweep, from 0.
    params : mapping
        The searched values by the sampler's names, which carry their branch (``adam.learning_rate``).
    settings : mapping
        The same values and the space's fixed ones by the estimator's own names (``learning_rate``).
    system_attrs : mapping
        What the sampler keeps with the trial (JSON values).
    """

    number: int
    params: Mapping[str, ParamValue]
    settings: Mapping[str, ParamValue]
    system_attrs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of evaluating one trial.

    Attributes
    ----------
    state : TrialState
        How it ended.
    values : tuple of float or None
        The objectives, finite; None unless the trial completed.
    metrics : mapping
        Every number to log once: ``cv_rmse``, ``fold_0_rmse``, …
    curves : mapping
        Every number to log by epoch: ``val_rmse``, …
    rungs : mapping
        Values that a pruner saw, by epoch.
    reason : str or None
        Why it failed or was pruned, in one line.
    traceback : str or None
        Where, if it was an exception.
    stop_reasons : tuple of str
        How training ended, by fold.
    """

    state: TrialState
    values: tuple[float, ...] | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)
    rungs: Mapping[int, float] = field(default_factory=dict)
    reason: str | None = None
    traceback: str | None = None
    stop_reasons: tuple[str, ...] = ()


class Judge(Protocol):
    """Who says, while a cohort is trained, which of its trials go on: the face of a pruner."""

    @property
    def rungs(self) -> Sequence[int]:
        """Epochs at which it wants to be asked, ascending."""

    def keep(self, epoch: int, values: Mapping[int, float]) -> set[int]:
        """Return the numbers of the trials that go on.

        Parameters
        ----------
        epoch : int
            One of the rungs.
        values : mapping of int to float
            For every trial that neither failed nor was pruned, by number: its score at this epoch, the mean
            over the folds, of the metric that is the trial's value. A trial that ended by itself holds its
            last one. What is seen here is recorded as the trial's ``rungs``, also where it goes on.
        """


class OutOfTime(Exception):  # noqa: N818 - nothing went wrong
    """A cohort's deadline passed before it was trained; nothing of it is kept."""


class TaskLost(Exception):  # noqa: N818 - the worker's fault, not the task's
    """A task took its worker down, or hung, each time it was tried: the reason in a line."""


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """All that is needed to rebuild a trial: the content of the tag ``bigtrain.trial``.

    Attributes are those of `Trial` and `Outcome`; ``scores`` are the means over the folds (``cv_rmse``, …);
    ``started_ms`` and ``ended_ms`` are Unix times in milliseconds.
    """

    number: int
    state: TrialState
    params: Mapping[str, ParamValue]
    settings: Mapping[str, ParamValue]
    values: tuple[float, ...] | None
    scores: Mapping[str, float]
    rungs: Mapping[int, float]
    system_attrs: Mapping[str, Any]
    reason: str | None
    stop_reasons: tuple[str, ...]
    started_ms: int
    ended_ms: int

    @property
    def trial(self) -> Trial:
        """What was asked."""
        return Trial(self.number, self.params, self.settings, self.system_attrs)

    @property
    def outcome(self) -> Outcome:
        """What came of it, but for what only its run has: scores of single folds, and curves."""
        return Outcome(
            self.state,
            self.values,
            self.scores,
            rungs=self.rungs,
            reason=self.reason,
            stop_reasons=self.stop_reasons,
        )

    def to_json(self) -> str:
        """Return the record as compact JSON."""
        return _COMPACT.encode({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def from_json(cls, text: str) -> TrialRecord:
        """Read a record back; unknown keys are ignored, so that later versions may add some."""
        content = json.loads(text)
        known = {f.name: content[f.name] for f in fields(cls)}
        known["state"] = TrialState(known["state"])
        known["values"] = None if known["values"] is None else tuple(known["values"])
        known["rungs"] = {int(epoch): value for epoch, value in known["rungs"].items()}
        known["stop_reasons"] = tuple(known["stop_reasons"])
        return cls(**known)


@dataclass(frozen=True)
class FinishedTrial:
    """A trial with its outcome and its times, ready to be recorded."""

    trial: Trial
    outcome: Outcome
    started_ms: int
    ended_ms: int

    @cached_property
    def record(self) -> TrialRecord:
        """What the store keeps of it to rebuild it."""
        trial, outcome = self.trial, self.outcome
        return TrialRecord(
            number=trial.number,
            state=outcome.state,
            params=trial.params,
            settings=trial.settings,
            values=outcome.values,
            scores={name: value for name, value in outcome.metrics.items() if name.startswith("cv_")},
            rungs=outcome.rungs,
            system_attrs=trial.system_attrs,
            reason=None if outcome.reason is None else redacted(outcome.reason),
            stop_reasons=outcome.stop_reasons,
            started_ms=self.started_ms,
            ended_ms=self.ended_ms,
        )
