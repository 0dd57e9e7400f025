"""The whole sweep beside its rivals: every side is named, whether it is installed or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.rivals import sides
from benchmarks.rivals.comparison import Run, row
from benchmarks.table import NOT_INSTALLED, Table
from tests.benchmarks.printing import missing

SHIPPED = Run(startup=2.0, per_trial=0.01, finish=1.0, trials=200, best=0.6)
AT_ONCE = Run(startup=2.0, per_trial=0.0025, finish=0.5, trials=200, best=0.6)
OURS = {sides.DEFAULTS: SHIPPED, sides.ONE_COHORT: AT_ONCE}


def test_a_rival_that_ran_fewer_trials_is_scaled() -> None:
    """Start-up and end are paid once, trials 200 times, and ratios are of the same quantity on both sides."""
    slow = Run(startup=4.0, per_trial=0.5, finish=2.0, trials=20, best=0.7)
    assert (slow.after_startup(200), slow.whole(200)) == (102.0, 106.0)
    cells = row(sides.NAIVE, slow, OURS, 200)
    assert (cells["trials run"], cells["after start-up"], cells["in all"]) == (20, "34×", "21.2×")
    assert (cells["all at once: after start-up"], cells["all at once: in all"]) == ("102×", "35.3×")


def test_all_sides_are_compared_with_both_of_ours() -> None:
    """Ours with each other, too: each is 1× as long as itself."""
    ratios = [
        (cells["in all"], cells["all at once: in all"])
        for cells in (row(n, r, OURS, 200) for n, r in OURS.items())
    ]
    assert ratios == [("1×", "1.67×"), ("0.6×", "1×")]


def test_an_absent_rival_has_a_row_of_its_own() -> None:
    """It says that it isn't installed, in a table that has all its columns."""
    rows = [row(sides.DEFAULTS, SHIPPED, OURS, 200), row("FLAML", None, OURS, 200)]
    assert f"| FLAML | {NOT_INSTALLED} |" in Table("", "", "", rows).to_markdown()


@pytest.mark.parametrize("rival", [*sides.loops(quick=False), *sides.tools()], ids=lambda rival: rival.name)
def test_every_rival_has_its_script(rival: sides.Rival) -> None:
    """Its command names a file that is there, and leaves nothing to fill in."""
    command = rival.command(Path("home"), 8, 4.0, 2)
    assert Path(command[0]).is_file()
    assert [argument for argument in command if "{" in argument] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "rivals"),
    [
        ("The whole tracked sweep, and a loop by hand", sides.loops(quick=True)),
        ("The whole tracked sweep, and other tools", sides.tools()),
    ],
)
def test_every_side_runs(title: str, rivals: list[sides.Rival]) -> None:
    """`python -m benchmarks rivals --quick` prints a row for each."""
    assert missing("rivals", title, (*sides.OURS, *(rival.name for rival in rivals))) == []
