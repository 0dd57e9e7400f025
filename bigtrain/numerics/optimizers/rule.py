"""What an optimizer declares of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

Step: TypeAlias = tuple[Any, Any, Any, Any, Any]
"""(step, reach, s1, s2, s3): what is taken off the weight; the step of a unit gradient that holds still, by
which the L1 threshold is scaled; and the new state."""


def no_clock(c1, c2, c3, h1, h2):
    """Leave the clock as it is: the formula doesn't depend on the number of the step."""
    return c1, c2, c3, 0.0, 0.0, 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """An optimizer: its formula for one weight, and what the formula reads.

    Attributes
    ----------
    formula : callable
        (g, w, s1, s2, s3, lr, h1, h2, h3, h4, d1, d2, d3) → `Step`, run once on `Lanes` to be compiled into
        the loop over weights. g is the slope of the loss and the L2 penalty, w the weight (0 where it bears
        no decay), s1, s2, s3 its state (from 0), lr the rate, h1…h4 the hyper-parameters in `reads`, d1, d2
        and d3 what the clock derives.
    slots : int
        How many numbers of state it uses: s1, or s1 and s2, or all.
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
