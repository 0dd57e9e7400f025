"""A gradient sweep and one of boosted trees, by engine and number of workers."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import on_all_cores
from benchmarks.table import NOT_INSTALLED, Cell, Table, times

ENGINES = ("threads", "processes", "dask")


def run(quick: bool) -> Table:
    """Time every engine with one and two workers, each in a process of its own."""
    rows: list[dict[str, Cell]] = []
    first: dict[str, float] = {}
    for kind in ENGINES:
        for workers in (1, 2):
            seconds = timed(kind, workers, quick)
            first = first or seconds
            rows.append({"engine": kind, "workers": workers, **cells(seconds, first)})
    return Table(
        title="A second worker",
        compared="The evaluation alone, without asking and recording: 512 trials of a gradient sweep as one "
        "cohort, and 16 of boosted trees four at a time, on 20,000 × 20 rows and 4 folds. One run each, in "
        "seconds, after each worker had read the table; start is what it took to have workers that had. The "
        "speed-up is over threads with one worker.",
        differs="A task is a cohort on one fold: more workers than folds don't help a gradient sweep. Each "
        "worker has one thread for BLAS and OpenMP. What a speed-up lacks of 2× isn't broken down.",
        rows=rows,
    )


def cells(seconds: dict[str, float] | None, first: dict[str, float]) -> dict[str, Cell]:
    """Return the cells of one engine."""
    works = ("gradient", "boosted trees")
    if seconds is None:
        return {"start": NOT_INSTALLED} | dict.fromkeys(c for w in works for c in (w, f"{w}: speed-up"))
    shown: dict[str, Cell] = {"start": seconds["start"]}
    for work in works:
        shown |= {work: seconds[work], f"{work}: speed-up": times(first[work] / seconds[work])}
    return shown


def timed(kind: str, workers: int, quick: bool) -> dict[str, float] | None:
    """Return the seconds of one engine; None where it is not installed."""
    from importlib.util import find_spec

    if kind == "dask" and find_spec("distributed") is None:
        return None
    size = "quick" if quick else "whole"
    command = [sys.executable, "-m", "benchmarks.engines.timed_work", kind, str(workers), size]
    with tempfile.TemporaryDirectory(prefix="engines-") as folder:
        seconds: dict[str, float] = json.loads(on_all_cores(command, Path(folder)).splitlines()[-1])
    return seconds
