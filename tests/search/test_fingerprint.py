"""Laws of what a sweep is known by: whatever changes what is asked is seen, and an extension isn't."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache

import pytest

from bigtrain.config import SamplerConfig, SweepConfig
from bigtrain.config.app import compose
from bigtrain.data import Dataset, load_dataset
from bigtrain.records import Outcome, ParamValue, TrialState, maximized
from bigtrain.search import differences, fingerprint
from bigtrain.search.brain import Question
from bigtrain.search.brains import make_brain

GD, ADAM = "gd:{learning_rate:{low:0.1,high:1}}", "adam:{beta_1:{low:0.5,high:0.9},beta_2:{low:0.5,high:0.9}}"
L1, L2 = "l1:{low:0,high:1}", "l2:{low:0,high:1}"
SPACE = f"space={{optimizer:{{choices:{{{GD},{ADAM}}}}},{L1},{L2}}}"
KNOBS = f"space={{{L2},optimizer:{{choices:{{{GD},{ADAM}}}}},{L1}}}"
OPTIONS = f"space={{optimizer:{{choices:{{{ADAM},{GD}}}}},{L1},{L2}}}"
GROUP = SamplerConfig().n_startup_trials
SEVERAL = "tpe objectives=[cv_rmse,n_features]"


@cache
def table() -> Dataset:
    """A table that is not looked at."""
    return load_dataset("document")


@cache
def composed(*line: str) -> SweepConfig:
    """A configuration that several tests look at."""
    return compose(line)


def asked(config: SweepConfig) -> list[dict[str, object]]:
    """The first trials after the defaults, and more of them when those are known."""
    maximize = [maximized(objective) for objective in config.objectives]
    brain = make_brain(Question(config.space, config.sampler, config.seed, maximize))
    trials = []
    for first in range(0, 3 * GROUP, GROUP):
        trials += (group := brain.ask(first, GROUP))
        brain.tell(group, [outcome(trial.params, len(maximize)) for trial in group])
    return [dict(trial.params) for trial in trials]


def outcome(params: Mapping[str, ParamValue], n_values: int) -> Outcome:
    """What comes of a trial, whatever the order of its knobs: of an eighth, that it failed."""
    drawn = random.Random(repr(sorted(params.items())))
    if drawn.random() < 1 / 8:
        return Outcome(TrialState.FAIL, reason="diverged")
    return Outcome(TrialState.COMPLETE, tuple(drawn.random() for _ in range(n_values)))


@pytest.mark.parametrize("sampler", ["tpe", SEVERAL, "random", "qmc", "grid", "nsgaii"])
@pytest.mark.parametrize("other", [SPACE, KNOBS, OPTIONS])
def test_an_order_that_decides_what_is_asked_is_seen(sampler: str, other: str) -> None:
    """Where no change is said, the same is asked; of knobs that tpe draws by name, in any order."""
    before, now = (composed(*f"sampler={sampler}".split(), space) for space in (SPACE, other))
    changes = differences(fingerprint(before, table()), fingerprint(now, table()))
    said = {
        SPACE: [],
        KNOBS: [] if sampler == "tpe" else ["order.knobs.all: optimizer, l1, l2 → l2, optimizer, l1"],
        OPTIONS: ["order.options.optimizer: gd, adam → adam, gd"],
    }
    assert changes == said[other]
    assert changes or asked(before) == asked(now)


def test_a_sweep_that_kept_no_order_has_any() -> None:
    """One that began before the order was kept goes on."""
    known = fingerprint(composed(SPACE), table())
    assert differences({key: value for key, value in known.items() if key != "order"}, known) == []


def test_the_order_is_said_where_nothing_else_changed() -> None:
    """Another space has another order, and one line says enough."""
    before, now = (fingerprint(composed(*given), table()) for given in ([SPACE], [SPACE, "space.l1=0"]))
    assert [change.partition(":")[0] for change in differences(before, now)] == ["space.l1"]


@pytest.mark.parametrize("more", ["n_trials=99", "timeout=9", "target=0.1", "patience=9", "engine=processes"])
def test_a_budget_or_a_place_is_no_question(more: str) -> None:
    """What only says how much, or where."""
    before, now = (fingerprint(composed(*given), table()) for given in ([], [more]))
    assert differences(before, now) == []
