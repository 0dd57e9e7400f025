"""What an optimizer declares of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from numba.extending import register_jitable

Step: TypeAlias = tuple[float, float, float, float, float]
"""(step, reach, m, v, u): what is taken off the weight; the step a unit gradient that holds still would take,
by which the L1 threshold is scaled; and the new state."""


@register_jitable
def no_clock(c1, c2, c3, h1, h2):
    """Leave the clock as it is: the formula doesn't depend on the number of the step."""
    return c1, c2, c3, 0.0, 0.0, 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """An optimizer: its formula for one weight, and what the formula reads.

    Attributes
    ----------
    formula : callable
        (g, w, m, v, u, lr, h1, h2, h3, h4, d1, d2, d3) → `Step`, compiled into the loop over weights. g is
        the slope of the loss and the L2 penalty, w the weight (0 where it bears no decay), m, v, u its state
        (from 0), lr the rate, h1…h4 the hyper-parameters in `reads`, d1, d2 and d3 what the clock derives.
    slots : int
        How many of m, v and u it uses.
    reads : tuple of str
        Names of the hyper-parameters, at most four.
    clock : callable
        (c1, c2, c3, h1, h2) → (c1, c2, c3, d1, d2, d3), run before each step, c1…c3 from ones: what depends
        on the number of the step, reckoned once a column and not once a weight.
    """

    formula: Callable[..., Any]
    slots: int
    reads: tuple[str, ...] = ()
    clock: Callable[..., Any] = no_clock
