"""What values one hyper-parameter allows: the type of every table of parameters. Imports nothing slow."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_SIZES = re.compile(r"[1-9]\d{0,5}(x[1-9]\d{0,5})*")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What values one hyper-parameter allows, what it is by default, and which trials read it.

    Attributes
    ----------
    kind : str
        ``"real"``, ``"integer"``, ``"choice"``, ``"flag"``, ``"sizes"``: integers joined by ``x``, or
        ``"any"``: whatever a foreign estimator may take.
    low, high : float
        Bounds of a number; a bound in `open_bounds` is itself excluded.
    choices : tuple
        The values of a choice; of a number, words that stand for one (``sqrt``).
    nullable : bool
        Whether None is allowed too.
    needs : (str, tuple), optional
        Another parameter, and the values of it under which this one is read; elsewhere it changes nothing.
    default : str, int, float, bool or None
        What the estimator takes where nothing is said.
    """

    kind: str
    low: float = -math.inf
    high: float = math.inf
    open_bounds: str = ""
    choices: tuple[Any, ...] = ()
    nullable: bool = False
    needs: tuple[str, tuple[str | bool, ...]] | None = None
    default: str | int | float | bool | None = None

    def describe(self) -> str:
        """Say in words what is allowed."""
        if self.kind == "any":
            return "anything"
        if self.kind in ("choice", "flag"):
            return "one of " + ", ".join(str(c) for c in self.choices or (True, False))
        if self.kind == "sizes":
            return "an integer >= 1, or several joined by x: 64x32"
        noun = "an integer" if self.kind == "integer" else "a number"
        above = "" if self.low == -math.inf else f" {'>' if 'low' in self.open_bounds else '>='} {self.low:g}"
        below = (
            "" if self.high == math.inf else f" {'<' if 'high' in self.open_bounds else '<='} {self.high:g}"
        )
        words = [str(word) for word in self.choices] + (["null"] if self.nullable else [])
        return (
            noun + " and".join(part for part in (above, below) if part) + "".join(f" or {w}" for w in words)
        )

    def allows(self, value: Any) -> bool:
        """Whether `value` is of the right kind and within the bounds."""
        kind = type(value)
        if kind is float and self.kind == "real" and self.low < value < self.high:
            return True  # what is asked most, said first
        if value is None or self.kind == "any":
            return self.nullable or self.kind == "any"
        if self.kind == "flag":
            return kind is bool
        if any(value is c or (kind is type(c) and value == c) for c in self.choices):
            return True
        if self.kind == "sizes":
            return kind in (int, str) and _SIZES.fullmatch(str(value)) is not None
        return self.kind in ("real", "integer") and self._within(value)

    def _within(self, value: Any) -> bool:
        kind = type(value)
        if kind is not int and (kind is not float or self.kind != "real"):
            return False
        above = value > self.low if "low" in self.open_bounds else value >= self.low
        below = value < self.high if "high" in self.open_bounds else value <= self.high
        # isfinite() of an integer that no float can hold raises.
        fits = abs(value) < 2**63 if kind is int else math.isfinite(value)
        return fits and above and below

    def in_kind(self, value: Any) -> Any:
        """Return an allowed value in this kind: an integer that stands for a number is a float."""
        return float(value) if self.kind == "real" and type(value) is int else value


def real(low: float, default: Any, high: float = math.inf, **more: Any) -> Parameter:
    """Return a parameter whose values are numbers from `low` to `high`, with what else it allows."""
    return Parameter("real", low, high, default=default, **more)


def integer(low: int, default: Any, high: float = math.inf, **more: Any) -> Parameter:
    """Return a parameter whose values are integers from `low` to `high`, with what else it allows."""
    return Parameter("integer", low, high, default=default, **more)


def choice(choices: Sequence[str | bool], **more: Any) -> Parameter:
    """Return a parameter whose values are some words, the first of them its default."""
    return Parameter("choice", choices=tuple(choices), default=choices[0], **more)


def flag(default: bool, **more: Any) -> Parameter:
    """Return a parameter that is true or false."""
    return Parameter("flag", default=default, **more)
