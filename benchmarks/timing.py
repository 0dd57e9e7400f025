"""Timing two sides in one run, so that the machine's moods cancel in the ratio."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Timings:
    """Seconds by side and round.

    Attributes
    ----------
    seconds : mapping of str to list of float
        One number a round for each side.
    """

    seconds: Mapping[str, list[float]]

    def median(self, side: str) -> float:
        """Return the median seconds of one side."""
        return median(self.seconds[side])

    def best(self, *sides: str) -> str:
        """Return the side with the smallest median: a rival at its best setting."""
        return min(sides, key=self.median)

    def ratio(self, over: str, under: str) -> float:
        """Return the median over the rounds of one side's time divided by another's in the same round."""
        return median(a / b for a, b in zip(self.seconds[over], self.seconds[under], strict=True))


def side_by_side(sides: Mapping[str, Callable[[], Any]], rounds: int = 5, warm: bool = True) -> Timings:
    """Run every side once to warm up, then all of them in turn, `rounds` times.

    Parameters
    ----------
    sides : mapping of str to callable
        What to time; a callable's result is thrown away.
    rounds : int
        How often; 5 by default.
    warm : bool
        Whether the untimed first run is wanted (compilation, page faults); True by default.
    """
    if warm:
        for run in sides.values():
            run()
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return Timings(seconds)


def seconds_of(run: Callable[[], Any], rounds: int = 3) -> float:
    """Return the median seconds of one callable after a warm-up."""
    return side_by_side({"it": run}, rounds).median("it")
