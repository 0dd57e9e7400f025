"""The UI's command: it answers on this machine only, says what stands in its way, and leaves nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from bigtrain.ui import main, newest_page
from tests.tracking.stores import answering, free_port, sql_store, start, trial

ANSWER_SECONDS = 60


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["port=x"], 78, "port: this value is not allowed; received 'x'; allowed: an integer >= 1"),
        (["port=0"], 78, "port: this value is not allowed"),
        (["port=70000"], 78, "port: this value is not allowed"),
        (["prot=5000"], 64, "not an option; received 'prot=5000'"),
        (["5000"], 64, "not an option"),
        (["tracking.uri=file:///x"], 78, "tracking.uri: "),
        ([], 66, "there is no store here; run a sweep first"),
    ],
)
def test_what_is_wrong_is_one_line(
    arguments: list[str],
    code: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A wrong word, a port that is none, a store that is not there: a line and an exit code."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stop:
        main([*arguments, *([] if "port" in "".join(arguments) else [f"port={free_port()}"])])
    assert stop.value.code == code
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert said in message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("answer", [(500, "no"), (403, "{}"), (200, "no JSON"), (200, "{}")])
def test_the_start_page_will_do(answer: tuple[int, str]) -> None:
    """A server that doesn't say which sweep is the newest is shown from its beginning."""
    with answering(answer) as address:
        assert newest_page(address) == ""
    assert newest_page(address) == ""


def test_a_server_is_not_started_again(capsys: pytest.CaptureFixture[str]) -> None:
    """Where the store is an MLflow server, its address is said and nothing else done: no port is needed."""
    with answering((200, "{}")) as address:
        main([f"tracking.uri={address}", f"port={address.rpartition(':')[2]}"])
    assert capsys.readouterr().out == f"an MLflow server: open {address}/ in a browser\n"


def shown(address: str) -> list[tuple[str, dict[str, str], float]]:
    """What the UI's own calls return of the trials: name, some parameters, the last of the curve."""
    calls = f"{address.partition('#')[0]}ajax-api/2.0/mlflow"
    query = {"experiment_ids": ["1"], "filter": "tags.`bigtrain.kind` = 'trial'"}
    header = {"Content-Type": "application/json"}
    with urlopen(Request(f"{calls}/runs/search", json.dumps(query).encode(), header)) as answer:
        runs = json.load(answer)["runs"]
    result = []
    for run in runs:
        params = {param["key"]: param["value"] for param in run["data"]["params"]}
        wanted = f"run_ids={run['info']['run_id']}&metric_key=val_rmse&max_results=100"
        with urlopen(f"{calls}/metrics/get-history-bulk-interval?{wanted}") as answer:
            curve = json.load(answer)["metrics"]
        some = {key: params[key] for key in ("optimizer", "learning_rate")}
        result.append((run["info"]["run_name"], some, curve[-1]["value"]))
    return result


def test_it_answers_until_interrupted(tmp_path: Path) -> None:
    """It prints an address that answers, refuses the same port to another, and ends whole on Ctrl-C."""
    store = sql_store(tmp_path)
    store.write_trials(store.start_sweep(start()), [trial(0)])
    before = {path.name for path in tmp_path.iterdir()}
    command = [sys.executable, "-m", "bigtrain.ui", f"port={free_port()}"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as ui:
        try:
            assert ui.stdout is not None
            assert ui.stdout.readline().startswith("starting MLflow's UI over sqlite:///")
            address = ui.stdout.readline().split()[0]
            assert address.startswith("http://127.0.0.1:")
            assert address.endswith("/#/experiments/1")
            with urlopen(address, timeout=ANSWER_SECONDS) as answer:
                assert answer.status == 200
            assert shown(address) == [("trial-0000", {"optimizer": "adam", "learning_rate": "0.1"}, 0.2)]
            second = subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert second.returncode == 69
            assert "Address already in use" in second.stderr
        finally:
            ui.send_signal(signal.SIGINT)
        assert ui.wait(20) == 130
    port = int(command[-1].partition("=")[2])
    with pytest.raises(OSError, match="refused"):
        urlopen(f"http://127.0.0.1:{port}/health", timeout=5)
    assert {path.name for path in tmp_path.iterdir()} == before


@pytest.mark.slow
def test_the_server_ends_with_whoever_is_killed(tmp_path: Path) -> None:
    """SIGKILL of the command leaves no server that holds the port."""
    sql_store(tmp_path)
    port = free_port()
    command = [sys.executable, "-m", "bigtrain.ui", f"port={port}"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as ui:
        assert ui.stdout is not None
        ui.stdout.readline()
        assert ui.stdout.readline().startswith("http://127.0.0.1:")
        ui.kill()
    with pytest.raises(OSError, match="refused"):
        ask_for(30.0, f"http://127.0.0.1:{port}/health")


def ask_for(seconds: float, address: str) -> None:
    """Ask again and again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        urlopen(address, timeout=5)
        time.sleep(0.2)
