"""The kinds of knobs. A space is a tree of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from bigtrain.records import ParamValue

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


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
        """Return every step, or `points` values from `low` to `high`, evenly spaced on the range's own scale.

        Integers come once each, so that there may be fewer.
        """
        if self.step is not None:
            steps = round((self.high - self.low) / self.step)
            return tuple(min(self.low + self.step * i, self.high) for i in range(steps + 1))
        values = [self._at(i / max(points - 1, 1)) for i in range(points)]
        return tuple(dict.fromkeys(round(v) for v in values)) if self.integer else tuple(values)

    def _at(self, share: float) -> float:
        """Return the value that is so far from `low` to `high`, from 0 to 1."""
        linear = self.low + (self.high - self.low) * share
        value = self.low ** (1 - share) * self.high**share if self.log else linear
        return min(max(value, self.low), self.high)

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

    options: Mapping[ParamValue, Tree]

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


def shown_value(value: ParamValue) -> str:
    """Return a value as a configuration spells it."""
    return (
        {None: "null", True: "true", False: "false"}[value]
        if value is None or isinstance(value, bool)
        else str(value)
    )


Knob: TypeAlias = Fixed | Range | Choice
Tree: TypeAlias = Mapping[str, Knob]


def branch_name(path: str, name: str) -> str:
    """Return the sampler's name of a knob under the options of `path`: ``adam.learning_rate``."""
    return f"{path}.{name}" if path else name


def tree_data(tree: Tree) -> dict[str, Any]:
    """Return a tree of knobs as plain data."""
    return {name: knob.to_data() for name, knob in tree.items()}
