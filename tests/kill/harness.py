"""Kill a sweep, run the same command again, and look what is left."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pandas import DataFrame

from bigtrain.failpoints import VARIABLE, Failpoint
from bigtrain.tracking import open_store
from tests import forks
from tests.kill.record import Record, read_record, violations
from tests.tracking.stores import postgres as real_postgres

MODEL = "document"
ROWS = DataFrame({"x": [0.0, 1.0, -2.5]})
"""What the champion has to predict, to the last bit."""

QUESTION = (
    "--config-dir",
    str(Path(__file__).parent / "conf"),
    "sweeps=diverging",
    "n_trials=12",
    "cohort=4",
    "cv=2",
    "report=false",  # drawn when all that is compared is on record
    "estimator.params.max_iter=40",
)
LEARNING = (*QUESTION, "sampler.n_startup_trials=4")

BY_CLIENT = frozenset({Failpoint.RUN_MADE, Failpoint.RUN_FILLED, Failpoint.RUN_ENDED})
BY_SQL = frozenset({Failpoint.RUNS_INSERTED, Failpoint.ROWS_INSERTED})


@dataclass
class Bench:
    """One program on one kind of store.

    Attributes
    ----------
    root : Path
        Each run has a folder of its own below it.
    failpoints : sequence of Failpoint
        Those that the program passes on this store.
    address : callable
        Returns the URI of a fresh store for a folder.
    module, arguments : str, sequence of str
        The program, and what it is told.
    told : callable
        Returns how it is told of the store's URI.
    forget : callable
        Lets go of a folder's store.
    """

    root: Path
    failpoints: Sequence[Failpoint]
    address: Callable[[Path], str]
    module: str = "bigtrain.sweep"
    arguments: Sequence[str] = LEARNING
    told: Callable[[str], Sequence[str]] = lambda _: ()
    forget: Callable[[Path], object] = lambda _: None
    n_runs: int = 0
    n_killed: int = 0

    @cached_property
    def undisturbed(self) -> tuple[Record, float]:
        """The record of a run that nothing happened to, and its seconds."""
        folder, uri = self.fresh()
        began = time.monotonic()
        ended = self.run(folder, uri)
        seconds = time.monotonic() - began
        if ended.code:
            raise AssertionError(f"undisturbed: exit {ended.code}: {ended.err}")
        return self.record(folder, uri), seconds

    def at_failpoint(self, *points: Failpoint) -> list[str]:
        """Kill it at each of these points in turn, run it once more, and name what is wrong."""
        folder, uri = self.fresh()
        for point in points:
            ended = self.run(folder, uri, {VARIABLE: point})
            if ended.code != -signal.SIGKILL:
                return [f"{point} was not reached (exit {ended.code}: {ended.err[-300:]})"]
        return self.aftermath(folder, uri)

    def at_instant(self, seconds: float) -> list[str]:
        """Kill it after so many seconds, run it once more, and name what is wrong."""
        folder, uri = self.fresh()
        self.n_killed += self.run(folder, uri, kill_after=seconds).code == -signal.SIGKILL
        return self.aftermath(folder, uri)

    def instants(self, count: int, seed: int) -> list[float]:
        """Return instants all over the time that a run takes."""
        _, seconds = self.undisturbed
        chance = random.Random(seed)
        return [chance.uniform(0.0, seconds) for _ in range(count)]

    def aftermath(self, folder: Path, uri: str) -> list[str]:
        """Run the plain command once more; name what is wrong with what it leaves."""
        ended = self.run(folder, uri)
        if ended.code:
            return [f"the command fails (exit {ended.code}): {ended.err[-300:]}"]
        found = violations(self.undisturbed[0], self.record(folder, uri))
        if not found:
            shutil.rmtree(folder)
            self.forget(folder)
        return found

    def fresh(self) -> tuple[Path, str]:
        """Return an empty folder and the address of its store."""
        folder = self.root / str(self.n_runs)
        self.n_runs += 1
        folder.mkdir(parents=True)
        return folder, self.address(folder)

    def run(
        self,
        folder: Path,
        uri: str,
        environment: Mapping[str, str] | None = None,
        kill_after: float = forks.HANGS,
    ) -> forks.Ended:
        """Run the command."""
        return forks.run(
            self.module,
            *self.arguments,
            *self.told(uri),
            folder=folder,
            environment=environment,
            kill_after=kill_after,
        )

    def record(self, folder: Path, uri: str) -> Record:
        """Read what the store holds."""
        return read_record(uri, folder, MODEL, ROWS)


def sqlite(root: Path) -> Iterator[Bench]:
    """A store in the working folder, written by SQL."""
    yield Bench(root, [p for p in Failpoint if p not in BY_CLIENT], _in_folder)


def overlapping(root: Path) -> Iterator[Bench]:
    """The same store, and a sampler that learns nothing: two cohorts are on their way at once."""
    points = [point for point in Failpoint if point not in BY_CLIENT]
    yield Bench(root, points, _in_folder, arguments=(*QUESTION, "sampler=random"))


def client(root: Path) -> Iterator[Bench]:
    """The same store, written by MLflow's client, as any that our SQL was not verified on."""
    points = [point for point in Failpoint if point not in BY_SQL]
    yield Bench(root, points, _in_folder, module="tests.kill.by_client")


def saver(root: Path) -> Iterator[Bench]:
    """The same store, and a process on standby that saves the model."""
    points = [point for point in Failpoint if point not in BY_CLIENT]
    yield Bench(root, points, _in_folder, module="tests.kill.by_saver")


def postgres(root: Path) -> Iterator[Bench]:
    """A real PostgreSQL; each run has a database of its own, with MLflow's tables in it."""
    points = [point for point in Failpoint if point not in {*BY_CLIENT, Failpoint.STORE_COPIED}]
    with real_postgres() as server:
        server.psql("create database tables")
        open_store(server.get_uri("tables"), root=root)
        # MLflow keeps its connections, and a database in use can't be copied.
        server.psql("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'tables'")

        def address(folder: Path) -> str:
            server.psql(f"create database run_{folder.name} template tables")
            return str(server.get_uri(f"run_{folder.name}")).replace("://", "+psycopg2://", 1)

        yield Bench(
            root,
            points,
            address,
            told=lambda uri: [f"tracking.uri='{uri}'"],
            # MLflow keeps its connections to each, and a server has no more than a hundred.
            forget=lambda folder: server.psql(f"drop database run_{folder.name} with (force)"),
        )


def plain(root: Path) -> Iterator[Bench]:
    """The rival on SQLite, with tables ready-made: a kill while MLflow makes them is the end of a store."""
    open_store(root=root)

    def address(folder: Path) -> str:
        (folder / "mlruns").mkdir()
        shutil.copy(root / "mlruns" / "mlflow.db", folder / "mlruns")
        return _in_folder(folder)

    yield Bench(root, [], address, module="tests.kill.plain_loop", arguments=())


PROGRAMS = (sqlite, overlapping, client, saver, postgres, plain)
BENCHES = {bench.__name__: contextmanager(bench) for bench in PROGRAMS}
"""Every kind of store, by name."""


def _in_folder(folder: Path) -> str:
    return f"sqlite:///{folder}/mlruns/mlflow.db"
