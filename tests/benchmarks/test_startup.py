"""`python -m benchmarks startup --quick` prints every table with every row, on tiny sizes."""

from __future__ import annotations

import pytest

from benchmarks.startup.first_word import COMMANDS
from tests.benchmarks.printing import missing

PROMISED = {"The first word": (*COMMANDS, "≤ 2 s"), "Resuming": ("| random |", "≤ 3 s")}


@pytest.mark.slow
@pytest.mark.parametrize("title", PROMISED)
def test_every_promised_row_is_there(title: str) -> None:
    """Each table has its title and names each thing it promised to measure."""
    assert missing("startup", title, PROMISED[title]) == []
