"""Every combination of a conditional space, each worked out from its number: none is kept."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod
from typing import TypeAlias, overload

from bigtrain.records import ParamValue
from bigtrain.space.knobs import Choice, Fixed, Tree, branch_name

Params: TypeAlias = dict[str, ParamValue]


@dataclass(frozen=True, slots=True)
class _Digit:
    """One knob, as a digit of the number of a point.

    Attributes
    ----------
    values : sequence
        Its values.
    below : tuple
        The digits that exist under each value; empty where none has any.
    ends : tuple of int
        For each value, how many combinations it and those before it have, their own knobs included.
    """

    name: str
    values: Sequence[ParamValue]
    below: tuple[tuple[_Digit, ...], ...]
    ends: Sequence[int]

    def params(self, index: int) -> Params:
        """Return the params of combination `index` of this knob and those below it."""
        place = bisect_right(self.ends, index)
        own = {self.name: self.values[place]}
        rest = index - (self.ends[place - 1] if place else 0)
        return {**own, **_params(self.below[place], rest)} if self.below else own


def _digits(tree: Tree, points: int, path: str = "") -> tuple[_Digit, ...]:
    digits = []
    for own_name, knob in tree.items():
        if isinstance(knob, Fixed):
            continue
        name, values = branch_name(path, own_name), knob.grid(points)
        if isinstance(knob, Choice) and any(knob.options.values()):
            below = tuple(_digits(knob.options[v], points, branch_name(path, str(v))) for v in values)
            digits.append(_Digit(name, values, below, tuple(accumulate(map(_size, below)))))
        else:
            digits.append(_Digit(name, values, (), range(1, len(values) + 1)))
    return tuple(digits)


def _size(digits: tuple[_Digit, ...]) -> int:
    return prod(digit.ends[-1] for digit in digits)


def _params(digits: tuple[_Digit, ...], index: int) -> Params:
    """Return the params of combination `index` of knobs side by side, the last one changing fastest."""
    places = []
    for digit in reversed(digits):
        index, place = divmod(index, digit.ends[-1])
        places.append(place)
    params: Params = {}
    for digit, place in zip(digits, reversed(places), strict=True):
        params |= digit.params(place)
    return params


class Grid(Sequence[Params]):
    """The params of every combination of a tree of knobs.

    Costs nothing until it is read, however many points it has.

    Parameters
    ----------
    tree : mapping of str to knob
        The knobs.
    points : int
        How many values a range without a step has.

    Attributes
    ----------
    size : int
        How many combinations there are; ``len`` says no more than `sys.maxsize`.
    """

    def __init__(self, tree: Tree, points: int) -> None:
        self._digits = _digits(tree, points)
        self.size = _size(self._digits)

    def __len__(self) -> int:
        return min(self.size, sys.maxsize)

    @overload
    def __getitem__(self, index: int) -> Params: ...
    @overload
    def __getitem__(self, index: slice) -> list[Params]: ...
    def __getitem__(self, index: int | slice) -> Params | list[Params]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -self.size <= index < self.size:
            raise IndexError(f"there is no point {index} of {self.size}")
        return _params(self._digits, index % self.size)
