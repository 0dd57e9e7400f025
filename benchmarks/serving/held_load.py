"""A minute of load on one server after the other: what was answered, how late, and what went wrong."""

from __future__ import annotations

import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import numpy as np

from benchmarks.serving.requests import CLIENTS, OURS, THEIRS
from benchmarks.serving.servers import bigtrain_server, make_table, mlflow_server, register
from benchmarks.table import Cell, Table

SECONDS = 60.0


def run(quick: bool) -> Table:
    """Ask each server for as long with nothing else to do, from several connections that are kept."""
    seconds = 1.0 if quick else SECONDS
    table = make_table()
    body = json.dumps({"dataframe_split": table.drop(columns="target").head(1).to_dict("split")})
    with tempfile.TemporaryDirectory(prefix="load-") as name:
        register(Path(name), table)
        rows = []
        for side, server in ((OURS, bigtrain_server), (THEIRS, mlflow_server)):
            with server(Path(name)) as port:
                rows.append(row(side, port, body, seconds))
    return Table(
        title="A minute of load",
        compared=f"{CLIENTS} clients send one row after another for {seconds:g} s, each once it has its "
        "answer. An error is an answer other than 200, or none.",
        differs="Clients and server share the core.",
        rows=rows,
    )


def row(side: str, port: int, body: str, seconds: float) -> dict[str, Cell]:
    """Ask one server, and say what came of it."""
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(CLIENTS) as clients:
        said = list(clients.map(lambda _: client(port, body, until), range(CLIENTS)))
    waits = np.concatenate([waited for waited, _ in said])
    errors = sum(wrong for _, wrong in said)
    return {
        "server": side,
        "answers": f"{len(waits):,}",
        "errors": errors,
        "a second": len(waits) / seconds,
        "p50, ms": 1e3 * float(np.median(waits)),
        "p99, ms": 1e3 * float(np.quantile(waits, 0.99)),
        "longest, ms": 1e3 * float(waits.max()),
    }


def client(port: int, body: str, until: float) -> tuple[list[float], int]:
    """Return the seconds of each request that was answered with 200, and how many were not."""
    connection, waits, errors = HTTPConnection("127.0.0.1", port, timeout=30), list[float](), 0
    while (began := time.monotonic()) < until:
        try:
            connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            connection.close()
            errors += 1
        else:
            if answer.status == 200:
                waits.append(time.monotonic() - began)
            else:
                errors += 1
    connection.close()
    return waits, errors
