"""Laws of the served model over HTTP: the command itself, a socket, and a client that knows nothing of it."""

import json
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import mlflow.version
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from bigtrain.deploy.serving.server import _listening
from bigtrain.registry.versions import register
from bigtrain.tracking import Store, SweepStart, open_store
from tests.forks import Fork, run_module, started

NAMES = ["area", "age", "kind"]
ROWS = [[12.5, 3.0, "hut"], [4.0, None, "flat"]]
TABLE = pd.DataFrame(ROWS, columns=NAMES).astype({"area": float, "age": float})
RECORDS = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
JSON, CSV = "application/json", "text/csv"
FORMS = {
    "dataframe_split": {"columns": NAMES, "data": ROWS},
    "dataframe_records": RECORDS,
    "instances": RECORDS,
    "inputs": {name: [record[name] for record in RECORDS] for name in NAMES},
}
LARGE = (16 << 20) + 1


@dataclass(frozen=True)
class Server:
    """The command in a process of its own, and the two versions that it may serve."""

    store: Store
    pipelines: Mapping[str, Pipeline]
    port: int

    def expected(self, version: str) -> list[float]:
        return list(self.pipelines[version].predict(TABLE))

    def alias(self, version: str) -> None:
        self.store.client.set_registered_model_alias("houses", "champion", version)

    def ask(self, path: str, body: bytes | None = None, media: str | None = None) -> tuple[int, str]:
        """Return status and text of one request over a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(
                "GET" if body is None else "POST", path, body, {"Content-Type": media} if media else {}
            )
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def server(
    own_cache: None, tmp_path_factory: pytest.TempPathFactory, pipeline: Pipeline, rows: pd.DataFrame
) -> Iterator[Server]:
    root: Path = tmp_path_factory.mktemp("served")
    store = open_store(root=root)
    sweep_id = store.start_sweep(SweepStart("houses", {}, ""))
    other = clone(pipeline).fit(rows, 100 - np.arange(20.0))
    pipelines = {"1": pipeline, "2": other}
    for version, fitted in pipelines.items():
        register(
            store,
            sweep_id=sweep_id,
            trial=int(version),
            model="houses",
            pipeline=fitted,
            input_example=rows.iloc[:5],
            residuals=np.zeros(4),
            metrics={"holdout_rmse": 0.5},
        )
    store.client.set_registered_model_alias("houses", "champion", "1")
    with started(run_module, "bigtrain.serve", "model=houses@champion", "port=0", folder=root) as process:
        yield Server(store, pipelines, announced_port(process))
        process.signal(signal.SIGTERM)
        ended = process.ended(20)
    assert ended.code == 143
    assert re.fullmatch(r"((now|still) serving houses/[12] \(onnxruntime\)[^\n]*\n)*", ended.err)


def announced_port(process: Fork) -> int:
    """Wait for the line that says where it listens."""
    line = process.until("\n")
    found = re.fullmatch(r"serving houses/1 \(onnxruntime\) at http://127\.0\.0\.1:(\d+) .*\n", line)
    assert found, line
    return int(found[1])


def test_no_part_of_an_answer_waits_for_more() -> None:
    """Whoever is accepted has TCP_NODELAY by asyncio's own rule, which looks for the protocol's number."""
    with _listening(0) as listening:
        assert listening.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize(
    ("path", "text"),
    [("/ping", "\n"), ("/health", "\n"), ("/version", mlflow.version.VERSION)],
)
def test_it_says_that_it_is_there(server: Server, path: str, text: str) -> None:
    assert server.ask(path) == (200, text)


@pytest.mark.parametrize("form", FORMS)
def test_every_json_form_is_predicted(server: Server, form: str) -> None:
    status, text = server.ask("/invocations", json.dumps({form: FORMS[form]}).encode(), JSON)
    assert status == 200
    np.testing.assert_allclose(json.loads(text)["predictions"], server.expected("1"), rtol=1e-9)


@pytest.mark.parametrize(
    ("body", "media"),
    [(TABLE.to_csv(index=False).encode(), CSV), (TABLE.to_parquet(), "application/vnd.apache.parquet")],
    ids=["csv", "parquet"],
)
def test_a_file_is_predicted(server: Server, body: bytes, media: str) -> None:
    status, text = server.ask("/invocations", body, media)
    assert status == 200
    np.testing.assert_allclose(json.loads(text)["predictions"], server.expected("1"), rtol=1e-9)


@pytest.mark.parametrize(
    ("body", "media", "status", "said"),
    [
        (b'{"dataframe_records": [{"area": "big"}]}', JSON, 400, "column 'age' (and 'kind') is missing"),
        (json.dumps({"instances": [RECORDS[0] | {"age": "old"}]}).encode(), JSON, 400, "row 1, column 'age'"),
        (b"area,age,kind\n1,2,hut\n1,old,hut\n", CSV, 400, "column 'age'"),
        (b"area,age,kind\n1,2,hut\n1,2\n", CSV, 400, "row 2"),
        (b'{"dataframe_records": []}', JSON, 400, "no rows"),
        (b"{", JSON, 400, "not JSON"),
        (b"", JSON, 400, "not JSON"),
        (b" " * LARGE, JSON, 413, "body: more than 16 MB"),
        (b"{}", "text/plain", 415, "Content-Type: "),
        (b"{}", None, 415, "Content-Type: "),
    ],
)
def test_what_is_wrong_is_said_and_no_more(
    server: Server, body: bytes, media: str | None, status: int, said: str
) -> None:
    """The field's name, in MLflow's shape of an error; nothing of the server's inside."""
    got, text = server.ask("/invocations", body, media)
    assert got == status
    answer = json.loads(text)
    assert set(answer) == {"error_code", "message"}
    assert said in answer["message"]
    assert "Traceback" not in text
    assert ".py" not in text
    assert server.ask("/ping")[0] == 200


def test_a_body_without_a_length_is_measured_as_it_comes(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        head = f"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\n"
        client.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        client.sendall(f"{LARGE:x}\r\n".encode() + b" " * LARGE + b"\r\n0\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 413"


def test_whoever_asks_before_sending_is_spared_it(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        head = f"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\n"
        client.sendall(f"{head}Content-Length: {LARGE}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert client.recv(12) == b"HTTP/1.1 413"


def test_requests_are_counted(server: Server) -> None:
    before, body = counters(server), json.dumps({"inputs": FORMS["inputs"]}).encode()
    server.ask("/invocations", body, JSON)
    server.ask("/invocations", b"{", JSON)
    after = counters(server)
    grown = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name)}
    seconds = {name for name in grown if name.startswith("bigtrain_invocation_seconds_")}
    assert "bigtrain_invocation_seconds_count" in seconds
    assert {name: grown[name] for name in set(grown) - seconds} == {
        'bigtrain_requests_total{path="/invocations",status="200"}': 1,
        'bigtrain_requests_total{path="/invocations",status="400"}': 1,
        "bigtrain_rows_total": 2,
    }
    assert after['bigtrain_model_info{model="houses",version="1",computed_by="onnxruntime"}'] == 1


def counters(server: Server) -> dict[str, float]:
    status, text = server.ask("/metrics")
    assert status == 200
    samples = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in samples}


def test_the_description_says_how_to_ask(server: Server) -> None:
    """The example that it gives is answered; the page shows every column."""
    description = json.loads(server.ask("/openapi.json")[1])
    request = description["paths"]["/invocations"]["post"]["requestBody"]["content"][JSON]["example"]
    assert server.ask("/invocations", json.dumps(request).encode(), JSON)[0] == 200
    status, page = server.ask("/docs")
    assert status == 200
    assert all(f"<td>{name}<td>" in page for name in NAMES)


def test_an_alias_that_moves_under_load_drops_nothing(server: Server) -> None:
    """Every answer is whole, one of the two versions', and for each client the old ones come first."""
    expected = {version: server.expected(version) for version in server.pipelines}
    ended, seen = threading.Event(), [[] for _ in range(4)]  # type: list[list[Any]]
    clients = [threading.Thread(target=ask_on, args=(server, expected, ended, answers)) for answers in seen]
    for client in clients:
        client.start()
    try:
        wait_for(lambda: all(seen), 20)
        server.alias("2")
        wait_for(lambda: all(answers[-1] != "1" for answers in seen), 20)
    finally:
        ended.set()
        for client in clients:
            client.join(20)
    assert [list(dict.fromkeys(answers)) for answers in seen] == [["1", "2"]] * 4
    assert all(answers == sorted(answers) for answers in seen)


def test_an_alias_that_is_gone_leaves_the_last_version(server: Server) -> None:
    """It is looked for again and again, and followed when it is back."""
    served = counters(server)
    server.store.client.delete_registered_model_alias("houses", "champion")
    wait_for(lambda: counters(server)["bigtrain_failed_reloads_total"] > 0, 20)
    assert {name for name in served if "model_info" in name} <= set(counters(server))
    server.alias("1")
    wait_for(lambda: 'version="1"' in server.ask("/metrics")[1], 20)


def ask_on(
    server: Server, expected: Mapping[str, list[float]], ended: threading.Event, answers: list[Any]
) -> None:
    """Ask over one connection until the end; note which version answered, or what came instead."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    body = json.dumps({"dataframe_records": RECORDS})
    while not ended.wait(0.01):
        try:
            connection.request("POST", "/invocations", body, {"Content-Type": JSON})
            answer = connection.getresponse()
            got = json.loads(answer.read())["predictions"]
        except Exception as error:
            answers.append(repr(error))
            return
        whose = [version for version in expected if np.allclose(got, expected[version], rtol=1e-9)]
        answers.append(whose[0] if whose else str(got))
    connection.close()


def wait_for(happened: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_ctrl_c_interrupts_it(server: Server) -> None:
    """A server is a command like others: Ctrl-C ends it with 130, in order and without a word."""
    database = server.store.address.database
    assert database is not None
    home = database.parent.parent
    with started(run_module, "bigtrain.serve", "model=houses/1", "port=0", folder=home) as process:
        announced_port(process)
        process.signal(signal.SIGINT)
        ended = process.ended(20)
    assert (ended.code, ended.err) == (130, "")
