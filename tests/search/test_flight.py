"""Same seed, same sweep: whatever the sampler, the pruner, the order of arrival, and however it got there."""

from itertools import product

import pytest

from bigtrain.records import TrialRecord
from bigtrain.search import flight
from bigtrain.search.brain import Brain
from bigtrain.search.tree_brain import TreeBrain
from tests.search.landscape import Landscape, Shelf, configured, essence, search

SAMPLERS = ("tpe", "random", "qmc", "cmaes", "grid", "nsgaii", "rustuna")
PRUNERS = ("none", "halving", "hyperband", "median")


@pytest.fixture(params=["cohorts", "window"])
def pace(request, monkeypatch):
    """Trials that train together, or families that can't."""
    if request.param == "window":
        monkeypatch.setattr(flight, "_families", lambda _: {"random_forest"})
    return request.param


def again(records):
    """As they come back from the store."""
    return [TrialRecord.from_json(record.to_json()) for record in records]


@pytest.mark.parametrize(
    ("sampler", "pruner"),
    [*((sampler, "none") for sampler in SAMPLERS), *product(("tpe", "nsgaii", "cmaes", "qmc"), PRUNERS[1:])],
)
def test_a_killed_sweep_goes_on_as_if_nothing_had_been(pace, sampler, pruner):
    """Whichever trials were recorded when it ended, the rest come out as in the sweep that never ended."""
    config = configured(f"sampler={sampler}", f"pruner={pruner}")
    whole = search(config)
    assert len(whole) == 30
    for recorded in (1, 17):
        assert essence(search(config, again(whole[:recorded]))) == essence(whole), recorded


def test_progress_that_was_not_told_is_told_later(pace):
    """Killed when the last trials were recorded and their progress was not: no trial is left to tell it."""
    config, told, late = configured(), Shelf(), Shelf()
    whole = search(config, shelf=told)
    search(config, again(whole), shelf=late)
    assert late.best == told.best
    assert len(late.best) == len(whole)


def test_what_was_told_is_recorded_though_the_next_ask_ends_the_sweep(pace, monkeypatch):
    """Interrupted while a sampler thinks: nothing that was evaluated before is lost."""
    shelf, tell, ask, told = Shelf(), TreeBrain.tell, TreeBrain.ask, []

    def counted(self, trials, outcomes):
        told.extend(trial.number for trial in trials)
        tell(self, trials, outcomes)

    def interrupted(self, first, count):
        if told and told[-1] >= 11:
            raise KeyboardInterrupt
        return ask(self, first, count)

    monkeypatch.setattr(TreeBrain, "tell", counted)
    monkeypatch.setattr(TreeBrain, "ask", interrupted)
    with pytest.raises(KeyboardInterrupt):
        search(configured(), shelf=shelf)
    assert [record.number for record in shelf.written] == told == list(range(12))


def test_a_gaussian_process_goes_on_as_if_nothing_had_been():
    """The same of gp, which takes longest to ask: few trials, most of them modelled."""
    pytest.importorskip("torch")
    config = configured("sampler=gp", "n_trials=12", "sampler.n_startup_trials=4")
    whole = search(config)
    assert essence(search(config, again(whole[:7]))) == essence(whole)


@pytest.mark.parametrize("sampler", [name for name in SAMPLERS if name != "cmaes"])
def test_several_objectives_go_on_as_if_nothing_had_been(pace, sampler):
    """Also where a sampler keeps its populations in the study, and these have to be brought back."""
    config = configured(f"sampler={sampler}", "objectives=[cv_rmse,n_features]", "n_trials=76")
    whole = search(config)
    assert {len(record.values) for record in whole if record.values} == {2}
    for recorded in (66, 71):
        assert essence(search(config, again(whole[:recorded]))) == essence(whole), recorded


@pytest.mark.parametrize("pruner", PRUNERS)
def test_an_extended_sweep_is_the_longer_one(pace, pruner):
    """First fewer trials, then more: as all at once."""
    whole = search(configured(f"pruner={pruner}"))
    for first in (3, 25):
        short = search(configured(f"pruner={pruner}", f"n_trials={first}"))
        assert essence(short) == essence(whole[:first])
        assert essence(search(configured(f"pruner={pruner}"), short)) == essence(whole)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_who_is_ready_first_changes_nothing(pace, sampler):
    """Trials that take different times, side by side: asked, told and recorded as if each had waited."""
    config = configured(f"sampler={sampler}")
    assert essence(search(config, evaluator=Landscape(slow=0.02))) == essence(search(config))


@pytest.mark.parametrize(("sampler", "brain"), [("tpe", TreeBrain), ("nsgaii", Brain)])
def test_a_window_asks_while_others_are_on_their_way(monkeypatch, sampler, brain):
    """Trial i + W is asked when trial i is told and no later one: W are always on their way."""
    monkeypatch.setattr(flight, "_families", lambda _: {"ridge"})
    events = []
    ask, tell = brain.ask, brain.tell
    monkeypatch.setattr(brain, "ask", lambda b, first, n: (events.append(first), ask(b, first, n))[1])
    monkeypatch.setattr(
        brain,
        "tell",
        lambda b, trials, o: (events.append(-1 - trials[0].number), tell(b, trials, o))[1],
    )
    search(configured(f"sampler={sampler}", "n_trials=20"))
    asked_after = {n: sum(e < 0 for e in events[: events.index(n)]) for n in range(20)}
    assert asked_after == {n: max(0, n - 5) for n in range(20)}


def test_an_interruption_leaves_a_prefix(pace):
    """What is recorded when Ctrl-C comes are the first trials; what was on its way is told to stop."""
    config, shelf, evaluator = configured(), Shelf(), Landscape(stop_after=4)
    with pytest.raises(KeyboardInterrupt):
        search(config, evaluator=evaluator, shelf=shelf)
    whole = search(config)
    assert shelf.written
    assert essence(shelf.written) == essence(whole[: len(shelf.written)])
    assert evaluator.stopped


def test_the_best_so_far_is_recorded_for_every_trial(pace):
    """One point for each trial from the first that completed; of a resumed sweep too."""
    shelf = Shelf()
    config = configured()
    records = search(config, search(configured("n_trials=10")), shelf=shelf)
    values = {r.number: r.values[0] for r in records if r.values}
    assert shelf.best == {
        n: min(v for m, v in values.items() if m <= n) for n in range(min(values), len(records))
    }


def test_a_sweep_begins_with_the_defaults_and_with_what_one_knows(pace):
    """Trial 0 has the estimator's defaults, the next ones what `start` says; a resumed sweep has them too."""
    config = configured("start=[{optimizer:adam,l1:0.01,beta_1:0.85}]")
    whole = search(config)
    assert whole[0].settings == config.space.settings_of(config.space.params_of({}))
    assert {"optimizer": "adam", "l1": 0.01, "beta_1": 0.85}.items() <= whole[1].settings.items()
    for recorded in (1, 2, 8):
        assert essence(search(config, again(whole[:recorded]))) == essence(whole)
    assert len({str(record.params) for record in search(configured("sampler=grid"))}) == 30
