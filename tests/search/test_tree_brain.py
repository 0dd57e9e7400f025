"""TPE along the branches of a space, beside Optuna's own."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigtrain.config import SamplerConfig
from bigtrain.records import Outcome, Trial, TrialState
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


@settings(max_examples=30)
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


@settings(max_examples=30)
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


def test_a_branch_is_modelled_among_its_own_trials():
    """A good rate of one optimizer says nothing of another's, and both are found."""
    best = {"gd": 0.3, "adam": 0.002}

    def loss(trial):
        optimizer = trial.settings["optimizer"]
        return math.log10(trial.settings["learning_rate"] / best[optimizer]) ** 2

    errors = {name: [] for name in best}
    for seed in range(5):
        brain, seen = TreeBrain(question(BRANCHED, seed)), []
        for first in range(0, 128, 16):
            trials = brain.ask(first, 16)
            seen += trials
            brain.tell(trials, [Outcome(TrialState.COMPLETE, (loss(t),)) for t in trials])
        for name, own in errors.items():
            own.append(min(loss(t) for t in seen if t.settings["optimizer"] == name))
    assert max(map(np.median, errors.values())) < 0.01


@pytest.mark.parametrize("cohort", [1, 16])
def test_it_learns(cohort):
    """From five seeds it comes nearer to the bottom of a bowl than as many independent draws."""

    def loss(trial):
        far = (math.log10(trial.params["l1"]) + 3.0) ** 2 + 10 * (trial.params["learning_rate"] - 0.3) ** 2
        return far + trial.params["n_iter_no_change"]

    found = {TreeBrain: [], PointBrain: []}
    for seed in range(5):
        for make, kind in ((TreeBrain, "tpe"), (PointBrain, "random")):
            brain, best = make(question(FLAT, seed, kind=kind)), math.inf
            for first in range(0, 80, cohort):
                trials = brain.ask(first, cohort)
                brain.tell(trials, [Outcome(TrialState.COMPLETE, (loss(t),)) for t in trials])
                best = min(best, *map(loss, trials)) if cohort > 1 else min(best, loss(trials[0]))
            found[make].append(best)
    assert np.mean(found[TreeBrain]) < np.mean(found[PointBrain])
