"""A registered version, and the two servers that serve it, each in processes of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import numpy as np
import pandas as pd

NUMBERS = tuple(f"number_{place}" for place in range(8))
KINDS = ("bay", "coast", "inland", "island", "ocean")
PATIENCE = 120
"""Seconds until a server has to answer."""


def make_table(n_rows: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Return eight columns of numbers, one of categories, and a target that depends on all of them."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(random.normal(size=(n_rows, len(NUMBERS))), columns=list(NUMBERS))
    kinds = random.integers(len(KINDS), size=n_rows)
    table["kind"] = np.array(KINDS)[kinds]
    table["target"] = table[list(NUMBERS)].sum(axis=1) + kinds + random.normal(size=n_rows)
    return table


def register(folder: Path, table: pd.DataFrame) -> None:
    """Let a short sweep of the shipped space register the version ``served/1``, the champion."""
    table.to_csv(folder / "table.csv", index=False)
    options = ["name=served", "data=csv", "data.path=table.csv", "data.target=target", "n_trials=4"]
    command = [sys.executable, "-m", "bigtrain.sweep", *options]
    subprocess.run(command, cwd=folder, env=_environment(folder), check=True, capture_output=True)


@contextmanager
def bigtrain_server(folder: Path) -> Iterator[int]:
    """Serve with bigtrain; gives the port."""
    port = _free_port()
    with _serving(
        [sys.executable, "-m", "bigtrain.serve", "model=served@champion", f"port={port}"], folder, port
    ):
        yield port


@contextmanager
def mlflow_server(folder: Path) -> Iterator[int]:
    """Serve with MLflow, one worker as it is by default; gives the port."""
    port = _free_port()
    options = ["-m", "models:/served@champion", "--env-manager", "local", "-p", str(port)]
    with _serving([sys.executable, "-m", "mlflow", "models", "serve", *options], folder, port):
        yield port


@contextmanager
def _serving(command: list[str], folder: Path, port: int) -> Iterator[None]:
    with subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            _wait(process, port)
            yield
        finally:
            with suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(process.pid, signal.SIGTERM)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + PATIENCE
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"it does not answer: {process.args!r}")
        time.sleep(0.2)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _environment(folder: Path) -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    # MLflow starts its server by name, which finds it in an environment that is not active only so.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    store = f"sqlite:///{folder}/mlruns/mlflow.db"
    return os.environ | {"PATH": path, "PYTHONPATH": root, "MLFLOW_TRACKING_URI": store}
