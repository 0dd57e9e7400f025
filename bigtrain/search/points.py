"""Samplers that learn nothing: each trial is a point that its number alone decides."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from bigtrain.records import Outcome, ParamValue, Trial
from bigtrain.search.brain import Question
from bigtrain.seeds import derive_seed

KINDS = ("random", "qmc", "grid")
"""Whose trials needn't wait for what came of others."""

Value: TypeAlias = Callable[[str], ParamValue]
"""Says what a knob is at a point, given its branch name."""


class PointBrain:
    """A `Brain` that needs no study. Its parameters and methods are those of `Brain`."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._distributions = question.space.distributions()
        self._place = {name: place for place, name in enumerate(self._distributions)}

    def ask(self, first: int, count: int) -> list[Trial]:
        """Ask for the trials ``first`` to ``first + count - 1``."""
        values, starting = self._points(first, count), self._question.starting
        given = [point.__getitem__ for point in starting[first : first + count]]
        return [self._trial(first + i, value) for i, value in enumerate([*given, *values[len(given) :]])]

    def recall(self, trials: Sequence[Trial]) -> None:
        """Forget trials that were asked before."""

    def tell(self, trials: Sequence[Trial], outcomes: Sequence[Outcome]) -> None:
        """Forget what came of `trials`."""

    def _trial(self, number: int, value: Value) -> Trial:
        return Trial(number, *self._question.space.at(lambda name, _: value(name)))

    def _points(self, first: int, count: int) -> list[Value]:
        question = self._question
        if question.sampler.kind == "grid":
            grid = question.space.grid(question.sampler.points)
            return [point.__getitem__ for point in grid[first : first + count]]
        draw = sobol_points if question.sampler.kind == "qmc" else random_points
        return [self._within(point) for point in draw(len(self._place), question.seed, first, count)]

    def _within(self, point: NDArray[np.float64]) -> Value:
        """Return what each knob is at a point of the unit cube, whether a trial has it or not."""
        return lambda name: at_quantile(self._distributions[name], float(point[self._place[name]]))


def sobol_points(dimensions: int, seed: int, first: int, count: int) -> NDArray[np.float64]:
    """Return points of the sweep's one scrambled Sobol sequence (Owen 1998) over all knobs."""
    from scipy.stats import qmc  # noqa: PLC0415 - slow, and for this sampler alone

    sequence = qmc.Sobol(max(dimensions, 1), scramble=True, rng=derive_seed(seed, "sobol"))
    with warnings.catch_warnings():
        # A cohort is a part of the sequence: its own length being no power of two means nothing.
        warnings.filterwarnings("ignore", "The balance properties")
        points: NDArray[np.float64] = sequence.random(first + count)[first:]
    return points


def random_points(dimensions: int, seed: int, first: int, count: int) -> NDArray[np.float64]:
    """Return independent draws, each trial's from a seed of its own."""
    seeds = [derive_seed(seed, "ask", number) for number in range(first, first + count)]
    return np.array([np.random.default_rng(own).random(dimensions) for own in seeds])


def at_quantile(distribution: BaseDistribution, u: float) -> Any:
    """Return the value of `distribution` below which the share `u` (0 to 1) of its uniform draws lie."""
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[min(int(u * len(distribution.choices)), len(distribution.choices) - 1)]
    if not isinstance(distribution, (FloatDistribution, IntDistribution)):
        raise TypeError(f"no quantiles for {distribution!r}")
    low, high, step = distribution.low, distribution.high, distribution.step
    whole = isinstance(distribution, IntDistribution)
    if whole and distribution.log:
        value = (low - 0.5) * ((high + 0.5) / (low - 0.5)) ** u
        return int(min(max(round(value), low), high))
    if step is not None:
        steps = round((high - low) / step)
        # 3 · 0.1 is a little more than 0.3
        value = min(low + step * min(int(u * (steps + 1)), steps), high)
        return int(value) if whole else float(value)
    if distribution.log:  # neither a ratio nor a difference of bounds need be a number
        value = math.exp((1 - u) * math.log(low) + u * math.log(high))
    else:
        value = (1 - u) * low + u * high
    return float(min(max(value, low), high))
