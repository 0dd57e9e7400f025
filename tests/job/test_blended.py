"""A sweep that ends with a blend ships it, says what it is made of, and scores what it claims."""

import mlflow
import numpy as np
import pytest
from sklearn.ensemble import VotingRegressor

from bigtrain.config.app import compose
from bigtrain.job import run_job
from bigtrain.report import Console
from bigtrain.tracking import open_store
from tests.job.conftest import plain_client

FAST = (
    "sweeps=automl",
    "data=diabetes",
    "name=mixed",
    "timeout=null",
    "space.estimator.choices.hist_gradient_boosting.max_iter=20",
    "report=false",
)


def run(*overrides):
    config = compose([*FAST, *overrides])
    run_job(config, Console(config))
    return open_store().find_sweep("mixed")


def test_what_is_registered_is_the_blend_that_is_told(folder, capsys):
    """On the summary, the parent run and the version; the same command shows it, another size ships anew."""
    ended = run("n_trials=6", "blend=4")
    made_of = ended.tags["bigtrain.blend"]
    assert f"shipped: a blend, {made_of}" in capsys.readouterr().out
    client = plain_client(folder)
    version = client.get_model_version_by_alias("mixed", "champion")
    assert version.tags["bigtrain.blend"] == made_of
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlruns/mlflow.db")
    model = mlflow.sklearn.load_model("models:/mixed@champion")
    assert isinstance(model, VotingRegressor)
    assert np.sum(model.weights) == pytest.approx(1)
    best = min(record.values[0] for record in ended.records)
    assert ended.metrics["cv_rmse"] < best
    assert "finished before" in (run("n_trials=6", "blend=4"), capsys.readouterr().out)[1]
    single = run("n_trials=6", "blend=0")
    assert single.tags["bigtrain.blend"] == ""
    assert single.metrics["cv_rmse"] == best
    assert len(client.search_model_versions("name = 'mixed'")) == 2
