"""Whatever runs a task, and whatever becomes of its worker, trials come out the same."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bigtrain.config import EngineConfig
from bigtrain.data import folds, load_dataset
from bigtrain.engine import open_engine
from bigtrain.evaluate import CrossValidation
from bigtrain.records import Trial, TrialState

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


def evaluate(engine, trials=TRIALS):
    data = load_dataset("diabetes")
    validation = CrossValidation(
        data, folds(len(data.y), 3, 5), seed=5, scoring="rmse", estimator={"max_iter": 30}, engine=engine
    )
    return validation.evaluate(trials, Halving())


@pytest.fixture(scope="module")
def expected():
    with open_engine(EngineConfig(n_jobs=1)) as engine:
        return evaluate(engine)


@pytest.mark.parametrize("config", [{"n_jobs": 2}, {"kind": "processes", "n_jobs": 2}], ids=str)
def test_every_engine_gives_the_same_trials(config, expected):
    """To the last bit, rungs included."""
    with open_engine(EngineConfig(**config)) as engine:
        assert evaluate(engine) == expected


def test_any_executor_is_an_engine(expected):
    """Nothing but `submit` is asked of it."""
    with ThreadPoolExecutor(1) as engine:
        assert evaluate(engine) == expected


class Nap:
    """A task that says who ran it, after a while."""

    def __init__(self, seconds, first=None):
        self.seconds, self.first = seconds, first

    def __call__(self):
        if self.first is not None and self.first.exists():
            self.first.unlink()
            time.sleep(600)
        time.sleep(self.seconds)
        return os.getpid()


@pytest.mark.parametrize("kind", ["processes"])
def test_a_worker_that_is_killed_is_replaced_and_its_task_run_again(kind, expected):
    """SIGKILL of both while trials are evaluated: the same trials, to the last bit."""
    with open_engine(EngineConfig(kind=kind, n_jobs=2, max_retries=5)) as engine:
        victims = {future.result() for future in [engine.submit(Nap(1.0)) for _ in range(4)]}
        assert os.getpid() not in victims

        def kill():
            for pid in victims:
                time.sleep(0.4)
                os.kill(pid, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        outcomes = evaluate(engine)
        killer.join()
    assert outcomes == expected


def test_a_task_that_hangs_is_run_again(tmp_path):
    """Its worker is ended after `trial_timeout`, and the next one finishes it."""
    first = tmp_path / "first"
    first.touch()
    config = EngineConfig(kind="processes", n_jobs=1, trial_timeout=3.0, max_retries=1)
    with open_engine(config) as engine:
        assert engine.submit(Nap(0, first)).result() != os.getpid()


ENDLESS = {"optimizer": "gd", "loss": "huber", "max_iter": 10**9, "tol": None, "features": "spline"}


@pytest.mark.slow
@pytest.mark.parametrize("other", [{"estimator": "ridge"}, {**ENDLESS, "max_iter": 3}], ids=str)
def test_a_trial_that_always_hangs_fails_and_leaves_the_others_alone(other):
    """With the reason, after so many retries, whether they were trained together or not."""
    trials = [Trial(0, {}, ENDLESS), Trial(1, {}, other)]
    config = EngineConfig(kind="processes", n_jobs=2, trial_timeout=3.0, max_retries=1)
    data = load_dataset("diabetes")
    with open_engine(config) as engine:
        validation = CrossValidation(
            data, folds(len(data.y), 2, 5), seed=5, scoring="rmse", estimator={}, engine=engine
        )
        hung, well = validation.evaluate(trials)
    assert hung.state is TrialState.FAIL
    assert hung.reason == "fold 0: took longer than trial_timeout, 3 seconds (2 times)"
    assert well.state is TrialState.COMPLETE
