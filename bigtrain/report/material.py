"""All that a page about a sweep is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from bigtrain.ranking import best_first
from bigtrain.records import HIGHER_IS_BETTER, Curve, TrialRecord, TrialState
from bigtrain.space import Choice, Range

if TYPE_CHECKING:
    from bigtrain.config import SweepConfig
    from bigtrain.report.observations import Observations
    from bigtrain.tracking import SweepState

FOLDER, PAGE = "report", "report.html"
"""Where the page and what belongs to it stand among the artifacts of the parent run."""


@dataclass(frozen=True)
class Material:
    """What is known of a sweep that has ended.

    Attributes
    ----------
    config : SweepConfig
        What was asked.
    asked : str
        The same as YAML, to be shown: without what is secret, which no other process would know.
    state : SweepState
        What came of it.
    best : TrialRecord
        The trial that was refitted.
    curves : mapping
        Validation error by epoch of the best trial of each kind, by trial number.
    fold_errors : sequence of float
        The best trial's RMSE in each fold.
    observed : Observations or None
        What was seen of table and model, where that was kept.
    importances : mapping
        Shares of importance by knob: over all trials, and among those of the best one's kind.
    """

    config: SweepConfig
    asked: str
    state: SweepState
    best: TrialRecord
    curves: Mapping[int, Curve]
    fold_errors: Sequence[float]
    observed: Observations | None
    importances: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def scoring(self) -> str:
        """The metric that is a trial's value."""
        return self.config.scoring

    @cached_property
    def ranked(self) -> Sequence[TrialRecord]:
        """Completed trials, the best first."""
        return best_first(self.config.objectives[:1], self.state.records)

    @cached_property
    def best_by_kind(self) -> Mapping[str, TrialRecord]:
        """The best trial of each optimizer, or family of models, the best first."""
        return firsts(self.ranked)

    @cached_property
    def knobs(self) -> Mapping[str, Range | Choice]:
        """What was searched, by the sampler's names."""
        return self.config.space.knobs

    def gain(self, over: float, value: float) -> float:
        """Return by which share `value` is better than `over`."""
        difference = value - over if self.scoring in HIGHER_IS_BETTER else over - value
        return difference / abs(over) if over else 0.0


def kind_of(record: TrialRecord) -> str:
    """Return what a person would call the trial: its optimizer, or its family where that has none."""
    family = record.settings.get("estimator")
    if family not in (None, "gradient"):
        return str(family)
    return str(record.settings.get("optimizer", "gradient"))


def firsts(ranked: Sequence[TrialRecord]) -> dict[str, TrialRecord]:
    """Return the first trial of each kind."""
    first: dict[str, TrialRecord] = {}
    for record in ranked:
        first.setdefault(kind_of(record), record)
    return first


def failed(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Return the trials that failed."""
    return [record for record in records if record.state is TrialState.FAIL]
