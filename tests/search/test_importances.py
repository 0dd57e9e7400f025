"""Importances: the knob that a value hangs on comes first."""

from dataclasses import replace

import pytest

from bigtrain.config.app import compose
from bigtrain.records import TrialRecord, TrialState
from bigtrain.search.importances import importances
from bigtrain.space import parse_space

BRANCH = {"optimizer": "gd", "gd.learning_rate": 0.1}
SPACE = compose(["space=none", "space.l1={low:0.01,high:1}", "space.l2={low:0.01,high:1}"]).space


def record(number, knob):
    """A trial whose value is one of its knobs."""
    params = {name: max((number * step) % 1, 0.01) for name, step in (("l1", 0.618034), ("l2", 0.754878))}
    return TrialRecord(
        number=number, state=TrialState.COMPLETE, params=params, settings=params, values=(params[knob],),
        scores={}, rungs={}, system_attrs={}, reason=None, stop_reasons=(), started_ms=0, ended_ms=1,
    )  # fmt: skip


def records(knob, count=60):
    """So many trials, evenly spread."""
    return [record(number, knob) for number in range(count)]


@pytest.mark.parametrize("knob", ["l1", "l2"])
@pytest.mark.parametrize("objective", ["cv_rmse", "cv_r2"])
def test_the_knob_that_decides_comes_first(knob, objective):
    """A value that is one knob's own makes that knob all that matters."""
    shares = importances(SPACE, objective, records(knob))
    assert next(iter(shares)) == knob
    assert shares[knob] > 0.8


def test_few_trials_say_nothing():
    """Of fewer than ten trials nothing is claimed."""
    assert importances(SPACE, "cv_rmse", records("l1", 9)) == {}


def test_a_branch_that_one_trial_took_warns_nobody():
    """Samplers leave poor branches soon; warnings are errors here."""
    choices = {"gd": {"learning_rate": {"low": 0.01, "high": 1.0}}, "sgd": {}}
    space = parse_space({"l1": {"low": 0.01, "high": 1.0}, "optimizer": {"choices": choices}})
    taken = [
        replace(each, params={**each.params, "optimizer": "sgd"} if number else each.params | BRANCH)
        for number, each in enumerate(records("l1"))
    ]
    plain = [replace(r, params={k: v for k, v in r.params.items() if k != "l2"}) for r in taken]
    assert next(iter(importances(space, "cv_rmse", plain))) == "l1"
