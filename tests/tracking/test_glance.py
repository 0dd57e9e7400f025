"""A look without MLflow sees what the store itself says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bigtrain.tracking import Store, has_finished
from tests.tracking.stores import sql_store, start, trial


def nothing(store: Store) -> None:
    """No sweep at all."""


def another(store: Store) -> None:
    """One of another name."""
    swept(store, "other")


def swept(store: Store, name: str = "law", status: str | None = "FINISHED", trials: int = 2) -> None:
    """A sweep that ended like this; one that is running without a status."""
    sweep_id = store.start_sweep(start(name))
    store.write_trials(sweep_id, [trial(number) for number in range(trials)])
    if status:
        store.finish_sweep(sweep_id, status)


def running(store: Store) -> None:
    """One that hasn't ended."""
    swept(store, status=None)


def killed(store: Store) -> None:
    """One that was killed."""
    swept(store, status="KILLED")


def begun_again(store: Store) -> None:
    """A finished one, and a newer one that isn't."""
    swept(store)
    swept(store, status="FAILED")


def ended_again(store: Store) -> None:
    """A killed one, and a newer one that finished, with a trial that was deleted."""
    swept(store, status="KILLED")
    swept(store, trials=3)
    state = store.find_sweep("law")
    assert state
    store.client.delete_run(store.run_ids(state.sweep_id)[1])


@pytest.mark.parametrize("life", [nothing, another, swept, running, killed, begun_again, ended_again])
def test_a_look_says_what_the_store_says(life: Callable[[Store], None], tmp_path: Path) -> None:
    """Whether the newest sweep of the name has finished, and with how many trials; nothing is written."""
    store = sql_store(tmp_path)
    life(store)
    state, files = store.find_sweep("law"), sorted(tmp_path.rglob("*"))
    trials = len(state.records) if state and state.status == "FINISHED" else -1
    for wanted in range(4):
        assert has_finished(None, None, tmp_path, "law", wanted) is (wanted <= trials)
    assert sorted(tmp_path.rglob("*")) == files


@pytest.mark.parametrize("content", [None, b"", b"no database"])
def test_what_is_no_store_holds_nothing(content: bytes | None, tmp_path: Path) -> None:
    """Whoever opens it later says what is wrong with it."""
    database = tmp_path / "mlruns" / "mlflow.db"
    if content is not None:
        database.parent.mkdir()
        database.write_bytes(content)
    assert not has_finished(None, None, tmp_path, "law", 0)
    assert database.exists() is (content is not None)
