"""Commands that read a store: where there is none, that is said, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import forks

COMMANDS = (
    "compress model=x",
    "distil teacher=x",
    "export model=x format=json out=x.json",
    "predict model=x input=a.csv output=b.csv",
    "promote model=x version=1",
    "promote model=x rollback=true",
    "report sweep=x",
    "serve model=x",
    "ui",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_without_a_store_stays_empty(command: str, tmp_path: Path) -> None:
    """One line that says that no store is here, its code, and no file."""
    name, *arguments = command.split()
    ended = forks.run(f"bigtrain.{name}", *arguments, folder=tmp_path)
    assert (ended.code, ended.out) == (66, "")
    assert ended.err == (
        f"error: {tmp_path}/mlruns/mlflow.db: there is no store here; "
        "run a sweep first, or say which store with tracking.uri=\n"
    )
    assert list(tmp_path.iterdir()) == []
