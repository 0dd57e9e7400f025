"""MLflow's UI opens on the comparison: the view that it reads names what the sweep's trials have."""

import json
import random
from pathlib import Path

import pytest

from bigtrain.tracking.charts import MOST_AXES, Settings, parallel_axes
from bigtrain.tracking.view import NOTE, TAG, TAG_LENGTH, comparison, show_sweep
from tests.tracking.stores import sql_store, start, trial


def test_the_view_is_of_this_sweep(tmp_path: Path) -> None:
    """The filter finds the sweep's trials alone; note and view are where MLflow looks for them."""
    store = sql_store(tmp_path)
    sweep_id = store.start_sweep(start())
    store.write_trials(sweep_id, [trial(0), trial(1)])
    with store.hold(start().name):
        show_sweep(
            store, sweep_id, "**Asked:** much", "cv_rmse", ["optimizer", "learning_rate"], [], maximize=False
        )
    experiment = store.client.get_run(sweep_id).info.experiment_id
    view = json.loads(store.client.get_experiment(experiment).tags[TAG])
    found = store.client.search_runs([experiment], view["searchFilter"], order_by=["metrics.`cv_rmse` ASC"])
    assert {run.info.run_name for run in found} == {"trial-0000", "trial-0001"}
    assert store.client.get_run(sweep_id).data.tags[NOTE] == "**Asked:** much"


@pytest.mark.parametrize("most", [30, 300])
def test_the_view_fits_its_tag(most: int, tmp_path: Path) -> None:
    """Even of many settings with long names, of which some trials have some: the last charts are left out.

    SQLite would keep any length, PostgreSQL refuses it.
    """
    names = [f"a_rather_long_setting_{n}" for n in range(most)]
    trials: list[Settings] = [{name: float(n) for name in names[: 10 * n]} for n in range(4)]
    store = sql_store(tmp_path)
    sweep_id = store.start_sweep(start())
    with store.hold(start().name):
        show_sweep(store, sweep_id, "", "cv_rmse", names, trials, maximize=True)
    text = store.client.get_experiment(store.client.get_run(sweep_id).info.experiment_id).tags[TAG]
    view = comparison(sweep_id, "cv_rmse", names, trials, maximize=True)
    assert len(text) <= TAG_LENGTH
    shown = json.loads(text)
    assert shown["orderByAsc"] is False
    assert shown["compareRunCharts"] == view["compareRunCharts"][: len(shown["compareRunCharts"])]


def drawn_trials(seed: int) -> list[Settings]:
    """Up to twelve trials, each with some of five settings: numbers, words, or nothing."""
    draw = random.Random(seed)
    values = (0.0, 1.0, draw.random(), "adam", "gd", None)
    return [
        {name: draw.choice(values) for name in "abcde" if draw.random() < 0.7}
        for _ in range(draw.randint(0, 12))
    ]


@pytest.mark.parametrize("seed", range(200))
def test_a_chart_has_trials_that_differ(seed: int) -> None:
    """Every trial has what the first chart shows, some have what another shows; and no axis is one value."""
    trials = drawn_trials(seed)
    first, *others = parallel_axes("abcde", trials)
    assert all(name in trial for name in first for trial in trials)
    for axes in others:
        group = [trial for trial in trials if all(name in trial for name in axes)]
        assert group
    for axes in (first, *others):
        for name in axes:
            values = [trial[name] for trial in trials if all(other in trial for other in axes)]
            assert len(set(values)) > 1


@pytest.mark.parametrize("order", [1, -1])
def test_each_optimizer_has_a_chart_of_its_own(order: int) -> None:
    """Adam's betas, with what all share; what is one value for all, or word and number, is no axis."""
    trials = [
        {
            "optimizer": "adam",
            "rate": rate,
            "beta_1": rate,
            "beta_2": rate,
            "batch": 16 if rate > 1 else None,
            "l1": 0.0,
        }
        for rate in (1.0, 2.0)
    ]
    trials += [{"optimizer": "gd", "rate": 0.1, "batch": 32, "l1": 0.0}]
    names = ["optimizer", "rate", "beta_1", "beta_2", "batch", "l1"]
    assert parallel_axes(names, trials[::order]) == [["optimizer", "rate"], ["rate", "beta_1", "beta_2"]]


def test_what_is_shared_leaves_room() -> None:
    """However many settings all trials have, a chart of what some have shows just that."""
    shared = [f"shared_{n}" for n in range(12)]
    trials: list[Settings] = [{name: float(n) for name in (*shared, "own")[: 12 + n % 2]} for n in range(4)]
    first, other = parallel_axes([*shared, "own"], trials)
    assert len(first) == len(other) == MOST_AXES
    assert other[-1] == "own"
