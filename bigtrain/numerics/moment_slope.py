"""From G·w to the slope and the loss of columns, in one pass over both."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .lanes import Lanes, Memory, Whole


@intrinsic
def slope_and_loss(
    _: Any, w: Any, g: Any, crossed: Any, q: Any, K: Any, share: Any, objective: Any, kind: Any
) -> Any:
    """Make g = G·w the slope G·w − c, and add share·½(wᵀGw − 2wᵀc + yy) to the objective of each column.

    It takes where in memory w and g (q, K), the row (c, yy) of the moments and the objective (K,) lie, all
    of a kind of numbers, and K a multiple of the lanes of a vector.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001  (numba's)
        w, g, crossed, q, K, _, objective = (Whole(builder, value) for value in values[:-1])
        memory = Memory(builder, context.get_value_type(kind))
        size, share = memory.size, memory.everywhere(values[5])
        with cgutils.for_range(builder, (K // memory.count).value) as block:
            first = Whole(builder, block.index) * (memory.count * size)
            twice = cgutils.alloca_once_value(builder, memory.read_one(crossed + q * size).value)
            with cgutils.for_range(builder, q.value) as row:
                j = Whole(builder, row.index)
                here = first + j * K * size
                cross, product = memory.read_one(crossed + j * size), memory.read(g + here)
                slope = product - cross
                term = memory.read(w + here) * (slope - cross)
                builder.store((Lanes(builder, builder.load(twice)) + term).value, twice)
                memory.write(g + here, slope)
            total = memory.read(objective + first) + share * 0.5 * Lanes(builder, builder.load(twice))
            memory.write(objective + first, total)
        return context.get_dummy_value()

    return types.void(w, g, crossed, q, K, share, objective, kind), generate
