"""A Dask cluster of somebody else's: refused in words, given each value once, left as it was found."""

import os
import shutil
import socket
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

import bigtrain
from bigtrain.config import EngineConfig
from bigtrain.engine import cluster as ours
from bigtrain.engine import members, open_engine
from bigtrain.errors import ConfigError, EngineUnreachableError
from bigtrain.shared import MOST_KEPT, Missing, Shared, keep, pack, unpack
from tests.engine.conftest import evaluate
from tests.engine.tasks import Fault, Mention, Reads


def on(address, **more):
    return open_engine(EngineConfig(kind="dask", address=address, **more))


def test_each_process_is_given_the_table_once(cluster, monkeypatch):
    """However many tasks mention it; and its workers are there after the sweep."""
    given = Counter()
    give = members.Cluster.give

    def counted(self, member, value):
        given[member, value.token] += 1
        give(self, member, value)

    monkeypatch.setattr(members.Cluster, "give", counted)
    with on(cluster.scheduler_address) as engine:
        evaluate(engine)
    assert set(given.values()) == {1}
    assert len(given) == 2
    with Client(cluster, set_as_default=False) as client:
        assert len(client.scheduler_info()["workers"]) == 2


def test_a_value_that_a_worker_has_forgotten_is_sent_again(cluster):
    """A worker remembers some values, not all there ever were."""
    values = [Shared(number) for number in range(MOST_KEPT + 1)]
    with on(cluster.scheduler_address, n_jobs=1) as engine:
        for _ in range(2):
            assert [engine.submit(Mention(value)).result() for value in values] == list(range(len(values)))


def test_a_packed_task_leaves_its_values_out():
    """And says which they are; whoever unpacks it has to be given them first."""
    value = Shared(b"x" * 10_000)
    packed, values = pack(Mention(value))
    assert len(packed) < 1000
    assert values == {value.token: value}
    with pytest.raises(Missing) as missing:
        unpack(packed)
    assert missing.value.token == value.token
    keep(value.token, value.packed())
    assert unpack(packed)() == value.value


def test_an_error_of_a_task_is_its_answer(cluster):
    """As if it had been called here."""
    with on(cluster.scheduler_address) as engine, pytest.raises(ZeroDivisionError):
        engine.submit(Fault()).result()


def test_a_scheduler_that_is_not_there_is_one_line(monkeypatch):
    """Exit code 69."""
    monkeypatch.setattr(ours, "CONNECT_SECONDS", 0.2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(EngineUnreachableError) as refused, on(address):
            pass
    assert str(refused.value) == f"engine.address: no Dask scheduler answers; received '{address}'"
    assert refused.value.exit_code == 69


def test_a_cluster_without_workers_is_one_line(monkeypatch):
    """It may get some, for a while."""
    monkeypatch.setattr(members, "START_SECONDS", 0.2)
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as empty:
        address = empty.scheduler_address
        with pytest.raises(EngineUnreachableError) as refused, on(address):
            pass
    assert str(refused.value) == f"engine.address: this cluster has no workers; received '{address}'"


@pytest.mark.slow
def test_a_cluster_that_goes_away_ends_the_sweep(monkeypatch, tmp_path):
    """With what to do, instead of trials that fail one by one."""
    running = LocalCluster(
        n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
    )
    with on(running.scheduler_address) as engine:
        begun, never = tmp_path / "begun", tmp_path / "never"
        os.mkfifo(begun)
        os.mkfifo(never)
        future = engine.submit(Reads(begun, never))
        begun.read_text()
        monkeypatch.setattr(members, "START_SECONDS", 1.0)
        running.close()
        with pytest.raises(EngineUnreachableError, match="the same command goes on once it is back"):
            future.result()


@contextmanager
def started(role, *arguments, folder):
    """A process of Dask's, which finds what is in a folder before all else."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{role}", *arguments, "--no-dashboard"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    process = subprocess.Popen(command, env=environment, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def refusal(address):
    """What is said of a cluster that is refused."""
    with pytest.raises(ConfigError) as refused, on(address):
        pass
    assert str(refused.value).endswith("install the same versions on both")
    return str(refused.value)


@pytest.fixture
def scheduler():
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as running:
        yield running.scheduler_address


@pytest.fixture
def without(tmp_path):
    """A folder that hides bigtrain from whoever begins with it."""
    (tmp_path / "bigtrain.py").write_text("raise ModuleNotFoundError(\"No module named 'bigtrain'\")\n")
    return tmp_path


def test_a_worker_with_another_bigtrain_is_refused(scheduler, tmp_path):
    """One that would score the same setting otherwise; the line says what differs."""
    shutil.copytree(Path(bigtrain.__file__).parent, tmp_path / "bigtrain")
    with (tmp_path / "bigtrain" / "seeds.py").open("a") as code:
        code.write("\n# another one\n")
    with started("worker", scheduler, "--nthreads", "1", "--no-nanny", folder=tmp_path):
        assert "is not like this process: bigtrain 0.1.0 (" in refusal(scheduler)


def test_a_worker_without_bigtrain_is_refused_and_lives(scheduler, without):
    """It may be at work for others."""
    with started("worker", scheduler, "--nthreads", "1", "--no-nanny", folder=without) as worker:
        said = refusal(scheduler)
        assert "engine.address: the worker tcp://127.0.0.1:" in said
        assert "No module named 'bigtrain'" in said
        with Client(scheduler, set_as_default=False) as client:
            assert client.submit(abs, -1).result(30) == 1
        assert worker.poll() is None


def test_a_scheduler_without_bigtrain_is_refused(without):
    """It reads tasks before it passes them on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with started("scheduler", "--host", "127.0.0.1", "--port", str(port), folder=without):
        said = refusal(f"tcp://127.0.0.1:{port}")
    assert "the scheduler is not like this process: No module named 'bigtrain'" in said
