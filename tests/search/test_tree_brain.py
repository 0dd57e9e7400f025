"""TPE along the branches of a space, beside Optuna's own."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigtrain.config import SamplerConfig
from bigtrain.records import Outcome, Trial, TrialState
from bigtrain.search import tree_brain
from bigtrain.search.brain import Brain, Question
from bigtrain.search.points import PointBrain
from bigtrain.search.tree_brain import TreeBrain
from bigtrain.space import parse_space

FLAT = {
    "batch_size": [32, 256, None],
    "l1": {"low": 1e-6, "high": 1e-1, "log": True},
    "l2": {"low": 0.0, "high": 1.0, "step": 0.25},
    "learning_rate": {"low": 0.01, "high": 0.9},
    "n_iter_no_change": {"low": 1, "high": 9},
}
"""In the order of their names, in which Optuna's sampler models them."""

BRANCHED = {
    "l1": {"low": 1e-6, "high": 1e-1, "log": True},
    "optimizer": {
        "choices": {
            "gd": {"learning_rate": {"low": 1e-3, "high": 1.0, "log": True}},
            "adam": {
                "learning_rate": {"low": 1e-4, "high": 1.0, "log": True},
                "schedule": {"choices": {"constant": {}, "step": {"decay_every": {"low": 1, "high": 50}}}},
            },
        }
    },
}


def question(space, seed=0, *, maximize=False, kind="tpe"):
    return Question(parse_space(space), SamplerConfig(kind=kind, n_startup_trials=8), seed, [maximize])


def some_outcome(random, n):
    """Mostly completed; of the rest some are pruned, at a rung or before any, and some failed."""
    kind = random.choice(["complete", "complete", "complete", "pruned", "fail"])
    if kind == "complete":
        return Outcome(TrialState.COMPLETE, (float(random.normal()),))
    if kind == "fail":
        return Outcome(TrialState.FAIL, reason="diverged")
    rungs = {epoch: float(random.normal()) for epoch in (1, 4, 16)[: n % 4]}
    return Outcome(TrialState.PRUNED, rungs=rungs, reason="pruned")


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), told=st.integers(0, 70), running=st.integers(0, 5), maximize=st.booleans())
def test_without_branches_it_asks_what_optunas_own_asks(seed, told, running, maximize):
    """One trial more, whatever is known of the others: the same to the last bit."""
    given = PointBrain(question(FLAT, seed, kind="random")).ask(0, told + running)
    random = np.random.default_rng(seed)
    outcomes = [some_outcome(random, n) for n in range(told)]
    asked = []
    for make in (Brain, TreeBrain):
        brain = make(question(FLAT, seed, maximize=maximize))
        brain.recall(given)
        brain.tell(given[:told], outcomes)
        asked += brain.ask(told + running, 1)
    if sum(outcome.state is not TrialState.FAIL for outcome in outcomes) >= 8:
        assert asked[0].params == asked[1].params
    assert asked[1].params.keys() == FLAT.keys()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), count=st.integers(1, 20), told=st.integers(0, 40))
def test_what_it_asks_are_trials_of_the_space(seed, count, told):
    """Each knob where its branch is and nowhere else, in its range."""
    asking = question(BRANCHED, seed)
    given = PointBrain(question(BRANCHED, seed, kind="random")).ask(0, told)
    brain = TreeBrain(asking)
    brain.recall(given)
    brain.tell(given, [some_outcome(np.random.default_rng([seed, n]), n) for n in range(told)])
    distributions = asking.space.distributions()
    for trial in brain.ask(told, count):
        settings = asking.space.settings_of(trial.params)  # a KeyError where one is missing
        assert trial == Trial(trial.number, trial.params, settings)
        assert len(trial.params) == len(settings)
        for name, value in trial.params.items():
            assert distributions[name]._contains(distributions[name].to_internal_repr(value))


def searched(make, kind, loss, seed, *, n_trials, cohort):
    """Search, and return the least loss."""
    brain, best = make(question(BRANCHED, seed, kind=kind)), math.inf
    for first in range(0, n_trials, cohort):
        trials = brain.ask(first, cohort)
        losses = [loss(trial.settings) for trial in trials]
        brain.tell(trials, [Outcome(TrialState.COMPLETE, (value,)) for value in losses])
        best = min(best, *losses, math.inf)
    return best


def far(value, from_value, decades):
    return (math.log10(value / from_value) / decades) ** 2


def in_the_root(settings):
    return far(settings["l1"], 1e-3, 5)


def in_a_branch(settings):
    """Worst under gd, and best where three knobs of adam's are right, one of them a branch deeper."""
    if settings["optimizer"] == "gd":
        return 2.0
    deeper = far(settings["decay_every"], 10, 1.7) if settings["schedule"] == "step" else 1.0
    return far(settings["learning_rate"], 2e-3, 4) + deeper


@pytest.mark.parametrize("cohort", [1, 16])
@pytest.mark.parametrize("loss", [in_the_root, in_a_branch])
def test_it_learns(loss, cohort):
    """From the same seeds it comes much nearer to the bottom than as many independent draws."""
    found = {
        make: [searched(make, kind, loss, seed, n_trials=80, cohort=cohort) for seed in range(5)]
        for make, kind in ((TreeBrain, "tpe"), (PointBrain, "random"))
    }
    assert np.median(found[TreeBrain]) < 0.5 * np.median(found[PointBrain])


def known(number, l1):
    return Trial(number, params := {"l1": l1, "optimizer": "gd", "gd.learning_rate": 0.1}, params)


def after(trials):
    """Return a brain that was told these, each better the larger its l1."""
    brain = TreeBrain(question(BRANCHED))
    brain.recall(trials)
    losses = [1.0 - trial.params["l1"] for trial in trials]
    brain.tell(trials, [Outcome(TrialState.COMPLETE, (value,)) for value in losses])
    return brain


def test_what_a_cohort_has_drawn_counts_while_it_is_drawn(monkeypatch):
    """Its trials lie farther apart than those of one that learns nothing of itself."""
    trials = [known(number, 10 ** -(1 + number / 10)) for number in range(50)]
    spread = {}
    for parts in (1, tree_brain.PARTS):
        monkeypatch.setattr(tree_brain, "PARTS", parts)
        asked = [after(trials).ask(50 + 16 * i, 16) for i in range(10)]
        spread[parts] = np.mean([np.std([math.log10(t.params["l1"]) for t in some]) for some in asked])
    assert spread[tree_brain.PARTS] > 1.1 * spread[1]


@pytest.mark.parametrize(("number", "matters"), [(0, False), (42, False), (150, True), (298, True)])
def test_the_latest_of_the_others_are_remembered(number, matters):
    """Of 324 trials the 25 best, and of the rest the 256 latest: an older one may have been any other."""
    n_good, n_others = 25, 299
    others = [known(i, 1e-3 * (1 + i / n_others)) for i in range(n_others)]
    good = [known(n_others + i, 1e-2 * (1 + i / n_good)) for i in range(n_good)]
    changed = [*others[:number], known(number, 9e-3), *others[number + 1 :]]
    asked, otherwise = (after([*some, *good]).ask(n_others + n_good, 64) for some in (others, changed))
    assert (asked != otherwise) == matters
