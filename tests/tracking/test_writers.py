"""The fast writer equals the plain client, row by row."""

import math
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from bigtrain.records import TrialState
from bigtrain.tracking import Store, open_store
from bigtrain.tracking.client_trials import ClientTrials
from bigtrain.tracking.sql_trials import SqlTrials, is_verified, make_engine
from tests.tracking.stores import DATASET, client_store, sql_store, start, trial

DAY = 86_400_000
TRIALS = [
    trial(0),
    trial(1, TrialState.FAIL, curves={"val_rmse": [(1, 2.0), (2, math.nan), (3, math.inf), (3, math.inf)]}),
    trial(2, TrialState.PRUNED, metrics={}, curves={}),
    trial(3, rungs=dict.fromkeys(range(2000), 0.1)),
    trial(4, curves={"val_rmse": [(epoch, 1.0) for epoch in range(1, 1203)], "val_mae": [(7, -1.0)]}),
    trial(5, TrialState.FAIL, reason="r" * 9000, metrics={"a": -math.inf}),
]


def sweep(store: Store) -> None:
    """A sweep from start to end, in two cohorts."""
    sweep_id = store.start_sweep(start(dataset=DATASET))
    for cohort, last in ((TRIALS[:3], 2), (TRIALS[3:], 5)):
        store.write_trials(sweep_id, cohort)
        store.progress(sweep_id, [(last - 1, 3.0), (last, 2.0)])
    store.finish_sweep(sweep_id, "FINISHED", {"cv_rmse": 1.0}, {"done": "yes"})


def rows(store: Store, root: Path) -> dict[str, list[tuple]]:
    """Every row of every table, with ids, paths and times of writing replaced by what they stand for."""
    engine = create_engine(store.address.uri)
    with engine.connect() as connection:
        names = dict(connection.execute(text("SELECT run_uuid, name FROM runs")).all())
        names = {run: name if name.startswith("trial") else "PARENT" for run, name in names.items()}
        every = {
            table: connection.execute(text(f"SELECT * FROM {table}")).all()
            for table in inspect(engine).get_table_names()
        }
    engine.dispose()
    return {
        table: sorted((tuple(_same(cell, names, root) for cell in row) for row in content), key=repr)
        for table, content in every.items()
    }


def _same(cell: object, names: dict[str, str], root: Path) -> object:
    if isinstance(cell, int) and abs(cell - time.time() * 1000) < DAY:
        return "NOW"
    if not isinstance(cell, str):
        return cell
    for run, name in names.items():
        cell = cell.replace(run, name)
    return "NAME" if cell.startswith("sweep-") else cell.replace(str(root), "ROOT")


def compare(stores: dict[str, Store], root: Path) -> None:
    """Write the same sweep into both stores, and compare all they hold."""
    left = {}
    for kind, store in stores.items():
        sweep(store)
        left[kind] = rows(store, root / kind)
    # Identifiers that mean nothing: of the dataset and of its use.
    meaning = {"datasets": slice(1, None), "inputs": slice(3, None), "input_tags": slice(1, None)}
    for tables in left.values():
        tables.update({table: [row[kept] for row in tables[table]] for table, kept in meaning.items()})
    assert left["client"].keys() == left["sql"].keys()
    for table, expected in left["client"].items():
        assert left["sql"][table] == expected, table
    filled = {table for table, content in left["sql"].items() if content}
    assert {"runs", "tags", "params", "metrics", "latest_metrics", "inputs", "datasets"} <= filled


def test_both_writers_leave_the_same_rows(tmp_path: Path) -> None:
    """After the same sweep, every table of both stores holds the same rows."""
    compare({"client": client_store(tmp_path / "client"), "sql": sql_store(tmp_path / "sql")}, tmp_path)


@pytest.mark.postgres
def test_both_writers_leave_the_same_rows_in_postgres(tmp_path: Path, database: Callable[[str], str]) -> None:
    """The same where types and limits are enforced."""
    fast = open_store(database("fast"), root=tmp_path / "sql")
    plain = open_store(database("plain"), root=tmp_path / "client")
    assert isinstance(fast._trials, SqlTrials)
    plain = Store(plain.address, plain.client, ClientTrials(plain.client))
    compare({"client": plain, "sql": fast}, tmp_path)


@pytest.mark.skipif("BIGTRAIN_MYSQL" not in os.environ, reason="BIGTRAIN_MYSQL names no server")
def test_both_writers_leave_the_same_rows_in_mysql(tmp_path: Path) -> None:
    """The same in MySQL or MariaDB, at an address without a database, where databases may be made."""
    server = os.environ["BIGTRAIN_MYSQL"]
    engine = create_engine(server)
    with engine.begin() as connection:
        for name in ("fast", "plain"):
            connection.execute(text(f"DROP DATABASE IF EXISTS bigtrain_{name}"))
            connection.execute(text(f"CREATE DATABASE bigtrain_{name}"))
    engine.dispose()
    fast = open_store(f"{server}/bigtrain_fast", root=tmp_path / "sql")
    plain = open_store(f"{server}/bigtrain_plain", root=tmp_path / "client")
    assert isinstance(fast._trials, SqlTrials)
    plain = Store(plain.address, plain.client, ClientTrials(plain.client))
    compare({"client": plain, "sql": fast}, tmp_path)


@pytest.mark.parametrize("make", [sql_store, client_store])
def test_a_deleted_trial_comes_back_when_asked_again(make: Callable[[Path], Store], tmp_path: Path) -> None:
    """Whoever deletes a trial in the UI and goes on with the sweep has it again, once."""
    store = make(tmp_path)
    sweep_id = store.start_sweep(start())
    store.write_trials(sweep_id, [trial(0), trial(1)])
    state = store.find_sweep("law")
    assert state is not None
    (run,) = store.client.search_runs(["1"], "tags.`bigtrain.number` = '1'")
    store.client.delete_run(run.info.run_id)
    again = make(tmp_path)
    again.write_trials(sweep_id, [trial(0), trial(1)])
    found = again.find_sweep("law")
    assert found is not None
    assert state.records == found.records


def test_a_cohort_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """If one row of a cohort is impossible, none of its rows is there."""
    store = sql_store(tmp_path)
    sweep_id = store.start_sweep(start())
    with closing(sqlite3.connect(tmp_path / "mlruns" / "mlflow.db")) as connection, connection:
        connection.execute(
            "CREATE TRIGGER no BEFORE INSERT ON latest_metrics BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(Exception, match="no"):
        store.write_trials(sweep_id, [trial(0), trial(1)])
    state = store.find_sweep("law")
    assert state is not None
    assert state.records == ()
    assert len(store.client.search_runs(["1"])) == 1


def test_a_schema_it_does_not_know_is_left_to_the_client(tmp_path: Path) -> None:
    """The fast writer keeps off a store of another revision."""
    sql_store(tmp_path)
    database = tmp_path / "mlruns" / "mlflow.db"
    engine = make_engine(f"sqlite:///{database}")
    assert is_verified(engine)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'later'")
    assert not is_verified(engine)
    engine.dispose()
