"""Columns that share their rows, their batches and their loss, trained block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .batches import Batches
from .blas import one_thread
from .columns import Columns
from .descent import TILE, descend_dense, descend_sparse, descend_statistics
from .memory import aligned, aligned_arrays
from .products import product_address
from .schedules import rates
from .single_rows import descend_one_column, descend_single_rows
from .slope import slope_address
from .training_data import Moments, TrainingData

Array: TypeAlias = NDArray[Any]
Apply: TypeAlias = Callable[..., Iterable[Any]]
"""`map`, or one that does the same in threads."""

BLOCK = 64
"""Columns that take all their steps before the next block: their state stays in the second-level cache."""

CROWDED = 0.75
"""Once fewer of a group's columns than this are live, the others are dropped and the blocks cut anew."""

LARGEST_RATES = 2**20
"""Rates worked out ahead."""


class Trainer(Protocol):
    """A plan at work."""

    batches: Batches
    offset: int
    """Steps done before what the number of the epoch says, where training goes on from other rows."""

    @property
    def several(self) -> bool:
        """Whether it does several epochs at a time."""

    def prepare(self, epoch: int) -> None:
        """Work out what all blocks share from the number `epoch` on; they may then train side by side."""

    def train(self, columns: Columns, epoch: int, count: int) -> Array:
        """Do up to `count` epochs from the number `epoch` on and return the objectives (epochs done, K)."""


@dataclass(slots=True, eq=False)
class OnStatistics:
    """Steps on the products of the columns of X: the plans gram and batch_gram.

    Those of fixed batches are summed up once. Where batches are drawn afresh those of one epoch are held at
    a time, and the blocks take turns at them.
    """

    data: TrainingData
    batches: Batches
    offset: int = 0
    _drawn: Moments | None = None
    _drawn_for: int = -1

    @property
    def several(self) -> bool:
        """Whether it does several epochs at a time: not where each has batches of its own."""
        return self.batches.fixed

    def train(self, columns: Columns, epoch: int, count: int) -> Array:
        """Do up to `count` epochs from the number `epoch` on and return the objectives (epochs done, K)."""
        per_epoch, (q, K) = self.batches.count, columns.w.shape
        moments, share = self._moments(epoch)
        count = max(1, min(count, LARGEST_RATES // (per_epoch * K))) if self.several else 1
        order = self.batches.visits(epoch, count)
        steps = rates(
            columns.settings, self.offset + epoch * per_epoch, count * per_epoch, per_epoch, np.float64
        )
        # Each row of whole vectors begins at a cache line, as the first does.
        scratch = aligned((count + q + 3, K))
        curve, g, (rate, objective, loss) = scratch[:count], scratch[count:-3], scratch[-3:]
        with one_thread():
            done = descend_statistics(
                product_address(columns.w.dtype), moments, share, columns.target, order, steps,
                columns.for_step(g), columns.for_watch(), curve, rate, objective, loss,
            )  # fmt: skip
        return curve[:done]

    def _moments(self, epoch: int) -> Moments:
        """Return the moments of the batches of an epoch."""
        if self.batches.fixed:
            return self.data.moments(self.batches)
        if self._drawn is None or self._drawn_for != epoch:
            before = self._drawn[0] if self._drawn else None
            self._drawn = self.data.moments_of(*self.batches.rows(epoch), into=before)
            self._drawn_for = epoch
        return self._drawn

    def prepare(self, epoch: int) -> None:
        """Sum the batches of an epoch up, before blocks ask for them."""
        self._moments(epoch)


@dataclass(slots=True, eq=False)
class OnRows:
    """Steps on the rows themselves: the plan for every loss."""

    data: TrainingData
    batches: Batches
    loss: str
    several: bool = False
    offset: int = 0

    def prepare(self, epoch: int) -> None:
        """Draw the order of an epoch's rows."""
        self.batches.rows(epoch)

    def train(self, columns: Columns, epoch: int, count: int) -> Array:  # noqa: ARG002  (a `Trainer`)
        """Do the epoch numbered `epoch`, and no other, and return the objectives (1, K)."""
        per_epoch = self.batches.count
        steps = rates(
            columns.settings, self.offset + epoch * per_epoch, per_epoch, per_epoch, self.data.dtype
        )
        alone = self.batches.size == 1 and not self.data.sparse and columns.plain
        return (self._single_rows if alone else self._in_batches)(columns, epoch, steps)

    def _single_rows(self, columns: Columns, epoch: int, steps: Array) -> Array:
        data, K, dtype = self.data, len(columns), self.data.dtype
        curve, objective, residual, scratch, y_tile, row_weight = aligned_arrays(
            ((1, K), float), (K, float), ((1, K), dtype), ((4, K), dtype), ((1, data.n_targets), dtype),
            (1, dtype),
        )  # fmt: skip
        row = (
            data.rows, data.targets, data.weight, self.batches.rows(epoch)[0],
            slope_address(self.loss, dtype), self.loss == "squared" and not len(data.weight),
            columns.knob, columns.target, steps, columns.w, columns.h, columns.fits_intercept,
            columns.for_watch(), curve, objective, residual, y_tile, row_weight,
        )  # fmt: skip
        if K == 1:
            descend_one_column(*row)
        else:
            scratch[:] = 0.0
            descend_single_rows(*row, scratch)
        return curve

    def _in_batches(self, columns: Columns, epoch: int, steps: Array) -> Array:
        data, K, dtype = self.data, len(columns), self.data.dtype
        order, starts = self.batches.rows(epoch)
        width = 0 if data.sparse else data.n_features + 1
        curve, g, rate, objective, tile, residual, y_tile, row_weight = aligned_arrays(
            ((1, K), float), (columns.w.shape, dtype), (K, dtype), (K, float), ((TILE, width), dtype),
            ((TILE, K), dtype), ((TILE, data.n_targets), dtype), (TILE, dtype),
        )  # fmt: skip
        tile[:, -1:] = 1.0
        descend = descend_sparse if data.sparse else descend_dense
        with one_thread():
            descend(
                product_address(dtype), data.rows, data.targets, data.weight, order, starts,
                slope_address(self.loss, dtype), columns.knob, columns.target, steps,
                columns.for_step(g), columns.for_watch(), curve, rate, objective,
                tile, residual, y_tile, row_weight,
            )  # fmt: skip
        return curve


class Group:
    """Columns that share rows, batches and loss.

    Parameters
    ----------
    trainer : Trainer
        The plan.
    columns : Columns
        All of them.
    plan, reason : str
        The plan's name and why it was taken.
    held_back : TrainingData, optional
        Rows whose loss ends the columns (early stopping).
    """

    def __init__(
        self,
        trainer: Trainer,
        columns: Columns,
        *,
        plan: str,
        reason: str,
        held_back: TrainingData | None = None,
    ) -> None:
        self.trainer, self.plan, self.reason, self.held_back = trainer, plan, reason, held_back
        self.blocks = self._cut(columns)
        self.first = self.epoch = 0

    def resume(self, columns: Columns, epochs: int, steps: int) -> None:
        """Go on with columns that were trained elsewhere for so many epochs and steps."""
        self.blocks = self._cut(columns.resumed(self.blocks[0].w.dtype))
        self.first, self.trainer.offset = epochs, steps - epochs * self.trainer.batches.count

    @property
    def steps(self) -> int:
        """Steps done, those done elsewhere included."""
        return self.trainer.offset + (self.first + self.epoch) * self.trainer.batches.count

    @property
    def live(self) -> bool:
        """Whether any column still trains."""
        return any((block.ended == 0).any() for block in self.blocks)

    def train(self, count: int, apply: Apply = map) -> list[tuple[Columns, Array]]:
        """Do up to `count` epochs, as many for each live column, and return (block, objectives) pairs.

        Blocks follow each other where a plan does several epochs at a time; where an epoch costs much more
        than changing over they take turns, at one epoch. With an `apply` of threads they train side by side.
        """
        before = self.first + self.epoch
        count = count if self.trainer.several else min(count, 1)
        self.trainer.prepare(before)

        def train_block(block: Columns) -> tuple[Columns, Array]:
            parts, done = [np.empty((0, len(block)))], 0
            while done < count and (block.ended == 0).any():
                parts.append(self.trainer.train(block, before + done, count - done))
                done += len(parts[-1])
            return block, np.concatenate(parts)

        results = list(apply(train_block, self.blocks))
        self.epoch += count
        return results

    @property
    def crowded(self) -> bool:
        """Whether so many columns have ended that it pays to go on without them."""
        held = sum(int(np.count_nonzero(block.own)) for block in self.blocks)
        live = sum(int(np.count_nonzero(block.ended == 0)) for block in self.blocks)
        return 0 < live <= CROWDED * held

    def drop_ended(self) -> None:
        """Go on with the live columns alone."""
        live = [np.flatnonzero(block.ended == 0) for block in self.blocks]
        parts = [block.take(k) for block, k in zip(self.blocks, live, strict=True) if len(k)]
        self.blocks = self._cut(Columns.join(parts))

    def _cut(self, columns: Columns) -> list[Columns]:
        """Cut columns into blocks of even size; by their number alone, so that threads make no difference."""
        parts = np.array_split(np.arange(len(columns)), -(-len(columns) // BLOCK))
        return [columns.padded(part) for part in parts]
