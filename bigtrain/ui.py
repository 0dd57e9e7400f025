"""`python -m bigtrain.ui`: MLflow's own UI over the store."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import IO, Annotated, Any
from urllib.request import Request, urlopen

from pydantic import Field

from bigtrain.config.options import Options, options_command
from bigtrain.errors import StoreUnreachableError
from bigtrain.standby import terminate_with_caller
from bigtrain.tracking.address import Address, existing_address

VIEW = "bigtrain"
TAG = f"mlflow.sharedViewState.{VIEW}"
"""The experiment's tag that holds how its newest sweep is compared, as `bigtrain.tracking.view` writes it."""

QUERY = f"viewStateShareKey={VIEW}&compareRunsMode=CHART&workflowType=machine_learning"
"""The shared view, as charts, under the menu for training: the other menu is about language models."""

HOST = "127.0.0.1"
"""The only interface it listens on: the UI asks nobody for a password."""

JOBS = "MLFLOW_SERVER_ENABLE_JOB_EXECUTION"
"""Seven processes for language-model evaluation that nobody asked for."""

START_SECONDS = 120
STOP_SECONDS = 5
USAGE = """\
python -m bigtrain.ui [port=5000] [tracking.uri=URI] [tracking.artifacts=FOLDER]

Shows the sweeps in MLflow's UI on this machine, until Ctrl-C.
"""


class UiOptions(Options):
    """What is shown, and where."""

    port: Annotated[int, Field(ge=1, lt=65536)] = Field(5000, description="Where it listens.")


def run(options: UiOptions) -> None:
    """Show the store until Ctrl-C, or say where the server is that has it."""
    address = existing_address(options.tracking.uri, options.tracking.artifacts, Path.cwd())
    if address.is_http:
        page = newest_page(address.uri.rstrip("/"))
        sys.stdout.write(f"an MLflow server: open {address.shown.rstrip('/')}/{page} in a browser\n")
        return
    _refuse_taken(options.port)
    _show(address, options.port)


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        # As the server itself would: a port that is merely winding down is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise StoreUnreachableError(
                f"port {port} can't be used ({error.strerror})", hint="choose another with port="
            ) from None


def _show(address: Address, port: int) -> None:
    sys.stdout.write(f"starting MLflow's UI over {address.shown} …\n")
    sys.stdout.flush()
    # The log beside the store, where that is a file: nothing is written elsewhere.
    folder = address.database and address.database.parent
    with tempfile.TemporaryFile("w+", dir=folder) as log, _server(address, port, log) as server:
        base = f"http://{HOST}:{port}"
        _await_answer(server, base, log)
        page = f"{base}/{newest_page(base)}"
        sys.stdout.write(f"{page}   (Ctrl-C ends it)\n")
        sys.stdout.flush()
        if _is_desktop():
            webbrowser.open(page)
        server.wait()
        raise _ended(server, log)


def _is_desktop() -> bool:
    """Whether somebody sits before this machine: a terminal, and a screen to open a window on."""
    screen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.stdout.isatty() and bool(screen)


@contextmanager
def _server(address: Address, port: int, log: IO[str]) -> Iterator[subprocess.Popen[str]]:
    """Run the server in a group of its own, and leave none of it behind."""
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--host",
        HOST,
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    command += ["--no-serve-artifacts", "--default-artifact-root", str(address.artifacts)]
    # By the environment, since a command line with a password is everyone's to read.
    environment = {**os.environ, "MLFLOW_BACKEND_STORE_URI": address.uri, JOBS: "false"}
    server = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        command,
        env=environment,
        stdout=log,
        stderr=log,
        text=True,
        start_new_session=True,
        preexec_fn=terminate_with_caller,  # noqa: PLW1509 - there are no threads here
    )
    try:
        yield server
    finally:
        _end_group(server)


def _end_group(server: subprocess.Popen[str]) -> None:
    for ending, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, None)):
        try:
            os.killpg(server.pid, ending)
            server.wait(seconds)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _await_answer(server: subprocess.Popen[str], base: str, log: IO[str]) -> None:
    give_up = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < give_up:
        try:
            with urlopen(f"{base}/health", timeout=2):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.1)
    raise _ended(server, log)


def _ended(server: subprocess.Popen[str], log: IO[str]) -> StoreUnreachableError:
    log.seek(0)
    lines = [line.strip() for line in log if line.strip()]
    state = "did not start in time" if server.poll() is None else f"ended with code {server.returncode}"
    return StoreUnreachableError(f"MLflow's server {state}", hint=lines[-1] if lines else None)


def newest_page(base: str) -> str:
    """Return the page of the experiment with the newest sweep, or the start page.

    A nicety: where it can't be had, the start page will do.
    """
    try:
        return _page_of_newest_sweep(base)
    except (OSError, HTTPException, ValueError):
        return ""


def _page_of_newest_sweep(base: str) -> str:
    experiments = _ask(base, "experiments/search", {"max_results": 1000}).get("experiments", [])
    query = {
        "experiment_ids": [experiment["experiment_id"] for experiment in experiments],
        "filter": "tags.`bigtrain.kind` = 'sweep'",
        "order_by": ["attributes.start_time DESC"],
        "max_results": 1,
    }
    runs = _ask(base, "runs/search", query).get("runs", [])
    if not runs:
        return ""
    page = f"#/experiments/{runs[0]['info']['experiment_id']}"
    tags = next(e.get("tags", []) for e in experiments if page.endswith(f"/{e['experiment_id']}"))
    return f"{page}/runs?{QUERY}" if any(tag["key"] == TAG for tag in tags) else page


def _ask(base: str, call: str, query: dict[str, Any]) -> dict[str, Any]:
    request = Request(  # noqa: S310 - our own server
        f"{base}/api/2.0/mlflow/{call}", json.dumps(query).encode(), {"Content-Type": "application/json"}
    )
    with urlopen(request, timeout=30) as answer:  # noqa: S310
        content: dict[str, Any] = json.load(answer)
        return content


main = options_command(run, UiOptions, USAGE)

if __name__ == "__main__":
    main()
