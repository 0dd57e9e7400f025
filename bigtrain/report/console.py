"""What a person is told while a sweep runs; all of it is also kept for the sweep's own log."""

from __future__ import annotations

import math
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from textwrap import indent

from bigtrain.config import SweepConfig
from bigtrain.records import TrialRecord, TrialState
from bigtrain.redaction import by_name
from bigtrain.report.live import Display, Lines, Screen
from bigtrain.report.standing import Standing, best_of, count_states
from bigtrain.wording import counted

RECENT = 32
"""Pieces of news that the rate is taken over: asking gets slower as a sweep grows."""

FIRST_NEWS = 2
"""Pieces of news that tell of no pace: that it begins, and that the first trials have ended."""


class Console:
    """Says what a sweep does, on standard output unless ``verbose=0``, and remembers what it said."""

    def __init__(self, config: SweepConfig) -> None:
        self._config = config
        self._announced = self._began = time.monotonic()
        self._n_trials, self._spent, self._seconds = config.n_trials, 0.0, math.inf
        self._counts: Mapping[TrialState, int] = Counter()
        self._best: TrialRecord | None = None
        self._news: deque[tuple[float, int]] = deque(maxlen=RECENT)
        self._log: list[str] = []
        self._display: Display | None = None
        self._is_interrupted = False

    def say(self, text: str) -> None:
        """Say one line, at once."""
        text = by_name(text)
        self.note(text)
        if self._config.verbose:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    def note(self, text: str) -> None:
        """Keep lines for the log that are said elsewhere, or not at all."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        self._log += [f"{stamp} {line}".rstrip() for line in text.splitlines()]

    def interrupted(self) -> None:
        """Say, once, how to go on."""
        if not self._is_interrupted:
            self._is_interrupted = True
            self.say("  interrupted: the same command again goes on from here")

    @property
    def log(self) -> str:
        """All that was said, or would have been, each line with its time."""
        return "\n".join(self._log) + "\n"

    def announce(self) -> None:
        """Write the first lines: what was understood."""
        self.say(f"bigtrain: {self.question}")
        self.say(f"  searching {self._config.space.summary()}")
        if self._config.verbose > 1:
            self.say(indent(self._config.space.describe(), "    "))

    @property
    def question(self) -> str:
        """What was asked, in one line."""
        c = self._config
        budget = counted(c.n_trials, "trial") + (f" or {c.timeout:g} s" if c.timeout else "")
        return f"{c.name}: {budget}, sampler {c.sampler.kind}, {c.cv} folds, seed {c.seed}"

    @property
    def elapsed(self) -> float:
        """Seconds since the first line."""
        return time.monotonic() - self._announced

    @contextmanager
    def watching(
        self, records: Sequence[TrialRecord], n_trials: int, spent: float = 0.0, seconds: float = math.inf
    ) -> Iterator[None]:
        """Show how the trials go.

        Parameters
        ----------
        records : sequence of TrialRecord
            Those that were there before.
        n_trials : int
            Trials in all.
        spent, seconds : float
            Seconds that were spent on trials before, and that may be spent in all.
        """
        self._n_trials, self._began = n_trials, time.monotonic()
        self._spent, self._seconds = spent, seconds
        self._take_in(records)
        if records:
            self.say(f"  resuming after {counted(len(records), 'trial')}")
        with self._open_display() as self._display:
            yield
        if isinstance(self._display, Screen):
            self.say(self.standing().line())
        self._display = None

    def _open_display(self) -> Display:
        on_screen = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        if on_screen and self._config.verbose:
            return Screen(self.standing)
        return Lines(self.say, self.standing, all_news=self._config.verbose > 1)

    def progress(self, records: Sequence[TrialRecord]) -> None:
        """Take note of the trials that have ended by now."""
        self._take_in(records)
        if self._display:
            self._display.show(self.standing())

    def _take_in(self, records: Sequence[TrialRecord]) -> None:
        self._counts, self._best = count_states(records), best_of(self._config.scoring, records)
        self._news.append((time.monotonic(), len(records)))

    def standing(self) -> Standing:
        """Return how far the sweep is now."""
        # The first trials also wait for what is loaded and compiled: their pace tells of no later one.
        begun = len(self._news) > FIRST_NEWS
        (since, before), (until, told) = self._news[1 if begun else 0], self._news[-1]
        rate = (told - before) / max(until - since, 1e-9) if told > before else 0.0
        now = time.monotonic()
        spent = self._spent + now - self._began
        ends = [(self._n_trials - told) / rate - (now - until)] if begun and rate else []
        if self._seconds < math.inf:
            ends.append(self._seconds - spent)
        return Standing(
            name=self._config.name,
            scoring=self._config.scoring,
            n_trials=self._n_trials,
            counts=self._counts,
            best=self._best,
            rate=rate,
            elapsed=now - self._began,
            share=min(max(told / self._n_trials, spent / self._seconds), 1.0),
            time_left=max(min(ends), 0.0) if ends else None,
        )
