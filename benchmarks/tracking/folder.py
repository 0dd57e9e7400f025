"""What the first sweep in an empty folder pays for its store."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from benchmarks.table import Cell, Table
from benchmarks.timing import seconds_of
from bigtrain.tracking import open_store
from bigtrain.tracking.quiet import quiet


def run(quick: bool) -> Table:
    """Open a store in an empty folder, with and without a template, and once more."""
    rounds = 1 if quick else 5
    with tempfile.TemporaryDirectory(prefix="folder-") as name, quiet():
        folder = Path(name)
        sides = {
            "MLflow's own migrations": lambda: migrate(folder),
            "ours, empty folder": lambda: open_new(folder),
            "ours, opened again": lambda: open_store(root=folder),
        }
        rows: list[dict[str, Cell]] = [
            {"store": side, "seconds": seconds_of(opened, rounds)} for side, opened in sides.items()
        ]
    return Table(
        title="An empty folder",
        compared="Seconds until a store can be written, MLflow imported before; medians.",
        differs="The template in the user's cache folder was made before, by one run of the migrations.",
        rows=rows,
    )


def open_new(folder: Path) -> None:
    """Open a store where there is none."""
    open_store(root=Path(tempfile.mkdtemp(dir=folder)))


def migrate(folder: Path) -> None:
    """Let MLflow make its tables in a new file."""
    SqlAlchemyStore(f"sqlite:///{tempfile.mkdtemp(dir=folder)}/mlflow.db", str(folder)).engine.dispose()
