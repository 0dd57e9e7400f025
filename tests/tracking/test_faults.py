"""What the machine does to a store: each fault is waited for or said in one line."""

import errno
import json
import logging
import multiprocessing
import re
import resource
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException
from platformdirs import user_cache_path

from bigtrain.errors import ConfigError, StorageError, StoreUnreachableError
from bigtrain.records import TrialState
from bigtrain.tracking import failures, open_store, refuse_if_held
from bigtrain.tracking.address import read_address
from bigtrain.tracking.failures import explain
from bigtrain.tracking.locks import file_hold
from bigtrain.tracking.quiet import quiet
from tests.forks import started
from tests.tracking.stores import answering, client_store, free_port, sql_store, start, trial

DATABASE = Path("mlruns", "mlflow.db")


def test_nobody_answering_is_said_within_seconds() -> None:
    """A server that isn't there is no reason to wait."""
    began = time.monotonic()
    with pytest.raises(StoreUnreachableError, match="no MLflow server answers"):
        open_store(f"http://127.0.0.1:{free_port()}")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("health", [404, 503])
def test_another_server_is_recognised(health: int) -> None:
    """Something else on that port is not taken for MLflow."""
    with (
        answering((404, ""), health=health) as address,
        pytest.raises(StoreUnreachableError, match=f"no MLflow server; received {health}"),
    ):
        open_store(address)


@pytest.mark.parametrize("body", ["You are not authenticated.", '{"detail": "no"}'])
@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_password_is_said_at_once(status: int, body: str) -> None:
    """A server that does not know us, or does not let us, is not waited for, however well it is."""
    with (
        answering((status, body)) as address,
        pytest.raises(StoreUnreachableError, match="refuses these credentials; set MLFLOW_TRACKING_USERNAME"),
    ):
        open_store(address)


NOBODY = (404, json.dumps({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"}))


@pytest.mark.parametrize("passing", [429, 502, 503, 504])
def test_an_answer_that_will_pass_is_waited_for(passing: int) -> None:
    """A server that is too busy, or about to start, is asked again."""
    with answering((200, "{}"), (passing, "later"), (passing, "later"), NOBODY) as address:
        assert open_store(address).find_sweep("law") is None


def test_who_waits_says_so_once(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait that is long enough to wonder about is explained, in one line."""
    monkeypatch.setattr(failures, "SILENCE", 0.0)
    with answering((200, "{}"), *[(503, "later")] * 3, NOBODY) as address:
        open_store(address).find_sweep("law")
    said = capsys.readouterr().err
    assert said.startswith(f"  {address}: the store does not answer (status 503); ")
    assert said.endswith("; waiting for up to 120 s\n")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (400, StorageError, "MLflow refused .status 400"),
        (500, StorageError, "MLflow refused .status 500"),
        (401, StoreUnreachableError, "refuses these credentials"),
    ],
)
def test_an_answer_that_will_stay_is_said_at_once(status: int, kind: type[Exception], said: str) -> None:
    """What a server refuses once it refuses for ever."""
    began = time.monotonic()
    with answering((200, "{}"), (status, "no")) as address, pytest.raises(kind, match=said):
        open_store(address).find_sweep("law")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("status", [401, 500, 503])
def test_an_end_on_the_way_out_is_quick_and_silent(status: int) -> None:
    """What ends a sweep is told, not that its end could not be recorded."""
    began = time.monotonic()
    with answering((200, "{}"), (status, "no")) as address:
        open_store(address).finish_sweep("1", "FAILED", patient=False)
    assert time.monotonic() - began < 10


def test_an_end_does_not_wait_for_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that hangs is left behind after a moment."""
    monkeypatch.setattr(failures, "ENDING", 0.1)
    released = threading.Event()
    failures.impatiently(read_address(None, None, Path()), released.wait)
    assert not released.is_set()
    released.set()


@pytest.mark.parametrize(("content", "said"), [(b"not a database " * 100, "no SQLite database")])
def test_a_file_that_is_no_store_is_said(content: bytes, said: str, tmp_path: Path) -> None:
    """A file of another kind is left as it is."""
    (tmp_path / "mlruns").mkdir()
    (tmp_path / DATABASE).write_bytes(content)
    with pytest.raises(StorageError, match=said):
        sql_store(tmp_path)
    assert (tmp_path / DATABASE).read_bytes() == content


def test_another_revision_is_said_with_the_way_out(tmp_path: Path) -> None:
    """A store of another MLflow is not touched; the message has the command that upgrades it."""
    sql_store(tmp_path)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '5d2d30f0abce'")
    with pytest.raises(StorageError, match="mlflow db upgrade sqlite:///"):
        sql_store(tmp_path)


def test_a_file_in_place_of_the_folder_is_said(tmp_path: Path) -> None:
    """Where `mlruns` can't be a folder, one line says so."""
    (tmp_path / "mlruns").write_text("")
    with pytest.raises(StorageError, match="mlruns"):
        sql_store(tmp_path)


def test_artifacts_that_have_no_place_are_said(tmp_path: Path) -> None:
    """Where files can't be kept, one line says so, and no sweep is there."""
    store = sql_store(tmp_path)
    (tmp_path / "mlruns" / "artifacts").write_text("")
    with pytest.raises(StorageError, match="artifacts"):
        store.start_sweep(start())
    assert store.find_sweep("law") is None


def test_a_traceback_that_has_no_place_takes_its_cohort_back(tmp_path: Path) -> None:
    """Where a trial's file can't be kept, no trial of its cohort is there; with a place, all are."""
    store = sql_store(tmp_path)
    sweep_id = store.start_sweep(start())
    cohort = [trial(0), trial(1, TrialState.FAIL, traceback="Traceback")]
    folder = tmp_path / "mlruns" / "artifacts" / "law"
    folder.rename(tmp_path / "aside")
    folder.write_text("")
    with pytest.raises(StorageError, match="artifacts"):
        store.write_trials(sweep_id, cohort)
    assert store.client.search_runs(["1"], "tags.`bigtrain.kind` = 'trial'") == []
    folder.unlink()
    store.write_trials(sweep_id, cohort)
    assert len(store.client.search_runs(["1"], "tags.`bigtrain.kind` = 'trial'")) == 2


@pytest.mark.parametrize("make", [sql_store, client_store])
def test_a_locked_store_is_waited_for(make: object, tmp_path: Path) -> None:
    """Another program's lock delays a write and does not spoil it."""
    store = make(tmp_path)  # type: ignore[operator]
    sweep_id = store.start_sweep(start())
    with closing(
        sqlite3.connect(tmp_path / DATABASE, check_same_thread=False, isolation_level=None)
    ) as other:
        other.execute("BEGIN EXCLUSIVE")
        threading.Timer(0.5, other.execute, ["COMMIT"]).start()
        store.write_trials(sweep_id, [trial(0)])
    assert len(store.find_sweep("law").records) == 1


def fill(root: Path, sweep_id: str, limit: int) -> None:
    """Write more than has a place."""
    store = sql_store(root)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        store.write_trials(sweep_id, [trial(number) for number in range(500)])
    except Exception as error:
        print(type(error).__name__, error)  # noqa: T201 - what the test reads


def test_a_full_disk_is_said_and_a_rerun_completes(tmp_path: Path) -> None:
    """A cohort that finds no room is not half-written, and fits once there is room."""
    sweep_id = sql_store(tmp_path).start_sweep(start())
    size = (tmp_path / DATABASE).stat().st_size + (tmp_path / f"{DATABASE}-wal").stat().st_size
    with started(fill, tmp_path, sweep_id, size + 100_000) as full:
        said = full.ended().out
    assert said.startswith("StorageError")
    assert "full" in said
    store = sql_store(tmp_path)
    state = store.find_sweep("law")
    assert state is not None
    assert state.records == ()
    store.write_trials(sweep_id, [trial(0)])


def open_without_room(root: Path) -> None:
    """Make a store where no file may be as long."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    try:
        sql_store(root)
    except Exception as error:
        print(type(error).__name__, error)  # noqa: T201 - what the test reads


@pytest.mark.parametrize("cached", [True, False], ids=["template", "no template"])
def test_no_room_for_a_store_is_said(cached: bool, tmp_path: Path) -> None:
    """Where the disk ends in the middle of making a store, one line says so, and no half of it is left."""
    environment = {} if cached else {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    with started(open_without_room, tmp_path, environment=environment) as full:
        said = full.ended().out
    assert said.startswith("StorageError ")
    assert re.search("limit on the size|full", said)
    assert str(tmp_path / "mlruns") in said
    assert not [path for path in (tmp_path / "mlruns").iterdir() if path.is_file()]
    sql_store(tmp_path).start_sweep(start())


def hold(path: Path) -> None:
    """Hold a lock, for ever."""
    with file_hold(path, "law"):
        print("held")  # noqa: T201 - what the test waits for
        time.sleep(600)


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    """After SIGKILL a sweep is free at once."""
    store = sql_store(tmp_path)
    with started(hold, tmp_path / "mlruns" / ".locks" / "law.lock") as holder:
        holder.until("held")
        with (
            pytest.raises(StoreUnreachableError, match=f"held by process {holder.pid} on "),
            store.hold("law"),
        ):
            pass
        with pytest.raises(StoreUnreachableError, match=f"held by process {holder.pid} on "):
            refuse_if_held(None, None, tmp_path, "law")
        holder.signal(signal.SIGKILL)
        holder.ended()
    refuse_if_held(None, None, tmp_path, "law")
    with store.hold("law"):
        pass


def sweep_beside_others(index: int, root: Path, uri: str | None) -> int:
    """Record a sweep of its own; return how many trials it has then."""
    store = open_store(uri, root=root)
    with store.hold(f"law-{index}"):
        sweep_id = store.start_sweep(start(f"law-{index}"))
        store.write_trials(sweep_id, [trial(number) for number in range(3)])
        store.finish_sweep(sweep_id, "FINISHED")
        state = store.find_sweep(f"law-{index}")
        assert state is not None
        return len(state.records)


def eight(root: Path, uri: str | None = None) -> None:
    """Be eight processes in one store."""
    with multiprocessing.get_context("fork").Pool(8) as pool:
        recorded = pool.map(partial(sweep_beside_others, root=root, uri=uri), range(8), chunksize=1)
    print(recorded)  # noqa: T201 - what the test reads


def test_eight_that_start_at_once_all_work(tmp_path: Path) -> None:
    """An empty folder and an empty cache survive eight processes that open a store in them together."""
    with started(eight, tmp_path, environment={"XDG_CACHE_HOME": str(tmp_path / "cache")}) as all_of_them:
        ended = all_of_them.ended()
    assert ended.out == f"{[3] * 8}\n", ended.err
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.slow
@pytest.mark.postgres
def test_eight_that_start_at_once_share_a_server(tmp_path: Path, database: Callable[..., str]) -> None:
    """An empty PostgreSQL database survives eight processes that open it together."""
    with started(eight, tmp_path, database("eight", like="template1")) as all_of_them:
        ended = all_of_them.ended()
    assert ended.out == f"{[3] * 8}\n", ended.err


MAKE = {"sql": sql_store, "client": client_store}


def write_on_and_on(root: Path, writer: str) -> None:
    """Record one cohort after the other."""
    store = MAKE[writer](root)
    sweep_id = store.start_sweep(start())
    print(sweep_id)  # noqa: T201 - what the test waits for
    for first in range(0, 10_000, 8):
        store.write_trials(sweep_id, [trial(number) for number in range(first, first + 8)])


@pytest.mark.parametrize("writer", MAKE)
def test_a_killed_writer_leaves_nothing_half(writer: str, tmp_path: Path) -> None:
    """After SIGKILL in the middle of a cohort the same cohort completes: each trial once, no run running."""
    with started(write_on_and_on, tmp_path, writer) as killed:
        sweep_id = killed.until("\n").strip()
        time.sleep(0.5)
    store = MAKE[writer](tmp_path)
    whole = store.find_sweep("law")
    assert whole is not None
    numbers = range(8 * (len(whole.records) // 8 + 1))
    store.write_trials(sweep_id, [trial(number) for number in numbers])
    state = store.find_sweep("law")
    assert state is not None
    assert [record.number for record in state.records] == list(numbers)
    running = store.client.search_runs(["1"], "attributes.status = 'RUNNING'")
    assert [run.info.run_id for run in running] == [sweep_id]
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.postgres
def test_a_restarted_server_is_waited_for(
    tmp_path: Path, postgres: Any, database: Callable[..., str]
) -> None:
    """PostgreSQL that goes down at once and comes back delays a sweep and loses nothing of it."""
    store = open_store(database("restarted"), root=tmp_path)
    postgres.psql("checkpoint")  # it comes back the sooner, the less was written since
    sweep_id = store.start_sweep(start())
    store.write_trials(sweep_id, [trial(0)])
    # What PostgreSQL calls an immediate shutdown.
    down = postgres.get_postmaster_info().process
    down.send_signal(signal.SIGQUIT)
    down.wait(10)
    back = threading.Timer(1.0, come_back, [postgres])
    back.start()
    store.write_trials(sweep_id, [trial(0), trial(1)])
    store.progress(sweep_id, [(0, 1.0), (1, 1.0)])
    back.join()
    state = store.find_sweep("law")
    assert state is not None
    assert [record.number for record in state.records] == [0, 1]


def come_back(postgres: Any) -> None:
    """Start it again; on a busy machine it is ready later than its package waits."""
    for _ in range(100):
        with suppress(subprocess.SubprocessError, AssertionError):
            postgres.ensure_postgres_running()
            return
        time.sleep(1)


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_said_within_seconds(tmp_path: Path) -> None:
    """No PostgreSQL at that address is no reason to wait, and its password is not shown."""
    began = time.monotonic()
    with pytest.raises(StoreUnreachableError, match="the database does not answer") as caught:
        open_store(f"postgresql://me:secret@127.0.0.1:{free_port()}/runs", root=tmp_path)
    assert time.monotonic() - began < 10
    assert "secret" not in str(caught.value)


def test_a_driver_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Who names a database whose driver is missing is told what to install, and what to write."""
    said = (
        r"driver 'cymysql' is not installed; .*pip install 'bigtrain\[mysql\]', and write mysql\+pymysql://"
    )
    with pytest.raises(ConfigError, match=said):
        open_store("mysql+cymysql://me:secret@127.0.0.1/runs", root=tmp_path)


def test_a_damaged_template_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that was cut short does not spoil new stores."""
    sql_store(tmp_path / "first")
    (template,) = user_cache_path("bigtrain").glob("*.db")
    damaged = tmp_path / "cache" / "bigtrain" / template.name
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(template.read_bytes()[:100_000])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    sql_store(tmp_path / "second").start_sweep(start())


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (sqlite3.OperationalError("attempt to write a readonly database"), StorageError, "read-only"),
        (sqlite3.OperationalError("disk I/O error"), StorageError, "failed or is full"),
        (sqlite3.OperationalError("unable to open database file"), StorageError, "can't be opened"),
        (sqlite3.DatabaseError("database disk image is malformed"), StorageError, "damaged"),
        (sqlite3.OperationalError("database is locked"), StoreUnreachableError, "locked by another"),
        (OSError(errno.ENOSPC, "", "a/file"), StorageError, "a/file: the disk is full"),
        (OSError(errno.EROFS, "", "a/file"), StorageError, "a/file: the disk is read-only"),
        (PermissionError(errno.EACCES, "", "a/file"), StorageError, "a/file: permission denied"),
        (OSError(errno.EFBIG, "", "from", 0, "to"), StorageError, "to: the limit on the size of a file"),
        (ConnectionResetError("reset"), StoreUnreachableError, "does not answer"),
        (MlflowException("no such thing\nand more"), StorageError, "MLflow refused; no such thing"),
    ],
    ids=str,
)
def test_every_failure_has_words(error: Exception, kind: type[Exception], said: str, tmp_path: Path) -> None:
    """What SQLite, the system and MLflow raise becomes one line of ours, of the right kind."""
    explained = explain(error, read_address(None, None, tmp_path))
    assert isinstance(explained, kind)
    assert said in str(explained)
    assert "\n" not in str(explained)


def test_a_password_in_a_failure_is_not_shown(tmp_path: Path) -> None:
    """Whatever a library says of an address, its password is left out."""
    address = read_address("https://me:secret@host/mlflow", None, tmp_path)
    error = MlflowException("API request to https://me:secret@host/mlflow/api failed?token=secret&x=1")
    said = str(explain(error, address))
    assert "secret" not in said
    assert "host/mlflow/api failed" in said


def test_silence_ends_where_it_began() -> None:
    """Loggers have the levels they had, also after nested silence and an error in it."""
    logger = logging.getLogger("mlflow")
    before = logger.level
    with pytest.raises(ValueError, match="x"), quiet():
        _fail_quietly(logger)
    assert logger.level == before


def _fail_quietly(logger: logging.Logger) -> None:
    with quiet():
        assert not logger.isEnabledFor(logging.CRITICAL)
        raise ValueError("x")
