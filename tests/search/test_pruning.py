"""Pruners: who stays is what an independent count says, and what is pruned is never the best."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigtrain.ranking import best_first
from bigtrain.records import TrialState
from bigtrain.search.pruning import Halving, Median, make_judge
from tests.search.landscape import configured, search

SCORES = st.lists(st.floats(-5, 5) | st.sampled_from([0.0, 1.0, math.nan, math.inf]), min_size=1, max_size=30)


@given(scores=SCORES, factor=st.integers(2, 5), maximize=st.booleans())
def test_halving_keeps_exactly_the_best_one_in_factor(scores, factor, maximize):
    """By NumPy's stable sort: ceil(n / factor) stay, the first of equals, no number last."""
    kept = Halving((1,), factor, maximize).keep(1, dict(enumerate(scores)))
    costs = np.array(scores) * (-1 if maximize else 1)
    order = np.argsort(np.where(np.isfinite(costs), costs, np.inf), kind="stable")
    assert kept == set(order[: -(-len(scores) // factor)].tolist())


@given(scores=SCORES, before=st.lists(st.floats(-5, 5), max_size=20), maximize=st.booleans())
def test_the_median_rule_keeps_those_no_worse_than_half(scores, before, maximize):
    """At least half of the cohort and its predecessors are as good as none that goes, by counting."""
    kept = Median((1,), {1: before}, maximize).keep(1, dict(enumerate(scores)))
    sign = -1 if maximize else 1
    costs = [sign * s if math.isfinite(s) else math.inf for s in scores]
    everyone = costs + [sign * s for s in before]
    middle = float(np.median(everyone)) if not all(map(math.isinf, everyone)) else math.inf
    if math.isnan(middle):
        middle = math.inf
    assert kept == {n for n, cost in enumerate(costs) if cost <= middle}


@pytest.mark.parametrize(
    ("max_iter", "rungs"), [(100, (5, 15, 45)), (46, (5, 15, 45)), (45, (5, 15)), (5, ())]
)
def test_rungs_are_powers_below_the_last_epoch(max_iter, rungs):
    """min_epochs · factor^k, as far as the longest training of the cohort goes."""
    config = configured("pruner=halving", f"estimator.params.max_iter={max_iter}")
    judge = make_judge(config, [r.trial for r in search(config)[:6]], [])
    assert (judge.rungs if judge else ()) == rungs


def test_hyperband_takes_turns():
    """Each cohort begins to compare one rung later, the fourth compares nothing, the fifth begins again."""
    config = configured("pruner=hyperband", "estimator.params.max_iter=100", "n_trials=36")
    trials = [r.trial for r in search(config)]
    judges = [make_judge(config, trials[first : first + 6], []) for first in range(0, 36, 6)]
    rungs = [judge.rungs if judge else () for judge in judges]
    assert rungs == [(5, 15, 45), (15, 45), (45,), (), (5, 15, 45), (15, 45)]


@pytest.mark.parametrize("pruner", ["halving", "hyperband", "median"])
@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_pruned_trial_is_never_the_best(sampler, pruner):
    """Though it may have had the lowest score of all at its rung."""
    records = search(configured(f"pruner={pruner}", f"sampler={sampler}"))
    pruned = [r for r in records if r.state is TrialState.PRUNED]
    assert pruned
    assert all(r.values is None and r.rungs for r in pruned)
    lured = [replace(r, values=(-1e9,)) if r in pruned else r for r in records]
    ranked = best_first(config_objectives := ("cv_rmse",), lured)
    assert {r.state for r in ranked} == {TrialState.COMPLETE}
    assert [r.number for r in ranked] == [r.number for r in best_first(config_objectives, records)]
