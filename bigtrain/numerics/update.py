"""One step of an optimizer for a run of columns: its formula, the penalties and the proximal step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numba import from_dtype, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from .compilation import address
from .lanes import WIDTH, Lanes, Memory, Whole, maximum, minimum
from .optimizers import RULES, no_clock
from .setting import OPTIMIZERS, Setting

HYPER_ROWS = 7
"""l1 of the proximal step, 2·l2, l1 of the subgradient, and the four hyper-parameters of the formula."""

CLOCK_ROWS = 3
"""What the clock keeps from step to step."""


@intrinsic(prefer_literal=True)
def _take_step(
    _: Any, number: Any, w: Any, g: Any, s: Any, h: Any, clock: Any, rate: Any, q: Any, K: Any, slot: Any,
    start: Any, stop: Any, kind: Any,
) -> Any:  # fmt: skip
    """Take the step of the optimizer of that `number`; the rest as `_update` says.

    The lanes of a vector are adjacent columns, of which those outside the run get back what they held: so K
    is whole vectors. A column on its own has its rows for lanes, and the memory behind it has to fill its
    last vector.
    """
    rule = RULES[OPTIMIZERS[number.literal_value]]

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001  (numba's)
        w, g, s, h, clock, rate, q, K, slot, start, stop = (Whole(builder, value) for value in values[1:-1])
        memory = Memory(builder, context.get_value_type(kind))
        count, across, alone = memory.count, K * memory.size, K.is_at_most(1)
        steps = ((q + (count - 1)) // count).if_else(alone, q)
        between = K.whole(WIDTH).if_else(alone, across)
        last = (steps - 1) * count  # the first row of the last vector of a column on its own
        nowhere = 0 * memory.numbered()

        def of_columns(first: Whole, row: int) -> Lanes:
            place = first + across * row
            return memory.read_one(place).if_else(alone, memory.read(place))

        def step_columns(k: Whole) -> None:
            """Step those of the run among as many columns as there are lanes, from `k` on."""
            at = k * memory.size
            run = memory.chosen((start - k).or_more(0), (stop - k).or_less(count))
            penalties = [of_columns(h + at, row) for row in range(3)]
            knobs = [of_columns(h + at, row) for row in range(3, HYPER_ROWS)]
            lr = of_columns(rate + at, 0)
            ticks = [of_columns(clock + at, row) for row in range(CLOCK_ROWS)]
            *advanced, d1, d2, d3 = rule.clock(*ticks, *knobs[:2])
            for row in range(CLOCK_ROWS if rule.clock is not no_clock else 0):
                place = clock + at + across * row
                memory.merge(place, advanced[row], memory.read(place), run)

            def step_rows(first: Whole, times: Whole | int, bears: Lanes, chosen: Any) -> None:
                """Step so many rows, or vectors of rows, of which the first lies so far behind w."""
                shrink, drag, pull = (bears * penalty for penalty in penalties)
                with cgutils.for_range(builder, K.like(times)) as each:
                    here = first + between * Whole(builder, each.index)
                    held = memory.read(w + here)
                    state = [memory.read(s + slot * i + here) for i in range(rule.slots)]
                    slope = memory.read(g + here) + drag * held + pull * ((held > 0) - (held < 0))
                    unused = [nowhere] * (3 - rule.slots)
                    step, reach, *new = rule.formula(
                        slope, bears * held, *state, *unused, lr, *knobs, d1, d2, d3
                    )
                    for i in range(rule.slots):
                        memory.merge(s + slot * i + here, new[i], state[i], chosen)
                    # prox of threshold·|w|: towards zero by the threshold, and no further than zero.
                    moved, threshold = held - step, shrink * reach
                    within = minimum(maximum(moved, -threshold), threshold)
                    memory.merge(w + here, moved - within, held, chosen)

            every, rest = memory.chosen(0, count), memory.chosen(0, (q - last).or_more(0))
            step_rows(at, steps - 1, nowhere + 1, builder.select(alone, every, run))
            # The last row bears no penalty.
            bears = (memory.numbered() < memory.spread(q - 1 - last)).if_else(alone, nowhere)
            step_rows(at + between * (steps - 1), 1, bears, builder.select(alone, rest, run))

        first = start // count
        with cgutils.for_range(builder, ((stop + (count - 1)) // count - first).value) as each:
            step_columns((first + Whole(builder, each.index)) * count)
        return context.get_dummy_value()

    kinds = (number, w, g, s, h, clock, rate, q, K, slot, start, stop, kind)
    return types.void(*kinds), generate


def _update(optimizer: str) -> Callable[..., None]:
    """Build the step of an optimizer.

    It takes where in memory weights w, slopes g (q, K), state s (slots, q, K), hyper-parameters h
    (HYPER_ROWS, K), clock (CLOCK_ROWS, K) and rates (K,) lie; q, K, and how many bytes each slot of the state
    is from the next; and steps the columns start … stop − 1 in place. The last row of w, the intercept, bears
    no penalty and no decay.
    """
    number = OPTIMIZERS.index(optimizer)

    def update(w, g, s, h, clock, rate, q, K, slot, start, stop, kind):
        _take_step(number, w, g, s, h, clock, rate, q, K, slot, start, stop, kind)

    return update


@cache
def update_address(optimizer: str, dtype: np.dtype[Any]) -> int:
    """Where the compiled update of an optimizer lies; compiled at its first use."""
    return address(_update(optimizer), (types.intp,) * 11 + (from_dtype(dtype),))


def hyper_parameters(settings: Sequence[Setting], dtype: Any) -> NDArray[Any]:
    """Return h (HYPER_ROWS, K) for `update`, one column a setting."""
    h = [
        (
            s.l1 if s.l1_step == "proximal" else 0.0,
            2 * s.l2,
            0.0 if s.l1_step == "proximal" else s.l1,
            *map(s.__getattribute__, RULES[s.optimizer].reads),
            *_UNREAD[s.optimizer],
        )
        for s in settings
    ]
    return np.array(h, dtype=dtype).T.copy()


_UNREAD = {name: (0.0,) * (HYPER_ROWS - 3 - len(rule.reads)) for name, rule in RULES.items()}
