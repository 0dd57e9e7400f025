"""Sweeps run for real, each in a folder of its own, on a store of its own."""

import pytest
from mlflow import MlflowClient

from bigtrain.config.app import compose
from bigtrain.job import run_job
from bigtrain.report import Console
from bigtrain.tracking import open_store

SMALL = (
    "sweeps=document",
    "n_trials=20",
    "cohort=8",
    "cv=3",
    "estimator.params.max_iter=40",
    "verbose=0",
    "report=false",
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*overrides, console=Console):
    tpe = () if any(o.startswith("sampler") for o in overrides) else ("sampler.n_startup_trials=4",)
    config = compose([*SMALL, *tpe, *overrides])
    run_job(config, console(config))


@pytest.fixture(scope="session")
def done(tmp_path_factory):
    """A folder with the sweep that nothing happened to, for all who only look at it."""
    home = tmp_path_factory.mktemp("done")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        run()
    return home


@pytest.fixture(scope="session")
def whole(done):
    """That sweep."""
    return state(done)


def plain_client(folder):
    """MLflow's own client on a folder's store."""
    return MlflowClient(f"sqlite:///{folder}/mlruns/mlflow.db")


def state(folder, name="document"):
    return open_store(root=folder).find_sweep(name)


def told(sweep):
    """What must be the same whenever the seed is: everything but the times."""
    return [(r.number, r.state, r.params, r.settings, r.values, r.scores) for r in sweep.records]
