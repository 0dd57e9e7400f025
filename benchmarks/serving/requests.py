"""The same requests to `bigtrain.serve` and to `mlflow models serve`, of the same version."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.serving.servers import bigtrain_server, make_table, mlflow_server, register
from benchmarks.table import Cell, Table, times
from benchmarks.timing import Timings

OURS, THEIRS = "bigtrain.serve", "mlflow models serve"
CLIENTS = 4
MANY = 1000
Ask = Callable[[int], float]


def run(quick: bool) -> Table:
    """Start both servers, see that they say the same, and ask both in turn."""
    rounds, n_requests = (1, 5) if quick else (5, 40)
    table = make_table()
    columns = table.drop(columns="target")
    one, many = (json.dumps({"dataframe_split": columns.head(n).to_dict("split")}) for n in (1, MANY))
    with tempfile.TemporaryDirectory(prefix="serving-") as name:
        register(Path(name), table)
        with bigtrain_server(Path(name)) as ours, mlflow_server(Path(name)) as theirs:
            ports = {OURS: ours, THEIRS: theirs}
            check_agreement(ports, many)
            waits = in_turn(ports, lambda port: median(waiting(port, one, n_requests)), rounds)
            bursts = in_turn(ports, lambda port: burst(port, one, n_requests), rounds)
            waits_many = in_turn(
                ports, lambda port: median(waiting(port, many, max(n_requests // 10, 1))), rounds
            )
    return Table(
        title="A version behind HTTP",
        compared="A champion of the shipped space on eight numbers and a category, served by both with one "
        f"process; JSON (`dataframe_split`) over connections that are kept. Each of {rounds} rounds sends "
        f"{n_requests} requests of one row (a tenth as many of {MANY:,}) to the one server, then to the "
        "other; medians, and the median of the rounds' ratios.",
        differs="Client and servers share one core, so the client's own time is in both sides and makes the "
        "ratios smaller. Both gave the same predictions.",
        rows=[
            row("one row, p50 in ms", waits, lambda seconds: 1e3 * seconds, "≥ 5×"),
            row(f"one row, {CLIENTS} clients, requests a second", bursts, lambda seconds: 1 / seconds),
            row(f"{MANY:,} rows, p50 in ms", waits_many, lambda seconds: 1e3 * seconds),
        ],
    )


def row(what: str, timings: Timings, shown: Callable[[float], float], bar: str = "") -> dict[str, Cell]:
    """Return a row of the table; the ratio says how many times bigtrain is better."""
    sides: dict[str, Cell] = {side: shown(timings.median(side)) for side in (OURS, THEIRS)}
    return {"request": what, **sides, "ratio": times(timings.ratio(THEIRS, OURS)), "bar": bar}


def in_turn(ports: dict[str, int], ask: Ask, rounds: int) -> Timings:
    """Return what `ask` says of each server's port, round by round, after one that doesn't count."""
    for port in ports.values():
        ask(port)
    asked = [{side: ask(port) for side, port in ports.items()} for _ in range(rounds)]
    return Timings({side: [answers[side] for answers in asked] for side in ports})


def waiting(port: int, body: str, n_requests: int) -> list[float]:
    """Return the seconds of each of some requests, one after another."""
    connection = HTTPConnection("127.0.0.1", port)
    seconds = []
    for _ in range(n_requests):
        began = time.perf_counter()
        invoke(connection, body)
        seconds.append(time.perf_counter() - began)
    connection.close()
    return seconds


def burst(port: int, body: str, n_requests: int) -> float:
    """Return the seconds a request where several clients ask at once."""
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda _: waiting(port, body, n_requests), range(CLIENTS)))
    return (time.perf_counter() - began) / (CLIENTS * n_requests)


def check_agreement(ports: dict[str, int], body: str) -> None:
    """Ask both the same."""
    said = []
    for port in ports.values():
        connection = HTTPConnection("127.0.0.1", port)
        said.append(invoke(connection, body))
        connection.close()
    np.testing.assert_allclose(said[0], said[1], rtol=1e-6)


def invoke(connection: HTTPConnection, body: str) -> Any:
    """Return the predictions; anything else ends the benchmark."""
    connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {text.decode()}")
    return json.loads(text)["predictions"]
