"""Gather from the store what a page is made of."""

from __future__ import annotations

from collections.abc import Mapping

import yaml

from bigtrain.config import SweepConfig, check_config
from bigtrain.ranking import best_first
from bigtrain.records import TrialRecord
from bigtrain.redaction import redacted_tree
from bigtrain.report.material import FOLDER, Material, firsts, kind_of
from bigtrain.report.observations import FILE, Observations
from bigtrain.search.importances import importances
from bigtrain.tracking import Store, SweepState
from bigtrain.tracking.reading import read_curves, read_file, read_metrics


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
    best_by_kind = firsts(best_first(kept.objectives[:1], state.records))
    shown = {best.number, *(r.number for r in best_by_kind.values())}
    metrics = read_metrics(store, run_ids[best.number])
    folds = (metrics.get(f"fold_{fold}_rmse") for fold in range(kept.cv))
    return Material(
        config=kept,
        asked=yaml.safe_dump(redacted_tree(kept.resolved), sort_keys=False),
        state=state,
        best=best,
        curves=read_curves(store, run_ids, sorted(shown)),
        fold_errors=[value for value in folds if value is not None],
        observed=observed,
        importances=_importances(kept, state, best),
    )


def _importances(
    config: SweepConfig, state: SweepState, best: TrialRecord
) -> Mapping[str, Mapping[str, float]]:
    kind = kind_of(best)
    groups = {
        "all trials": state.records,
        f"trials of {kind}": [r for r in state.records if kind_of(r) == kind],
    }
    found = {
        title: importances(config.space, f"cv_{config.scoring}", records) for title, records in groups.items()
    }
    return {title: shares for title, shares in found.items() if len(shares) > 1}
