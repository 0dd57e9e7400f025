"""`python -m benchmarks tracking --quick` prints every table with every row, on tiny sizes."""

from __future__ import annotations

import pytest

from tests.benchmarks.printing import lacking, made, missing

PROMISED = {
    "Recording a trial": ("| 100 |", "| 10 |", "| 0 |", "≤ 1.5 ms", "≤ 0.2 ms", "fluent", "client"),
    "Everything but training": ("| tpe |", "| random |", "| qmc |", "≤ 6 ms", "≤ 1 ms"),
    "An empty folder": ("MLflow's own migrations", "ours, empty folder", "ours, opened again"),
}


@pytest.mark.slow
@pytest.mark.parametrize("title", PROMISED)
def test_every_promised_row_is_there(title: str) -> None:
    """Each table has its title and names each thing it promised to compare."""
    assert missing("tracking", title, PROMISED[title]) == []


def test_every_promised_sampler_is_there() -> None:
    """The same of the one table whose sides are all ours; the others wait for MLflow's migrations."""
    title = "Everything but training"
    assert lacking(made("tracking", "overhead"), title, PROMISED[title]) == []
