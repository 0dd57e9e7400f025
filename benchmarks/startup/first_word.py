"""Seconds from the start of a process to its first output, and to its end."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.machine import as_a_user
from benchmarks.table import Cell, Table

SWEEP = (sys.executable, "-m", "bigtrain.sweep")
COMMANDS = {
    "import numpy, alone": (sys.executable, "-c", "import numpy; print()"),
    "python -m bigtrain.sweep --help": (*SWEEP, "--help"),
    "python -m bigtrain.sweep n_trails=8, a wrong key": (*SWEEP, "n_trails=8"),
    "python -m bigtrain.sweep n_trials=0, a wrong value": (*SWEEP, "n_trials=0"),
    "python -m bigtrain.sweep, again when it has finished": SWEEP,
}
BAR = "≤ 2 s"


def run(quick: bool) -> Table:
    """Start every command, in turn, several times."""
    rounds = 1 if quick else 5
    with tempfile.TemporaryDirectory(prefix="startup-") as name:
        folder = Path(name)
        subprocess.run([*SWEEP, "report=false"], **as_a_user(folder), check=True, capture_output=True)
        seconds = [[first_and_last(command, folder) for command in COMMANDS.values()] for _ in range(rounds)]
    return Table(
        title="The first word",
        compared="Seconds from the start of the process to its first output (on either stream), and to its "
        f"end; all cores, files in the system's cache, medians of {rounds}.",
        differs="The last command reads the table and the record before it shows what 64 trials came to.",
        rows=[row(command, [turn[place] for turn in seconds]) for place, command in enumerate(COMMANDS)],
    )


def row(command: str, found: list[tuple[float, float]]) -> dict[str, Cell]:
    """Return the medians of one command."""
    first, last = (median(seconds) for seconds in zip(*found, strict=True))
    return {
        "command": command,
        "first output, s": first,
        "bar": BAR if "bigtrain" in command else "",
        "end, s": last,
    }


def first_and_last(command: tuple[str, ...], folder: Path) -> tuple[float, float]:
    """Return the seconds to the first byte, and to the end."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, **as_a_user(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        first = time.perf_counter() - began
        process.stdout.read()
    return first, time.perf_counter() - began
