"""A Dask cluster that runs, as of somebody else: a scheduler and two workers of one thread."""

import logging

import pytest
from distributed import Client, LocalCluster

from bigtrain.data import folds, load_dataset
from bigtrain.evaluate import CrossValidation
from bigtrain.records import Trial


@pytest.fixture(scope="package")
def started_cluster():
    """One for all tests of this folder, since each process of it imports for seconds."""
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        memory_limit=0,
        silence_logs=logging.CRITICAL,
    ) as running:
        yield running


@pytest.fixture
def cluster(started_cluster):
    """The same, whole again: its nannies replace workers that an earlier test has ended."""
    with Client(started_cluster, set_as_default=False) as client:
        client.wait_for_workers(2)
    return started_cluster


SETTINGS = [
    {"optimizer": "adam", "learning_rate": 0.02, "batch_size": 32},
    {"optimizer": "momentum", "learning_rate": 0.01, "features": "polynomial"},
    {"optimizer": "gd", "learning_rate": 0.1, "l1": 0.01},
    {"estimator": "ridge"},
    {"estimator": "random_forest", "n_estimators": 4},
    {"estimator": "hist_gradient_boosting", "max_iter": 8},
]
TRIALS = [Trial(number, {}, settings) for number, settings in enumerate(SETTINGS)]


class Halving:
    """Keeps the better half at each rung."""

    rungs = (4, 12)

    def keep(self, epoch, values):  # noqa: ARG002
        return set(sorted(values, key=values.get)[: -(-len(values) // 2)])


def validation_on(engine, cv=3):
    data = load_dataset("diabetes")
    return CrossValidation(
        data, folds(len(data.y), cv, 5), seed=5, scoring="rmse", estimator={"max_iter": 30}, engine=engine
    )


def evaluate(engine, trials=TRIALS):
    return validation_on(engine).evaluate(trials, Halving())
