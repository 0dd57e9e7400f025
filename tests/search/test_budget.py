"""Budgets: decided on the trials in their order, and time that is counted once."""

import time

import pytest

from bigtrain.records import Outcome, TrialRecord, TrialState
from bigtrain.search import Budget, flight, seconds_spent
from tests.search.landscape import Landscape, configured, essence, search


def spans(*times):
    return [
        TrialRecord(n, TrialState.FAIL, {}, {}, None, {}, {}, {}, None, (), started, ended)
        for n, (started, ended) in enumerate(times)
    ]


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        ((), 0),
        (((0, 1000), (0, 1000), (2000, 3000)), 2),
        (((0, 1000), (500, 1500), (700, 900)), 1.5),
        (((5000, 6000), (0, 10_000)), 10),
        (((0, 0), (7, 7)), 0),
    ],
)
def test_time_that_trials_share_counts_once(times, seconds):
    """The union of the intervals: cohorts, windows, gaps between two processes."""
    assert seconds_spent(spans(*times)) == seconds


@pytest.mark.parametrize("kinds", [{"gradient"}, {"ridge"}])
def test_a_target_ends_the_sweep_with_the_trial_that_reached_it(monkeypatch, kinds):
    """No trial after the first that is as good; without it the sweep goes on as if it had never been."""
    monkeypatch.setattr(flight, "_families", lambda _: kinds)
    whole = search(configured())
    values = [r.values[0] if r.values else float("inf") for r in whole]
    target = sorted(values)[12]
    reached = next(n for n, value in enumerate(values) if value <= target)
    short = search(configured(f"target={target!r}"))
    assert essence(short) == essence(whole[: reached + 1])
    assert essence(search(configured(), short)) == essence(whole)
    assert "target" in Budget.after(configured(f"target={target!r}"), short).end


@pytest.mark.parametrize("kinds", [{"gradient"}, {"ridge"}])
@pytest.mark.parametrize("patience", [1, 4, 9])
def test_patience_ends_the_sweep_after_so_many_trials_without_progress(monkeypatch, kinds, patience):
    """Counted by hand on the trials of the patient sweep, from the first that completed."""
    monkeypatch.setattr(flight, "_families", lambda _: kinds)
    whole = search(configured())
    best, since, expected = None, 0, len(whole)
    for n, record in enumerate(whole):
        better = record.values is not None and (best is None or record.values[0] < best)
        best, since = (record.values[0], 0) if better else (best, since + 1)
        if best is not None and since >= patience:
            expected = n + 1
            break
    short = search(configured(f"patience={patience}"))
    assert essence(short) == essence(whole[:expected])
    assert essence(search(configured(), short)) == essence(whole)


@pytest.mark.parametrize("kinds", [{"gradient"}, {"ridge"}])
def test_a_timeout_leaves_a_prefix(monkeypatch, kinds):
    """Whatever was finished in time are the first trials of the sweep that had all the time it wanted."""
    monkeypatch.setattr(flight, "_families", lambda _: kinds)
    whole = search(configured())
    short = search(configured("timeout=0.3"), evaluator=Landscape(slow=0.1))
    assert 0 < len(short) < 30
    assert essence(short) == essence(whole[: len(short)])
    assert essence(search(configured(), short)) == essence(whole)


def test_a_timeout_does_not_wait_for_a_cohort():
    """An evaluation that takes for ever, and ends when it is told to, ends on time."""

    class Endless(Landscape):
        def evaluate(self, trials, *_):
            while not self.stopped:
                time.sleep(0.01)
            return [Outcome(TrialState.FAIL) for _ in trials]

    began = time.monotonic()
    assert search(configured("timeout=0.2"), evaluator=Endless()) == []
    assert time.monotonic() - began < 5
