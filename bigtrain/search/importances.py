"""How much of what separates good trials from the others each knob accounts for."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import optuna
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from bigtrain.records import TrialRecord, TrialState, maximized
from bigtrain.space import Space

FEWEST = 10
"""Completed trials below which nothing can be said."""


def importances(space: Space, objective: str, records: Sequence[TrialRecord]) -> dict[str, float]:
    """Return each knob's share, the largest first; empty where there are too few trials to say.

    By PED-ANOVA (Watanabe et al. 2023), which compares where the better trials lie with where all do, also
    for knobs that only some of them have.
    """
    completed = [r for r in records if r.state is TrialState.COMPLETE and r.values]
    if len(completed) < FEWEST or len({r.values[0] for r in completed if r.values}) < 2:
        return {}
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize" if maximized(objective) else "minimize")
    distributions = space.distributions()
    study.add_trials(
        optuna.trial.create_trial(
            value=r.values[0] if r.values else None,
            params=dict(r.params),
            distributions={name: distributions[name] for name in r.params},
        )
        for r in completed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        # That a branch was taken once is no reason to warn whoever started the sweep.
        warnings.filterwarnings("ignore", "Some regimes for parameter")
        shares = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    return {name: float(share) for name, share in shares.items()}
