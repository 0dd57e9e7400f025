"""Curves of many columns, kept as one array that grows with training."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Point: TypeAlias = tuple[int, float]
Curve: TypeAlias = tuple[Array, Array]
"""Epochs and values. Points are made when they are read: for all columns they cost more than training."""


def points(curve: Curve) -> list[Point]:
    """Return a curve as points (epoch, value)."""
    epochs, values = curve
    return list(zip(epochs.tolist(), values.tolist(), strict=True))


class Curves:
    """One value after the other for each of many columns, as many as it trains for.

    Parameters
    ----------
    columns : int
        How many.
    dtype : dtype, default float64
        Of the values.
    """

    def __init__(self, columns: int, dtype: Any = np.float64) -> None:
        self._values = np.empty((0, columns), dtype=dtype)
        self._length = np.zeros(columns, dtype=np.int64)

    def extend(self, columns: Array, values: Array, counts: Any = 1) -> None:
        """Add the first `counts` (k,) of values (T, k) to `columns` (k,), which are all of one length."""
        if not len(columns):
            return
        first = self._length[columns[0]]
        end = first + len(values)
        if end > len(self._values):
            # Twice as much at least, so that epoch by epoch each value is copied about once.
            longer = (max(end, 2 * len(self._values)), self._values.shape[1])
            grown = np.empty(longer, dtype=self._values.dtype)
            grown[: len(self._values)] = self._values
            self._values = grown
        self._values[first:end, columns] = values
        self._length[columns] += counts

    def of(self, columns: slice, combine: Callable[..., Array] = np.mean) -> Array:
        """Return one curve (T,) for adjacent columns, where one that has ended holds its last value."""
        lengths = self._length[columns]
        if len(lengths) == 1:
            return self._values[: lengths[0], columns.start].copy()
        begun = np.flatnonzero(lengths)
        if not len(begun):
            return np.empty(0, dtype=self._values.dtype)
        step = np.minimum(np.arange(lengths.max())[:, None], lengths[begun] - 1)
        return combine(self._values[step, columns.start + begun], axis=1)

    def each(self, m: int, combine: Callable[..., Array] = np.mean) -> list[Array]:
        """Return the curves of all members, m adjacent columns each, as `of` does one.

        Those of one column are views of one array, where `of` would copy each.
        """
        if m > 1:
            return [self.of(slice(k, k + m), combine) for k in range(0, len(self._length), m)]
        longest = self._length.max(initial=0)
        columns = np.ascontiguousarray(self._values[:longest].T)
        return [column[:length] for column, length in zip(columns, self._length.tolist(), strict=True)]


class History:
    """The curves of a cohort of members with m columns each.

    Attributes
    ----------
    loss : Curves
        Objectives by epoch.
    watched, watched_at : Curves
        Losses on rows that are not trained on, and the epochs after which they were taken.
    """

    def __init__(self, members: int, m: int) -> None:
        self._m = m
        self.loss, self.watched = Curves(members * m), Curves(members * m)
        self.watched_at = Curves(members * m, np.int64)

    def of(self, k: int) -> tuple[Curve, Curve]:
        """Return the loss curve and the validation curve of member k: of several targets the means."""
        columns = slice(k * self._m, (k + 1) * self._m)
        loss, epochs = self.loss.of(columns), self.watched_at.of(columns, np.max)
        return (np.arange(1, len(loss) + 1), loss), (epochs, self.watched.of(columns))

    def each(self) -> Iterator[tuple[Curve, Curve]]:
        """Yield the curves of all members in turn, as `of` gives those of one."""
        losses, watched = self.loss.each(self._m), self.watched.each(self._m)
        watched_at = self.watched_at.each(self._m, np.max)
        epochs = np.arange(1, 1 + max(map(len, losses), default=0))
        for loss, at, values in zip(losses, watched_at, watched, strict=True):
            yield (epochs[: len(loss)], loss), (at, values)
