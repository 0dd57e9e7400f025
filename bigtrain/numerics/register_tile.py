"""A tile of a matrix product whose sums stay in registers, written in LLVM's vectors.

The compiler's own vectors are as wide as one column of registers, and it reads and writes each sum for every
few products. Here the sums of a whole tile are kept, and one number read serves all columns of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.codegen import get_host_cpu_features
from numba.extending import intrinsic

from .memory import LINE

VECTOR = 8
"""Columns of the narrowest tile: eight numbers of 64 bits are the widest that a processor takes at once."""

WIDEST = 4 * VECTOR if "+avx512f" in get_host_cpu_features() else VECTOR
"""Columns of the widest tile: six rows of it and what they are multiplied by just fill the registers."""


def register_tile(rows: int, columns: int) -> Callable[..., None]:
    """Build out[i, k] = Σ_j a[i, j]·w[j, k] for `rows` by `columns` numbers, to be called in a kernel.

    It takes (a, along, across, inner, w, between, out, width, add, kind): where in memory a[0, 0], w[0, 0]
    and out[0, 0] lie; in numbers, how far a[i, j] is from a[i + 1, j] and from a[i, j + 1], rows of w from
    each other, and rows of out; how many j there are; and a number of the kind that they are. Where `add` is
    true the sums are added to what `out` holds.
    """

    @intrinsic
    def tile(
        _: Any,
        a: Any,
        along: Any,
        across: Any,
        inner: Any,
        w: Any,
        between: Any,
        out: Any,
        width: Any,
        add: Any,
        kind: Any,
    ) -> Any:
        return types.void(a, along, across, inner, w, between, out, width, add, kind), generate

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        a, along, across, inner, w, between, out, width, add, _ = values
        real = signature.args[-1]
        number, size = context.get_value_type(real), real.bitwidth // 8
        vector, lanes = ir.VectorType(number, columns), ir.VectorType(ir.IntType(32), columns)
        zero = ir.Constant(vector, [0.0] * columns)

        def place(base: Any, step: Any, count: Any, kind: Any) -> Any:
            offset = builder.mul(builder.mul(step, count), step.type(size))
            return builder.inttoptr(builder.add(base, offset), kind.as_pointer())

        sums = [cgutils.alloca_once_value(builder, zero) for _ in range(rows)]
        outs = [place(out, width, width.type(i), vector) for i in range(rows)]
        with builder.if_then(cgutils.is_true(builder, add)):
            for total, held in zip(sums, outs, strict=True):
                builder.store(builder.load(held, align=size), total)
        with cgutils.for_range(builder, inner) as loop:
            shared = builder.load(place(w, between, loop.index, vector), align=size)
            column = builder.ptrtoint(place(a, across, loop.index, number), a.type)
            for i, total in enumerate(sums):
                factor = builder.load(place(column, along, along.type(i), number))
                first = builder.insert_element(zero, factor, ir.IntType(32)(0))
                spread = builder.shuffle_vector(first, zero, ir.Constant(lanes, [0] * columns))
                product = builder.fmul(spread, shared, flags=("contract",))
                builder.store(builder.fadd(builder.load(total), product, flags=("contract",)), total)
        for total, held in zip(sums, outs, strict=True):
            builder.store(builder.load(total), held, align=size)
        return context.get_dummy_value()

    return tile


def packed(columns: int, largest: int) -> Callable[..., int]:
    """Build the copy of `columns` numbers of some rows to adjacent places, to be called in a kernel.

    It takes (w, width, count, kind): where the rows lie, how many numbers they are apart, how many to copy,
    at most `largest` bytes in all, and a number of their kind; and returns where the copy lies: on the stack
    of the function it is called in, in the same place each time.
    """

    @intrinsic
    def pack(_: Any, w: Any, width: Any, count: Any, kind: Any) -> Any:
        return types.intp(w, width, count, kind), generate

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        w, width, count, _ = values
        real = signature.args[-1]
        size = real.bitwidth // 8
        vector = ir.VectorType(context.get_value_type(real), columns)
        copy = cgutils.alloca_once(builder, vector, size=largest // (columns * size))
        copy.align = LINE
        with cgutils.for_range(builder, count) as loop:
            offset = builder.mul(builder.mul(width, loop.index), width.type(size))
            row = builder.load(builder.inttoptr(builder.add(w, offset), vector.as_pointer()), align=size)
            builder.store(row, builder.gep(copy, [loop.index]), align=LINE)
        return builder.ptrtoint(copy, w.type)

    return pack


@intrinsic
def size_of(_: Any, number: Any) -> Any:
    """Return how many bytes such a number takes."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001
        return context.get_constant(types.intp, signature.args[0].bitwidth // 8)

    return types.intp(number), generate


@intrinsic
def place_of(_: Any, array: Any) -> Any:
    """Return where in memory an array begins: unlike a view, that is counted as no reference to it."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        return builder.ptrtoint(data, context.get_value_type(types.intp))

    return types.intp(array), generate


@intrinsic
def fetch_soon(_: Any, place: Any) -> Any:
    """Have the cache line at a place in memory brought to the first-level cache, and go on meanwhile."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001
        pointer, whole = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, whole, whole, whole])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(prefetch, [builder.inttoptr(values[0], pointer), whole(0), whole(3), whole(1)])
        return context.get_dummy_value()

    return types.void(place), generate
