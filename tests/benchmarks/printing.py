"""What a suite of the benchmarks prints on tiny sizes, once a session."""

from __future__ import annotations

import importlib
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def printed(suite: str, *more: str) -> str:
    """Run ``python -m benchmarks SUITE --quick``."""
    command = [sys.executable, "-m", "benchmarks", suite, "--quick", *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def missing(suite: str, title: str, words: tuple[str, ...]) -> list[str]:
    """Return which of the words a table that a suite prints lacks."""
    return lacking(printed(suite), title, words)


def lacking(text: str, title: str, words: tuple[str, ...]) -> list[str]:
    """Return which of the words a table lacks that is in a text once."""
    (section,) = [part for part in text.split("### ") if part.startswith(f"{title}\n")]
    return [word for word in words if word not in section]


def made(suite: str, table: str) -> str:
    """Return one table, made in this process: most take less time than a start does."""
    return importlib.import_module(f"benchmarks.{suite}.{table}").run(quick=True).to_markdown()
