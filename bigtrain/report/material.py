"""All that a page about a sweep is made of, gathered from the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import yaml

from bigtrain.config import SweepConfig, check_config
from bigtrain.records import HIGHER_IS_BETTER, Curve, TrialRecord, TrialState
from bigtrain.report.observations import FILE, Observations
from bigtrain.search import best_first
from bigtrain.search.importances import importances
from bigtrain.space import Choice, Range
from bigtrain.tracking import Store, SweepState
from bigtrain.tracking.reading import read_curves, read_file, read_metrics

FOLDER = "report"
"""Where the page and what belongs to it stand among the artifacts of the parent run."""


@dataclass(frozen=True)
class Material:
    """What is known of a sweep that has ended.

    Attributes
    ----------
    config : SweepConfig
        What was asked.
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
    """

    config: SweepConfig
    state: SweepState
    best: TrialRecord
    curves: Mapping[int, Curve]
    fold_errors: Sequence[float]
    observed: Observations | None

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
        return _firsts(self.ranked)

    @cached_property
    def knobs(self) -> Mapping[str, Range | Choice]:
        """What was searched, by the sampler's names."""
        return self.config.space.knobs

    @cached_property
    def importances(self) -> Mapping[str, Mapping[str, float]]:
        """Shares of importance: over all trials, and among those of the best one's kind."""
        kind = kind_of(self.best)
        groups = {
            "all trials": self.state.records,
            f"trials of {kind}": [r for r in self.state.records if kind_of(r) == kind],
        }
        found = {
            title: importances(self.config.space, f"cv_{self.scoring}", records)
            for title, records in groups.items()
        }
        return {title: shares for title, shares in found.items() if len(shares) > 1}

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


def _firsts(ranked: Sequence[TrialRecord]) -> dict[str, TrialRecord]:
    first: dict[str, TrialRecord] = {}
    for record in ranked:
        first.setdefault(kind_of(record), record)
    return first


def gather(
    store: Store,
    state: SweepState,
    best_trial: int,
    config: SweepConfig | None = None,
    observed: Observations | None = None,
) -> Material:
    """Read what a page needs.

    Parameters
    ----------
    store : Store
        Where the sweep is.
    state : SweepState
        The sweep.
    best_trial : int
        The number of the trial that was refitted.
    config, observed : SweepConfig, Observations, optional
        What was asked, and what was seen of the table and the model; by default what the sweep kept of them.
    """
    kept = config or check_config(yaml.safe_load(read_file(store, state.sweep_id, "config.yaml") or "{}"))
    if observed is None and (text := read_file(store, state.sweep_id, f"{FOLDER}/{FILE}")):
        observed = Observations.from_json(text)
    run_ids = store.run_ids(state.sweep_id)
    best = next(r for r in state.records if r.number == best_trial)
    firsts = _firsts(best_first(kept.objectives[:1], state.records))
    shown = {best.number, *(r.number for r in firsts.values())}
    metrics = read_metrics(store, run_ids[best.number])
    folds = (metrics.get(f"fold_{fold}_rmse") for fold in range(kept.cv))
    return Material(
        config=kept,
        state=state,
        best=best,
        curves=read_curves(store, run_ids, sorted(shown)),
        fold_errors=[value for value in folds if value is not None],
        observed=observed,
    )


def failed(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Return the trials that failed."""
    return [record for record in records if record.state is TrialState.FAIL]
