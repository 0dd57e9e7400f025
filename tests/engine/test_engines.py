"""Whatever runs a task, and whatever becomes of its worker, trials come out the same."""

import contextlib
import os
import signal
import threading
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor

import pytest

from bigtrain.config import EngineConfig
from bigtrain.engine import open_engine
from bigtrain.records import TaskLost, Trial, TrialState
from tests.engine.conftest import evaluate, validation_on
from tests.engine.tasks import Deadly, Endless, Marked, Nap


@pytest.fixture(scope="module")
def expected():
    with open_engine(EngineConfig(n_jobs=1)) as engine:
        return evaluate(engine)


@pytest.fixture(params=["processes", "dask"])
def mortal(request):
    """What says which engine, of those whose workers may die: `dask` on the cluster that runs."""
    if request.param == "dask":
        return {"kind": "dask", "address": request.getfixturevalue("cluster").scheduler_address}
    return {"kind": "processes"}


@pytest.mark.parametrize(
    "config", [{"n_jobs": 2}, {"kind": "processes", "n_jobs": 1}, {"kind": "dask", "n_jobs": 1}], ids=str
)
def test_every_engine_gives_the_same_trials(config, expected):
    """To the last bit, rungs included; on two workers it is a law of those that may die."""
    with open_engine(EngineConfig(**config)) as engine:
        assert evaluate(engine) == expected


def test_any_executor_is_an_engine(expected):
    """Nothing but `submit` is asked of it."""
    with ThreadPoolExecutor(1) as engine:
        assert evaluate(engine) == expected


SLOWER_ON_DASK = pytest.mark.parametrize(
    "mortal", ["processes", pytest.param("dask", marks=pytest.mark.slow)], indirect=True
)


class Marking:
    """An engine whose tasks can be seen at work."""

    def __init__(self, engine, folder):
        self.engine, self.folder = engine, folder

    def submit(self, task):
        return self.engine.submit(Marked(task, self.folder))


def kill_at_work(folder, times):
    """Kill a process that has a task under way: it is stopped first, so that the task can't have ended."""
    while times:
        for mark in [path for path in folder.iterdir() if not path.suffix]:
            with contextlib.suppress(FileNotFoundError):
                pid = int(mark.read_text())
                os.kill(pid, signal.SIGSTOP)
                hit = mark.exists()
                os.kill(pid, signal.SIGKILL if hit else signal.SIGCONT)
                if hit:
                    mark.unlink()
                    times -= 1
                    break
        time.sleep(1e-3)


@pytest.mark.parametrize("times", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_a_worker_that_is_killed_is_replaced_and_its_task_run_again(mortal, expected, tmp_path, times):
    """SIGKILL in the middle of a task, once or more often: the same trials, to the last bit."""
    killer = threading.Thread(target=kill_at_work, args=(tmp_path, times), daemon=True)
    with open_engine(EngineConfig(**mortal, n_jobs=2, max_retries=5)) as engine:
        killer.start()
        outcomes = evaluate(Marking(engine, tmp_path))
        killer.join(10)
        assert not killer.is_alive()
    assert outcomes == expected


@SLOWER_ON_DASK
def test_a_task_that_hangs_is_run_again(mortal, tmp_path):
    """Its worker is ended after `trial_timeout`, and another one finishes it."""
    first = tmp_path / "first"
    first.touch()
    with open_engine(EngineConfig(**mortal, n_jobs=1, trial_timeout=2.0, max_retries=1)) as engine:
        assert engine.submit(Nap(first)).result() != os.getpid()
    assert not first.exists()


@SLOWER_ON_DASK
def test_a_task_that_always_ends_its_worker_is_lost(mortal):
    """After so many tries, and nothing else is."""
    with open_engine(EngineConfig(**mortal, n_jobs=1, max_retries=1)) as engine:
        lost, well = engine.submit(Deadly()), engine.submit(os.getpid)
        with pytest.raises(TaskLost, match=r"the worker process ended: .* \(2 times\)"):
            lost.result()
        assert well.result() != os.getpid()


@pytest.mark.parametrize("kind", ["processes", pytest.param("dask", marks=pytest.mark.slow)])
def test_nobody_waits_for_a_task_that_hangs_when_the_engine_ends(kind, tmp_path):
    """Without `trial_timeout` too: its worker ends with the engine."""
    begun = tmp_path / "begun"
    with open_engine(EngineConfig(kind=kind, n_jobs=1)) as engine:
        future = engine.submit(Endless(begun))
        while not begun.exists():
            time.sleep(0.01)
    with pytest.raises(CancelledError):
        future.result(0)


ENDLESS = {"optimizer": "gd", "loss": "huber", "max_iter": 10**9, "tol": None, "features": "spline"}


def test_nobody_waits_for_a_trial_once_the_search_stops():
    """Whoever waits for outcomes hears of it, whatever the task is doing."""
    with open_engine(EngineConfig(kind="processes", n_jobs=1)) as engine, ThreadPoolExecutor(1) as pool:
        validation = validation_on(engine, 2)
        waiting = pool.submit(validation.evaluate, [Trial(0, {}, ENDLESS)])
        time.sleep(0.1)
        validation.stop()
        with pytest.raises(CancelledError):
            waiting.result(60)


@pytest.mark.slow
@pytest.mark.parametrize("other", [{"estimator": "ridge"}, {**ENDLESS, "max_iter": 3}], ids=str)
def test_a_trial_that_always_hangs_fails_and_leaves_the_others_alone(mortal, other):
    """With the reason, after so many retries, whether they were trained together or not."""
    trials = [Trial(0, {}, ENDLESS), Trial(1, {}, other)]
    config = EngineConfig(**mortal, n_jobs=2, trial_timeout=3.0, max_retries=1)
    with open_engine(config) as engine:
        hung, well = validation_on(engine, 2).evaluate(trials)
    assert hung.state is TrialState.FAIL
    assert hung.reason == "fold 0: took longer than trial_timeout, 3 seconds (2 times)"
    assert well.state is TrialState.COMPLETE
