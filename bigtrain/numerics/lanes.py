"""Numbers side by side in a vector register, and formulas that are written down by running them on such.

The compiler makes vectors of a loop that is long. Those over the few columns of one optimizer are short: they
were entered, left and finished number by number for each row, which took most of a step. A formula that is
run on `Lanes` leaves instructions on whole vectors, whatever loop they stand in; and nothing has to find out
what kinds its numbers are, which takes longer than to compile them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir
from numba.core import cgutils

WIDTH = 32
"""Bytes of a vector: four numbers of 64 bits, or eight of 32."""

_LOOSE = {"flags": ("contract", "nsz", "reassoc")}
"""As in all kernels: products and sums may be fused, and nan and inf keep their meaning."""


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """A whole number that a kernel will know: of rows, of bytes, or a place in memory."""

    builder: Any
    value: Any

    def like(self, other: Whole | int) -> Any:
        """Return another one, or a number that is known now, as the compiler takes it."""
        return other.value if isinstance(other, Whole) else self.value.type(other)

    def whole(self, other: Whole | int) -> Whole:
        """Return another one, or a number that is known now, as one like this."""
        return Whole(self.builder, self.like(other))

    def __add__(self, other: Whole | int) -> Whole:
        return Whole(self.builder, self.builder.add(self.value, self.like(other)))

    def __sub__(self, other: Whole | int) -> Whole:
        return Whole(self.builder, self.builder.sub(self.value, self.like(other)))

    def __mul__(self, other: Whole | int) -> Whole:
        return Whole(self.builder, self.builder.mul(self.value, self.like(other)))

    def __floordiv__(self, other: int) -> Whole:
        return Whole(self.builder, self.builder.udiv(self.value, self.like(other)))

    def is_at_most(self, other: Whole | int) -> Any:
        """Return whether it is no larger than another."""
        return self.builder.icmp_signed("<=", self.value, self.like(other))

    def or_more(self, least: int) -> Whole:
        """Return it, or `least` where it is smaller."""
        return self.whole(least).if_else(self.is_at_most(least), self)

    def or_less(self, most: int) -> Whole:
        """Return it, or `most` where it is larger."""
        return self.if_else(self.is_at_most(most), most)

    def if_else(self, condition: Any, other: Whole | int) -> Whole:
        """Return this one where the condition holds, and the other where it doesn't."""
        return Whole(self.builder, self.builder.select(condition, self.value, self.like(other)))


@dataclass(frozen=True, slots=True, eq=False)
class Lanes:
    """As many numbers as fill a vector, for a formula to be run on as if they were one.

    Arithmetic with other lanes or plain numbers, `abs`, `sqrt`, `maximum` and `minimum` are written to
    `builder`, lane by lane. A comparison is 1 where it holds and 0 elsewhere, as True and False are in sums.
    """

    builder: Any
    value: Any

    def like(self, other: Lanes | float) -> Any:
        """Return the vector of other lanes, or of a plain number in every lane."""
        kind = self.value.type
        return other.value if isinstance(other, Lanes) else ir.Constant(kind, [float(other)] * kind.count)

    def _and(self, other: Lanes | float, write: Callable[..., Any], *, turned: bool = False) -> Lanes:
        pair = (self.like(other), self.value) if turned else (self.value, self.like(other))
        return Lanes(self.builder, write(*pair, **_LOOSE))

    def __add__(self, other: Lanes | float) -> Lanes:
        return self._and(other, self.builder.fadd)

    def __sub__(self, other: Lanes | float) -> Lanes:
        return self._and(other, self.builder.fsub)

    def __rsub__(self, other: float) -> Lanes:
        return self._and(other, self.builder.fsub, turned=True)

    def __mul__(self, other: Lanes | float) -> Lanes:
        return self._and(other, self.builder.fmul)

    def __truediv__(self, other: Lanes | float) -> Lanes:
        return self._and(other, self.builder.fdiv)

    def __rtruediv__(self, other: float) -> Lanes:
        return self._and(other, self.builder.fdiv, turned=True)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Lanes:
        return Lanes(self.builder, self.builder.fneg(self.value))

    def __abs__(self) -> Lanes:
        return _by_llvm("fabs", self)

    def __gt__(self, other: Lanes | float) -> Lanes:
        return self._where(">", other, self.like(1), self.like(0))

    def __lt__(self, other: Lanes | float) -> Lanes:
        return self._where("<", other, self.like(1), self.like(0))

    def if_else(self, condition: Any, other: Lanes) -> Lanes:
        """Return these where a condition on all of them holds, and the others where it doesn't."""
        return Lanes(self.builder, self.builder.select(condition, self.value, other.value))

    def __eq__(self, other: object) -> bool:
        raise _no_choice()

    def __bool__(self) -> bool:
        raise _no_choice()

    __hash__ = None  # type: ignore[assignment]  # nor are they keys

    def _where(self, sign: str, other: Lanes | float, yes: Any, no: Any) -> Lanes:
        holds = self.builder.fcmp_ordered(sign, self.value, self.like(other))
        return Lanes(self.builder, self.builder.select(holds, yes, no))


def _no_choice() -> TypeError:
    return TypeError(
        "a formula is run once for all lanes, which an if, ==, max or min of Python's would send one way; "
        "write comparisons as numbers, and take maximum and minimum of bigtrain.numerics.lanes"
    )


def _by_llvm(name: str, x: Lanes) -> Lanes:
    kind = x.value.type
    named = f"llvm.{name}.v{kind.count}{kind.element.intrinsic_name}"
    function = cgutils.get_or_insert_function(x.builder.module, ir.FunctionType(kind, [kind]), named)
    return Lanes(x.builder, x.builder.call(function, [x.value]))


def sqrt(x: Lanes) -> Lanes:
    """Return the square root of each lane."""
    return _by_llvm("sqrt", x)


def maximum(a: Lanes, b: Lanes | float) -> Lanes:
    """Return the larger of two in each lane, and `a` where either is not a number."""
    return a._where("<", b, a.like(b), a.value)


def minimum(a: Lanes, b: Lanes | float) -> Lanes:
    """Return the smaller of two in each lane, and `a` where either is not a number."""
    return a._where(">", b, a.like(b), a.value)


class Memory:
    """How lanes of one kind of numbers are read and written.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where the instructions go.
    number : llvmlite.ir.Type
        float or double.
    """

    def __init__(self, builder: Any, number: Any) -> None:
        self._builder, self._number = builder, number
        self.size = 8 if isinstance(number, ir.DoubleType) else 4
        self.count = WIDTH // self.size
        self._bits = ir.VectorType(ir.IntType(8 * self.size), self.count)
        self._lanes = ir.VectorType(number, self.count)

    def _pointer(self, place: Whole, kind: Any) -> Any:
        return self._builder.inttoptr(place.value, kind.as_pointer())

    def numbered(self) -> Lanes:
        """Return 0, 1, 2 and so on."""
        return Lanes(self._builder, ir.Constant(self._lanes, [float(i) for i in range(self.count)]))

    def spread(self, whole: Whole) -> Lanes:
        """Return a whole number in every lane."""
        return self.everywhere(self._builder.sitofp(whole.value, self._number))

    def everywhere(self, number: Any) -> Lanes:
        """Return one number in every lane."""
        empty = ir.Constant(self._lanes, ir.Undefined)
        first = self._builder.insert_element(empty, number, ir.IntType(32)(0))
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), self.count), [0] * self.count)
        return Lanes(self._builder, self._builder.shuffle_vector(first, empty, lanes))

    def read(self, place: Whole) -> Lanes:
        """Return the adjacent numbers that begin at a place."""
        return Lanes(self._builder, self._builder.load(self._pointer(place, self._lanes), align=self.size))

    def read_one(self, place: Whole) -> Lanes:
        """Return the number at a place, in every lane."""
        return self.everywhere(self._builder.load(self._pointer(place, self._number)))

    def chosen(self, low: Whole | int, high: Whole | int) -> Any:
        """Return what chooses, for `merge`, the lanes from number `low` to below `high`: all their bits.

        Read from a table and not reckoned: of what the compiler knows to be a choice it makes a masked write,
        with which a step of plain SGD took twice as long.
        """
        count, place = self.count, ir.IntType(64)
        entries = [0] * count + [-1] * count + [0] * count
        table = cgutils.global_constant(
            self._builder, "chosen_lanes", ir.Constant(ir.ArrayType(self._bits.element, 3 * count), entries)
        )
        first = Whole(self._builder, self._builder.ptrtoint(table, place))

        def part(before: Whole | int, start: int) -> Any:
            entry = first - (first.whole(before) - start) * self.size
            return self._builder.load(self._pointer(entry, self._bits), align=self.size)

        return self._builder.and_(part(low, count), part(high, 2 * count))

    def write(self, place: Whole, lanes: Lanes) -> None:
        """Write to the adjacent numbers that begin at a place."""
        self._builder.store(lanes.value, self._pointer(place, self._lanes), align=self.size)

    def merge(self, place: Whole, lanes: Lanes, held: Lanes, chosen: Any) -> None:
        """Write to a place the lanes that are `chosen`, and in the others what it has held."""
        new, old = (self._builder.bitcast(each.value, self._bits) for each in (lanes, held))
        changed = self._builder.and_(self._builder.xor(new, old), chosen)
        merged = self._builder.bitcast(self._builder.xor(old, changed), self._lanes)
        self.write(place, Lanes(self._builder, merged))
