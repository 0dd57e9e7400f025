"""The kinds of knobs. A space is a tree of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from bigtrain.records import ParamValue

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

NO_KNOBS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value that every trial has."""

    value: ParamValue

    def to_data(self) -> Any:
        """Return what was parsed, in its shortest form."""
        return self.value


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers from `low` to `high`; integers if both bounds are.

    Attributes
    ----------
    low, high : int or float
        The bounds, both included, ``low < high``.
    log : bool
        Whether equal ratios are as likely as equal differences are otherwise; needs ``low > 0``.
    step : int or float, optional
        Distance of the values from one another, counted from `low`.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None

    @property
    def integer(self) -> bool:
        """Whether the values are integers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def distribution(self) -> BaseDistribution:
        """Return what Optuna calls it."""
        from optuna.distributions import FloatDistribution, IntDistribution  # noqa: PLC0415 - slow

        if self.integer:
            return IntDistribution(int(self.low), int(self.high), log=self.log, step=int(self.step or 1))
        return FloatDistribution(float(self.low), float(self.high), log=self.log, step=self.step)

    def grid(self, points: int) -> tuple[ParamValue, ...]:
        """Return about `points` values from `low` to `high`, evenly spaced on the range's own scale."""
        if self.step is not None:
            steps = math.floor((self.high - self.low) / self.step + 1e-9)
            return tuple(self.low + self.step * i for i in range(steps + 1))
        shares = [i / max(points - 1, 1) for i in range(points)]
        ratio = self.high / self.low if self.log else 1.0
        span = self.high - self.low
        values = [self.low * ratio**u if self.log else self.low + span * u for u in shares]
        return tuple(dict.fromkeys(round(v) for v in values)) if self.integer else tuple(values)

    def to_data(self) -> Any:
        """Return what was parsed, in its shortest form."""
        data: dict[str, Any] = {"low": self.low, "high": self.high}
        return data | ({"log": True} if self.log else {}) | ({"step": self.step} if self.step else {})


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some values, each of which may have knobs that exist only under it.

    Attributes
    ----------
    options : mapping
        The knobs of each value, by value; mostly none.
    """

    options: Mapping[ParamValue, Tree] = field(default_factory=dict)

    def distribution(self) -> BaseDistribution:
        """Return what Optuna calls it."""
        from optuna.distributions import CategoricalDistribution  # noqa: PLC0415 - slow

        return CategoricalDistribution(list(self.options))

    def grid(self, points: int) -> tuple[ParamValue, ...]:  # noqa: ARG002 - a choice has as many as it has
        """Return all values."""
        return tuple(self.options)

    def to_data(self) -> Any:
        """Return what was parsed, in its shortest form."""
        if not any(self.options.values()):
            return list(self.options)
        return {"choices": {value: tree_data(tree) for value, tree in self.options.items()}}


Knob: TypeAlias = Fixed | Range | Choice
Tree: TypeAlias = Mapping[str, Knob]


def tree_data(tree: Tree) -> dict[str, Any]:
    """Return a tree of knobs as plain data."""
    return {name: knob.to_data() for name, knob in tree.items()}
