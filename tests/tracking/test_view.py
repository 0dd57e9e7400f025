"""MLflow's UI opens on the comparison: the view that it reads names what the sweep's trials have."""

import json
from pathlib import Path

from bigtrain.tracking.view import NOTE, TAG, TAG_LENGTH, comparison, show_sweep
from tests.tracking.stores import sql_store, start, trial


def test_the_view_is_of_this_sweep(tmp_path: Path) -> None:
    """The filter finds the sweep's trials alone; note and view are where MLflow looks for them."""
    store = sql_store(tmp_path)
    sweep_id = store.start_sweep(start())
    store.write_trials(sweep_id, [trial(0), trial(1)])
    with store.hold(start().name):
        show_sweep(
            store, sweep_id, "**Asked:** much", "cv_rmse", ["optimizer", "learning_rate"], maximize=False
        )
    experiment = store.client.get_run(sweep_id).info.experiment_id
    view = json.loads(store.client.get_experiment(experiment).tags[TAG])
    found = store.client.search_runs([experiment], view["searchFilter"], order_by=["metrics.`cv_rmse` ASC"])
    assert {run.info.run_name for run in found} == {"trial-0000", "trial-0001"}
    assert store.client.get_run(sweep_id).data.tags[NOTE] == "**Asked:** much"


def test_the_view_fits_its_tag() -> None:
    """Even of many settings with long names."""
    view = comparison("0" * 32, "cv_rmse", [f"a_rather_long_setting_{n}" for n in range(30)], maximize=True)
    assert len(json.dumps(view, separators=(",", ":"))) <= TAG_LENGTH
    assert view["orderByAsc"] is False
