"""Many settings trained at once, right to rounding as if each had been trained alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .blas import one_thread
from .columns import Columns
from .curves import Curve, History, Point, points
from .evaluation import mean_loss
from .group import Apply, Group
from .grouping import grouped
from .setting import Setting, check_settings
from .stop_reason import StopReason
from .training_data import TrainingData

Array: TypeAlias = NDArray[Any]
State: TypeAlias = list[tuple[Columns, int, int]]
Progress: TypeAlias = tuple[Array, Array, Array, History, list[tuple[list[Columns], int, int, int]]]

PACE = 1.4
"""How many times as many epochs are done at one point of a validation curve as at the point before, where an
epoch on statistics costs no more than scoring: a curve moves most at its beginning."""

LONGEST = 2**17
"""Steps between two points, so that a caller hears something in the meantime."""


class Member(NamedTuple):
    """What one setting has come to; see the properties of `Cohort`."""

    coef: Array
    intercept: Array
    n_iter: int
    stop_reason: StopReason
    loss_curve: Curve
    validation_curve: Curve
    plan: str
    plan_reason: str


class Cohort:
    """Settings that train together on the same rows.

    Each setting is one column of a weight matrix for each target. Columns are grouped by what they share
    (batches, seed, loss, held-back rows); what they don't share (optimizer, rates, penalties, stopping) stays
    theirs, and a column ends where it would end alone.

    Parameters
    ----------
    train : TrainingData
        The rows. Give the same object to every cohort on these rows: its statistics are computed once.
    settings : sequence of Setting
        One for each member.
    validation : TrainingData, optional
        Rows whose mean squared error makes the validation curves; they end nothing.
    plan : str
        ``"auto"``, ``"rows"``, ``"gram"`` or ``"batch_gram"``, for all members.
    start : ndarray of shape (K, m, p + 1) or (p + 1,), optional
        Weights to begin with, the intercept last. Default: zeros.
    resume : list of tuple, optional
        `state` of a cohort of the same settings on other rows, to go on from its weights, optimizers' states
        and place in the schedule.

    Raises
    ------
    ParameterError
        If a setting is out of bounds, or a plan that was asked for isn't open to it.

    Examples
    --------
    >>> import numpy as np
    >>> from bigtrain.numerics.cohort import Cohort
    >>> from bigtrain.numerics.setting import Setting
    >>> from bigtrain.numerics.training_data import TrainingData
    >>> X = np.random.default_rng(0).normal(size=(50, 2))
    >>> data = TrainingData(X, X @ [1.0, -2.0] + 3.0)
    >>> cohort = Cohort(data, [Setting("gd", learning_rate=0.5), Setting("adam", learning_rate=0.1)])
    >>> cohort.advance()
    False
    >>> cohort.coef.round(2)
    array([[ 1., -2.],
           [ 1., -2.]])
    """

    def __init__(
        self,
        train: TrainingData,
        settings: Sequence[Setting],
        *,
        validation: TrainingData | None = None,
        plan: str = "auto",
        start: Array | None = None,
        resume: State | None = None,
    ) -> None:
        check_settings(settings)
        self.settings = tuple(settings)
        self._data, self._validation = train, validation
        K, m, q = len(settings), train.n_targets, train.n_features + 1
        self._weights = np.zeros((K, m, q), dtype=train.dtype)
        if start is not None:
            self._weights[:] = start
        self._reason = np.zeros((K, m), dtype=np.int64)
        self._epochs = np.zeros((K, m), dtype=np.int64)
        self.history = History(K, m)
        self._groups, self._plan_of = grouped(train, self.settings, self._weights, plan)
        for group, state in zip(self._groups, resume or (), strict=False):
            group.resume(*state)

    @property
    def state(self) -> State:
        """What another cohort of these settings needs to go on from here, before any member was dropped."""
        return [
            (
                Columns.join([block.take(np.flatnonzero(block.own)) for block in group.blocks]),
                group.first + group.epoch,
                group.steps,
            )
            for group in self._groups
        ]

    @property
    def epoch(self) -> int:
        """Epochs done by those that have trained the longest."""
        return max((group.epoch for group in self._groups), default=0)

    @property
    def progress(self) -> Progress:
        """All that training has changed, to be taken up by a cohort of the same settings on the same rows."""
        groups = [(group.blocks, group.first, group.epoch, group.trainer.offset) for group in self._groups]
        return self._weights, self._reason, self._epochs, self.history, groups

    def take_up(self, progress: Progress) -> None:
        """Go on from another's `progress`, as that one would have."""
        self._weights, self._reason, self._epochs, self.history, groups = progress
        for group, (blocks, first, epoch, offset) in zip(self._groups, groups, strict=True):
            # Copied, for what another process sent lies in memory as numpy has it and not as kernels want it.
            group.blocks = [block.take(np.arange(len(block))) for block in blocks]
            group.first, group.epoch, group.trainer.offset = first, epoch, offset

    @property
    def coef(self) -> Array:
        """Weights (K, p), or (K, m, p) where there are several targets."""
        return self._squeezed(self._weights[:, :, :-1])

    @property
    def intercept(self) -> Array:
        """Intercepts (K,), or (K, m) where there are several targets."""
        return self._squeezed(self._weights[:, :, -1])

    @property
    def n_iter(self) -> Array:
        """Epochs done (K,): of the target that took longest."""
        return np.asarray(self._epochs.max(axis=1))

    @property
    def stop_reasons(self) -> list[StopReason]:
        """How each member ended: of several targets the end that says most, as divergence does."""
        return [_FOREMOST[rank] for rank in _RANK[self._reason].min(axis=1)]

    @property
    def diverged(self) -> Array:
        """Which members diverged, in any target (K,)."""
        return np.asarray((self._reason == StopReason.DIVERGED).any(axis=1))

    @property
    def live(self) -> Array:
        """Which members still train (K,)."""
        return np.asarray((self._reason == StopReason.RUNNING).any(axis=1))

    def plan(self, k: int) -> tuple[str, str]:
        """Return the plan of member k, and why it is that one in a sentence."""
        return self._plan_of[k]

    def loss_curve(self, k: int) -> list[Point]:
        """Points (epoch, objective) of member k: the mean over the epoch's batches, each before its step.

        On the full batch that is J at the weights before the step, so that the first point is J at the start.
        Of several targets the mean; one that has ended holds its last value.
        """
        return points(self.history.of(k)[0])

    def validation_curve(self, k: int) -> list[Point]:
        """Points (epoch, mean squared error) of member k on `validation`.

        Without such rows, the points (epoch, loss) on those that early stopping holds back.
        """
        return points(self.history.of(k)[1])

    def members(self) -> Iterator[Member]:
        """Yield what each member has come to."""
        coef, intercept, epochs = self.coef, self.intercept, self.n_iter.tolist()
        for k, (reason, curves) in enumerate(zip(self.stop_reasons, self.history.each(), strict=True)):
            yield Member(coef[k], intercept[k], epochs[k], reason, *curves, *self._plan_of[k])

    def advance(
        self, epochs: int | None = None, look: Callable[[], None] | None = None, apply: Apply = map
    ) -> bool:
        """Train every live member up to `epochs` more (None: to its end); return whether any is live.

        `look` is called now and then between epochs, and may raise to end it all. With an `apply` of threads
        blocks of columns train side by side, to the same end.
        """
        with one_thread():
            for group in self._groups:
                try:
                    self._train(group, epochs, look, apply)
                finally:
                    self._save(group)
        return bool(self.live.any())

    def keep(self, members: Array) -> None:
        """Go on with some members alone, by a mask (K,); the others end as they are and cost nothing more."""
        dropped = ~np.asarray(members, dtype=bool)
        for group in self._groups:
            for block in group.blocks:
                block.ended[(block.ended == 0) & dropped[block.index // self._data.n_targets]] = (
                    StopReason.PRUNED
                )
            self._save(group)
            self._tidy(group)

    def _train(self, group: Group, epochs: int | None, look: Callable[[], None] | None, apply: Apply) -> None:
        last = max((s.max_iter for block in group.blocks for s in block.settings), default=0)
        end = last if epochs is None else min(group.epoch + epochs, last)
        while group.live and group.epoch < end:
            self._round(group, end, apply)
            if look is not None:
                look()

    def _round(self, group: Group, end: int, apply: Apply) -> None:
        """Train a group until there is something to look at, and look at it."""
        started = group.epoch
        for block, curve in group.train(self._next_look(group, end) - started, apply):
            block.restart_diverged()
            fresh = block.epochs > started  # the others ended in an earlier round
            self.history.loss.extend(block.index[fresh], curve[:, fresh], (block.epochs - started)[fresh])
            self._look(group, block, fresh)
        self._tidy(group)

    def _tidy(self, group: Group) -> None:
        """Drop the columns that have ended, once they are many."""
        if group.crowded:
            self._save(group)
            group.drop_ended()

    def _next_look(self, group: Group, end: int) -> int:
        """Return the epoch at which held-back or validation rows are scored next."""
        if group.held_back is not None or not group.trainer.several:
            return group.epoch + 1
        most = group.epoch + max(1, LONGEST // group.trainer.batches.count)
        if self._validation is None:
            return min(end, most)
        epoch = 1
        while epoch <= group.epoch:
            epoch = math.ceil(PACE * epoch)
        return min(epoch, end, most)

    def _look(self, group: Group, block: Columns, fresh: Array) -> None:
        if group.held_back is not None:
            loss = mean_loss(
                group.held_back, block.current(), block.target, block.settings[0].loss, block.knob
            )
            block.judge_held_back(loss, fresh)
            if self._validation is None:
                self._note(block, loss, fresh)
        if self._validation is not None:
            if group.plan != "rows":
                self._validation.statistics  # noqa: B018  (computed once, so that scoring costs a step, not a pass)
            self._note(block, self._validation.squared_error(block.result(), block.target), fresh)

    def _note(self, block: Columns, values: Array, fresh: Array) -> None:
        noted = fresh & (block.ended != StopReason.DIVERGED)
        self.history.watched.extend(block.index[noted], values[None, noted])
        self.history.watched_at.extend(block.index[noted], block.epochs[None, noted])

    def _save(self, group: Group) -> None:
        """Take over what the columns of a group have come to."""
        m = self._data.n_targets
        for block in group.blocks:
            own = block.own
            members, targets = np.divmod(block.index[own], m)
            self._weights[members, targets] = block.result()[:, own].T
            self._reason[members, targets] = block.ended[own]
            self._epochs[members, targets] = block.epochs[own]

    def _squeezed(self, weights: Array) -> Array:
        return weights[:, 0] if self._data.n_targets == 1 else weights


_FOREMOST = (
    StopReason.RUNNING,
    StopReason.DIVERGED,
    StopReason.PRUNED,
    StopReason.MAX_ITER,
    StopReason.EARLY_STOPPED,
    StopReason.CONVERGED,
)
"""Of the ends of several targets, which to tell first."""

_RANK = np.argsort(_FOREMOST)
"""Place of each end in `_FOREMOST`."""
