"""What is said while a sweep runs: true numbers, in place on a terminal, in lines elsewhere, or nothing."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from math import inf

import pytest

from bigtrain.config.app import compose
from bigtrain.records import TrialRecord, TrialState
from bigtrain.report import Console, live
from bigtrain.report.standing import clock, most_often

STATES = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.COMPLETE, TrialState.FAIL, TrialState.COMPLETE)
VALUES = (3.0, None, 1.5, None, 1.5)


def records(count: int) -> list[TrialRecord]:
    """Return the first trials of a sweep of five, whose best is the third."""
    return [
        TrialRecord.from_json(
            f'{{"number": {n}, "state": "{STATES[n]}", "params": {{}}, "settings": {{"optimizer": "o{n}"}}, '
            f'"values": {"null" if VALUES[n] is None else [VALUES[n]]}, "scores": {{}}, "rungs": {{}}, '
            '"system_attrs": {}, "reason": null, "stop_reasons": [], "started_ms": 0, "ended_ms": 1}'
        )
        for n in range(count)
    ]


def watch(counts: Sequence[int], *overrides: str) -> Console:
    """Watch a sweep of five trials come in, so many at a time; return who watched."""
    console = Console(compose(["n_trials=5", *overrides]))
    with console.watching([], 5):
        for count in counts:
            time.sleep(0.02)
            console.progress(records(count))
    return console


@pytest.mark.parametrize(
    ("told", "done", "pruned", "failed", "best"),
    [(0, 0, 0, 0, None), (2, 1, 1, 0, 0), (3, 2, 1, 0, 2), (5, 3, 1, 1, 2)],
)
def test_the_numbers_are_those_of_the_records(
    told: int, done: int, pruned: int, failed: int, best: int | None
) -> None:
    """Counts are by state; the best is the first of equals."""
    standing = watch([told] if told else []).standing()
    states = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
    assert [standing.counts[state] for state in states] == [done, pruned, failed]
    assert (standing.best.number if standing.best else None) == best
    assert standing.is_over == (told == 5)


@pytest.mark.parametrize("counts", [[], [2], [4], [1, 3], [1, 2, 4], [3, 5]])
def test_what_is_left_goes_at_the_rate_of_late(counts: list[int]) -> None:
    """The first trials may have waited for much: how long the rest takes is said after others have ended."""
    console, clocks = Console(compose(["n_trials=5"])), []
    with console.watching([], 5):
        for count in counts:
            time.sleep(0.02 if clocks else 0.3)
            clocks.append(time.monotonic())
            console.progress(records(count))
    clocks.append(time.monotonic())
    standing = console.standing()
    assert (standing.time_left is None) == (len(counts) < 2)
    if standing.time_left is not None:
        assert standing.rate >= (counts[-1] - counts[0]) / (clocks[-1] - clocks[0])
        assert 0 <= standing.time_left <= (5 - counts[-1]) / standing.rate


@pytest.mark.parametrize("scoring", ["rmse", "r2"])
def test_the_best_is_the_best_by_the_metric(scoring: str) -> None:
    """The least error, or the most of what is explained."""
    standing = watch([5], f"scoring={scoring}").standing()
    assert standing.best is not None
    assert standing.best.number == {"rmse": 2, "r2": 0}[scoring]


def test_silent_is_silent_and_still_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """With ``verbose=0`` nothing is written; the log has every line, with its time."""
    console = watch([2, 5], "verbose=0")
    assert capsys.readouterr().out == ""
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d   5/5 trials, 1 pruned, .*\n", console.log)


@pytest.mark.parametrize(("verbose", "lines"), [(1, 1), (2, 3)])
def test_a_line_for_all_news_is_asked_for(
    verbose: int, lines: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Within two seconds only the last line is said, with ``verbose=2`` each."""
    watch([1, 2, 5], f"verbose={verbose}")
    said = capsys.readouterr().out.splitlines()
    assert len(said) == lines
    assert said[-1].startswith("  5/5 trials, 1 pruned, 1 failed, best cv_rmse 1.5, ")


def test_silence_is_broken(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a cohort takes long, a line says that the sweep is alive."""
    monkeypatch.setattr(live, "SECONDS_WITHOUT_NEWS", 0.5)
    console = Console(compose(["n_trials=5"]))
    with console.watching([], 5):
        time.sleep(1.3)
    assert capsys.readouterr().out == "  0/5 trials, 0 failed, none completed yet, 1 s so far\n"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "0 s"), (59.4, "59 s"), (125, "2:05 min"), (3725, "1:02:05 h")]
)
def test_a_time_span_is_said_as_people_read_it(seconds: float, said: str) -> None:
    """Seconds, then minutes, then hours."""
    assert clock(seconds) == said


@pytest.mark.parametrize(
    ("told", "spent", "seconds"), [(0, 0, 10), (1, 6, 10), (4, 0, 10), (2, 12, 10), (3, 5, inf)]
)
def test_the_bar_is_of_what_ends_the_sweep(told: int, spent: float, seconds: float) -> None:
    """Of the trials or of the seconds, whichever is nearer to its end; it never goes back."""
    console = Console(compose(["n_trials=5"]))
    with console.watching([], 5, spent, seconds):
        if told:
            console.progress(records(told))
        first, later = (time.sleep(0.02), console.standing())[1], (time.sleep(0.02), console.standing())[1]
    assert first.share == pytest.approx(min(max(told / 5, (spent + first.elapsed) / seconds), 1))
    assert first.share <= later.share <= 1
    if seconds < inf:
        assert first.time_left is not None
        assert first.time_left <= max(seconds - spent - first.elapsed, 0) + 1e-9


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        (["fold 0: it diverged", "no memory", "fold 2: it diverged"], "most often (2 times): it diverged"),
        (["no memory"], "most often (1 time): no memory"),
    ],
)
def test_the_commonest_reason_is_said(reasons: list[str], said: str) -> None:
    """Whichever fold it was in."""
    assert most_often(reasons) == said


ON_A_TERMINAL = """
import time
from tests.report.test_console import Console, compose, records
console = Console(compose(["n_trials=5"]))
with console.watching([], 5):
    for count in (2, 3, 5):
        console.progress(records(count))
        time.sleep(0.6)
    console.say("said meanwhile")
console.say("said afterwards")
"""


def test_a_terminal_keeps_nothing_but_what_was_said() -> None:
    """The display shows counts, best and settings, and leaves one line of its own behind."""
    seen = on_a_terminal(ON_A_TERMINAL)
    for shown in ("3 done", "1 pruned", "1 failed", "cv_rmse 1.5", "trial 2", "optimizer=o2"):
        assert shown in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen)
    left = [line for line in screen(seen) if line.strip()]
    assert left[0] == "said meanwhile"
    assert left[1].startswith("  5/5 trials, 1 pruned, 1 failed, best cv_rmse 1.5")
    assert left[2:] == ["said afterwards"]


def on_a_terminal(program: str) -> str:
    """Run a program of Python on a terminal of its own; return all that it wrote there."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "100"}
    process = subprocess.Popen([sys.executable, "-c", program], stdout=theirs, env=environment)
    os.close(theirs)
    written = b""
    try:
        while part := os.read(ours, 65536):
            written += part
    except OSError:
        pass  # how Linux says that the other end was closed
    assert process.wait(30) == 0
    os.close(ours)
    return written.decode()


def screen(written: str) -> list[str]:
    """Return the lines that a terminal shows in the end: text, line ends, cursor up, line erased."""
    lines, row = [""], 0
    for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", written):
        if part == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif re.fullmatch(r"\x1b\[\d*A", part):
            row -= int(part[2:-1] or 1)
        elif part == "\x1b[2K":
            lines[row] = ""
        elif not part.startswith("\x1b") and part != "\r":
            lines[row] += part
    return lines
