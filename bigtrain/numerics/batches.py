"""In what order the rows of an epoch are visited."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .compilation import compiled

Order: TypeAlias = NDArray[np.int64]

_MEMBERSHIP, _EPOCH, _HELD_BACK = range(3)
"""What a random stream is for, so that none repeats another."""

_WORD, _GAMMA, _FIRST, _SECOND = 2**64 - 1, 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
"""The numbers of SplitMix64 (Steele, Lea & Flood 2014)."""


@dataclass(frozen=True, slots=True)
class Batches:
    """The mini-batches of a training: their size, how they are drawn, and the seed.

    Attributes
    ----------
    n : int
        Rows.
    size : int
        Rows of a batch, at most `n`; see `starts`.
    shuffle : bool or "batches"
        True draws the rows afresh each epoch; "batches" draws the members of the batches once and their order
        afresh each epoch; False keeps the order of the rows.
    seed : int
        Of every draw, with the number of the epoch.
    """

    n: int
    size: int
    shuffle: bool | str
    seed: int

    @property
    def count(self) -> int:
        """Batches, and so steps, of an epoch."""
        return -(-self.n // self.size)

    @property
    def fixed(self) -> bool:
        """Whether the members of a batch stay the same, so that its statistics can be kept."""
        return self.count == 1 or self.shuffle in (False, "batches")

    def starts(self) -> Order:
        """Return where each batch starts, and n.

        Of `size` rows each and the rest in the last. Batches of fixed, drawn members are evened out instead:
        a small one would weigh its rows more than the others in every epoch, where redrawn ones take turns.
        """
        return _starts(self)

    def members(self) -> Order:
        """Return the rows in the order in which they are cut into batches once and for all."""
        return _members(self)

    def visits(self, first: int, epochs: int = 1) -> Order:
        """Return the fixed batches in the order of each of some epochs, from 0: (epochs, count)."""
        orders = np.empty((epochs, self.count), dtype=np.int64)
        orders[:] = np.arange(self.count)
        if self.shuffle == "batches" and self.count > 1:
            shared = _state(self.seed, _EPOCH)
            states = [_mixed(shared ^ epoch) for epoch in range(first, first + epochs)]
            _shuffle(orders, np.array(states, dtype=np.uint64))
        return orders

    def rows(self, epoch: int) -> tuple[Order, Order]:
        """Return all rows in the order of this epoch, and where its batches start, the end included."""
        return _rows(self, epoch)


@lru_cache(maxsize=4)
def _starts(batches: Batches) -> Order:
    if batches.shuffle == "batches":
        base, larger = divmod(batches.n, batches.count)
        number = np.arange(batches.count + 1)
        return number * base + np.minimum(number, larger)
    return np.append(np.arange(0, batches.n, batches.size), batches.n)


@lru_cache(maxsize=4)
def _members(batches: Batches) -> Order:
    if batches.shuffle == "batches" and batches.count > 1:
        return permutation(batches.n, batches.seed, _MEMBERSHIP)
    return np.arange(batches.n)


@lru_cache(maxsize=4)
def _rows(batches: Batches, epoch: int) -> tuple[Order, Order]:
    starts = batches.starts()
    if batches.count == 1 or batches.shuffle is False:
        return batches.members(), starts
    if batches.shuffle == "batches":
        parts = np.split(batches.members(), starts[1:-1])
        visited = [parts[b] for b in batches.visits(epoch)[0].tolist()]
        return np.concatenate(visited), np.append(0, np.cumsum([len(part) for part in visited]))
    return permutation(batches.n, batches.seed, _EPOCH, epoch), starts


def held_back(n: int, fraction: float, seed: int) -> tuple[Order, Order]:
    """Split rows 0 … n − 1 into (train, held back), both ascending, at least one row in each."""
    size = min(max(round(n * fraction), 1), n - 1)
    shuffled = permutation(n, seed, _HELD_BACK)
    return np.sort(shuffled[size:]), np.sort(shuffled[:size])


def permutation(n: int, *key: int) -> Order:
    """Return 0 … n − 1 in an order drawn by `key`."""
    order = np.arange(n)
    _shuffle(order[None], np.array([_state(*key)], dtype=np.uint64))
    return order


def _state(*key: int) -> int:
    """Return the state of the generator that draws by `key`."""
    state = 0
    for part in key:
        state = _mixed(state ^ part)
    return state


def _mixed(state: int) -> int:
    """Return the number of 64 bits that SplitMix64 draws from this state.

    numpy's SeedSequence would take longer than to shuffle the batches of an epoch.
    """
    z = (state + _GAMMA) & _WORD
    z = ((z ^ (z >> 30)) * _FIRST) & _WORD
    z = ((z ^ (z >> 27)) * _SECOND) & _WORD
    return z ^ (z >> 31)


@compiled
def _shuffle(orders, states):
    """Shuffle each row from a state as Fisher and Yates, by SplitMix64: 5 times as fast as numpy."""
    for row in range(orders.shape[0]):
        state = states[row]
        for i in range(orders.shape[1] - 1, 0, -1):
            state += np.uint64(_GAMMA)
            z = (state ^ (state >> np.uint64(30))) * np.uint64(_FIRST)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(_SECOND)
            j = np.int64(((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53 * (i + 1))
            orders[row, i], orders[row, j] = orders[row, j], orders[row, i]
