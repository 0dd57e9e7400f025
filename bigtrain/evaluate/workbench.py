"""What a worker keeps of a sweep: the table, its folds, and those of them that are prepared."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Event
from typing import Any

from bigtrain.data import Dataset
from bigtrain.evaluate.fold import Fold, Rows
from bigtrain.evaluate.recipe import Steps
from bigtrain.seeds import derive_seed

LARGEST_MEMORY = 2**30
"""Bytes of prepared folds that are kept once they are more than one for each part."""


class Workbench:
    """The table and its parts, and prepared folds for whoever has the same preprocessing.

    It travels to another process as the table and the parts alone.

    Parameters
    ----------
    dataset : Dataset
        The table.
    parts : sequence of (array of int, array of int)
        The rows to train on and those to score on, for each fold.
    seed : int
        The sweep's seed.
    """

    def __init__(self, dataset: Dataset, parts: Sequence[tuple[Rows, Rows]], seed: int) -> None:
        self.dataset, self.parts, self.seed = dataset, tuple(parts), seed
        self.stop = Event()
        self.seconds: dict[str, float] = {}
        """What the last fit of each family on a fold took this worker."""
        self._lock = threading.Lock()
        self._folds: OrderedDict[tuple[int, Steps], _Once] = OrderedDict()

    def __reduce__(self) -> tuple[Any, ...]:
        return Workbench, (self.dataset, self.parts, self.seed)

    def fold_seed(self, number: int) -> int:
        """Return the seed of all that is drawn in one fold: the same for each trial, so that they compare."""
        return derive_seed(self.seed, "fold", number)

    def too_late(self, family: str, deadline: float | None, share: float = 1.0) -> bool:
        """Whether a fit would not end in time, as far as this worker has seen others of its family.

        Parameters
        ----------
        family : str
            The regressor's name.
        deadline : float or None
            Unix time at which nobody waits for it any more.
        share : float
            Its rows, as a multiple of a fold's.
        """
        return deadline is not None and time.time() + share * self.seconds.get(family, 0.0) > deadline

    def fold(self, number: int, steps: Steps) -> Fold:
        """Return a fold under one preprocessing, prepared by whoever asks first."""
        train, test = self.parts[number]
        with self._lock:
            once = self._folds.setdefault((number, steps), _Once())
            self._folds.move_to_end((number, steps))
        fold = once.get(lambda: Fold(self.dataset, train, test, dict(steps), self.fold_seed(number)))
        self._forget()
        return fold

    def _forget(self) -> None:
        """Drop the folds that were not asked for the longest, while they are too large."""
        with self._lock:
            kept = sum(once.fold.nbytes for once in self._folds.values() if once.fold)
            while kept > LARGEST_MEMORY and len(self._folds) > len(self.parts):
                _, oldest = self._folds.popitem(last=False)
                kept -= oldest.fold.nbytes if oldest.fold else 0


class _Once:
    """A fold that is made at most once, however many threads ask."""

    def __init__(self) -> None:
        self.fold: Fold | None = None
        self._lock = threading.Lock()

    def get(self, make: Callable[[], Fold]) -> Fold:
        with self._lock:
            if self.fold is None:
                self.fold = make()
            return self.fold
