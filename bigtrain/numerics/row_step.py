"""The step of plain SGD from one row to the next, written in LLVM's vectors.

A step on a single row does so little with each weight that reading and writing them is what costs: so the
weights are read once for two things, the step on the row before and the prediction of the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .register_tile import VECTOR


def step_and_predict(*, penalised: bool) -> Callable[..., None]:
    """Build the step of `VECTOR` columns on one row and their predictions of another, for a kernel to call.

    It takes (before, after, p, w, width, move, out, of): where in memory the p numbers of the two rows and
    the first weight of the columns lie, how many numbers the weights of two features are apart, where the
    columns' moves and predictions lie, and an array of the kind of numbers. w[j] ← w[j] + move·before[j] for
    each feature, and out = Σ_j after[j]·w[j] of the new weights. Where `penalised`, rate·2·l2 and rate·l1 of
    the columns lie two and three `width` behind their moves: so large a part is taken off the weight, and so
    far it is drawn towards zero.
    """

    @intrinsic
    def step(
        _: Any, before: Any, after: Any, p: Any, w: Any, width: Any, move: Any, out: Any, of: Any
    ) -> Any:
        return types.void(before, after, p, w, width, move, out, of), generate

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        before, after, p, w, width, move, out, _ = values
        number = context.get_value_type(signature.args[-1].dtype)
        size = context.get_abi_sizeof(number)
        vector, lanes = ir.VectorType(number, VECTOR), ir.VectorType(ir.IntType(32), VECTOR)
        zero = ir.Constant(vector, [0.0] * VECTOR)
        fused = {"flags": ("contract",)}

        def place(base: Any, count: Any, kind: Any) -> Any:
            return builder.inttoptr(
                builder.add(base, builder.mul(count, count.type(size))), kind.as_pointer()
            )

        def spread(base: Any, j: Any) -> Any:
            first = builder.insert_element(zero, builder.load(place(base, j, number)), ir.IntType(32)(0))
            return builder.shuffle_vector(first, zero, ir.Constant(lanes, [0] * VECTOR))

        def vector_at(rows: int) -> Any:
            return builder.load(place(move, builder.mul(width, width.type(rows)), vector), align=size)

        def towards_zero(moved: Any, threshold: Any) -> Any:
            above, below = builder.fsub(moved, threshold), builder.fadd(moved, threshold)
            above = builder.select(builder.fcmp_ordered(">", above, zero), above, zero)
            below = builder.select(builder.fcmp_ordered("<", below, zero), below, zero)
            return builder.fadd(above, below)

        moves = vector_at(0)
        shrink, threshold = (vector_at(2), vector_at(3)) if penalised else (None, None)
        total = cgutils.alloca_once(builder, vector)
        builder.store(zero, total)
        with cgutils.for_range(builder, p) as loop:
            j = loop.index
            held = place(w, builder.mul(width, j), vector)
            weight = builder.load(held, align=size)
            moved = builder.fadd(weight, builder.fmul(moves, spread(before, j), **fused), **fused)
            if penalised:
                moved = builder.fsub(moved, builder.fmul(shrink, weight, **fused), **fused)
                moved = towards_zero(moved, threshold)
            builder.store(moved, held, align=size)
            product = builder.fmul(moved, spread(after, j), **fused)
            builder.store(builder.fadd(builder.load(total), product, **fused), total)
        builder.store(builder.load(total), place(out, width.type(0), vector), align=size)
        return context.get_dummy_value()

    return step
