"""`python -m benchmarks tracking --quick` prints every table with every row, on tiny sizes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROMISED = {
    "Recording a trial": ("| 100 |", "| 10 |", "| 0 |", "≤ 1.5 ms", "≤ 0.2 ms", "fluent", "client"),
    "Everything but training": ("| tpe |", "| random |", "| qmc |", "≤ 6 ms", "≤ 1 ms"),
    "An empty folder": ("MLflow's own migrations", "ours, empty folder", "ours, opened again"),
}


@pytest.fixture(scope="module")
def printed() -> str:
    """What the command prints, run once for all rows."""
    command = [sys.executable, "-m", "benchmarks", "tracking", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("title", PROMISED)
def test_every_promised_row_is_there(printed: str, title: str) -> None:
    """Each table has its title and names each thing it promised to compare."""
    section = printed.partition(f"### {title}")[2].partition("###")[0]
    for row in PROMISED[title]:
        assert row in section
