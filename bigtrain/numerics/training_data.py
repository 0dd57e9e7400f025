"""Rows to train on, with the statistics of them that are worth keeping."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from copy import copy
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from .batches import Batches, Order
from .blas import one_thread
from .moments import mean_products_of_batches
from .statistics import Statistics, statistics_of

Array: TypeAlias = NDArray[Any]
T = TypeVar("T")
Moments: TypeAlias = tuple[Array, Array]
"""By batch: means of the products of (x, 1, y), of p + 1 + m rows and at least as many columns; its share."""

SMALLEST_ERROR = 1e-7
"""Below this part of the variance of y a squared error from statistics has under 9 digits: ask the rows."""


class TrainingData:
    """Rows X, y and their weights, and what is computed of them at most once.

    A sweep keeps one for each fold: every cohort finds the statistics that another has paid for. Safe to
    share between threads.

    Parameters
    ----------
    X : ndarray or scipy.sparse CSR of shape (n, p)
        float32 or float64, finite; a dense one is best C-contiguous.
    y : ndarray of shape (n,) or (n, m)
        One target, or m of them.
    sample_weight : ndarray of shape (n,), optional
        Not negative, not all zero; only their ratios matter. Default: 1 each.

    Attributes
    ----------
    n_rows, n_features, n_targets : int
        n, p and m.
    sparse : bool
        Whether X is CSR.
    dtype : dtype
        Of X, and of training on rows.
    shares_statistics : bool
        Whether its statistics follow from others that are needed in any case, so that they cost nothing.
    amortised : bool
        Whether so many cohorts use its statistics that what they cost counts for nothing: plans and scores
        then don't depend on what was computed before.
    """

    shares_statistics = False
    amortised = False

    def __init__(self, X: Any, y: Array, sample_weight: Array | None = None) -> None:
        self.sparse = not isinstance(X, np.ndarray)
        self.dtype = np.dtype(np.float32 if X.dtype == np.float32 else np.float64)
        self.n_rows, self.n_features = X.shape
        self._y = np.asarray(y).reshape(self.n_rows, -1)
        self._weight = np.empty(0) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        self.n_targets = self._y.shape[1]
        self._kept: dict[Hashable, Any] = {"X": X}
        self._lock = threading.RLock()
        self._make_X: Callable[[], Any] = lambda: X
        self._make_statistics = lambda: statistics_of(self._X, self._y, self._weight)

    def _like(self, y: Array, weight: Array, make_X: Callable[[], Any]) -> TrainingData:
        """Return other rows of the same kind, which are gathered when somebody asks for them."""
        other = copy(self)
        other.n_rows, other._y, other._weight = len(y), y, weight
        other._kept, other._lock, other._make_X = {}, threading.RLock(), make_X
        other._make_statistics = lambda: statistics_of(other._X, other._y, other._weight)
        return other

    def _keep(self, key: Hashable, compute: Callable[[], T]) -> T:
        with self._lock:
            if key not in self._kept:
                with one_thread():
                    self._kept[key] = compute()
            value: T = self._kept[key]
            return value

    def keeps(self, key: Hashable) -> bool:
        """Whether something has been computed already: ``"statistics"``, or batches."""
        return key in self._kept

    @property
    def _X(self) -> Any:  # noqa: N802  (the field's name for a matrix of features)
        return self._keep("X", self._make_X)

    @property
    def rows(self) -> Any:
        """X as the kernels read it: a C-contiguous ndarray, or (data, indices, indptr)."""
        return self._keep("rows", self._rows)

    def _rows(self) -> Any:
        if self.sparse:
            X = self._X.astype(self.dtype, copy=False)
            return X.data, X.indices, X.indptr
        return np.ascontiguousarray(self._X, dtype=self.dtype)

    @property
    def targets(self) -> Array:
        """Y of shape (n, m), C-contiguous, in the dtype of X."""
        return self._keep("targets", lambda: np.ascontiguousarray(self._y, dtype=self.dtype))

    @property
    def weight(self) -> Array:
        """The weights scaled to a mean of 1, in the dtype of X; empty where every row bears 1."""
        if not len(self._weight):
            return np.empty(0, dtype=self.dtype)
        return self._keep("weight", lambda: (self._weight / self._weight.mean()).astype(self.dtype))

    @property
    def statistics(self) -> Statistics:
        """Means and products of deviations of all rows, in float64."""
        return self._keep("statistics", self._make_statistics)

    def moments(self, batches: Batches) -> Moments:
        """Return the moments of each fixed batch."""
        if batches.count == 1:
            return self._keep("moments", lambda: (self.statistics.moments()[None], np.ones(1)))
        return self._keep(batches, lambda: self.moments_of(batches.members(), batches.starts()))

    def moments_of(self, order: Order, starts: Order, into: Array | None = None) -> Moments:
        """Return the moments of the batches that start at `starts` in this order of the rows.

        Those of other such batches may be given as `into`, to be overwritten.
        """
        X = self._X.toarray() if self.sparse else self.rows
        weight = self._weight / self._weight.mean() if len(self._weight) else self._weight
        moments = mean_products_of_batches(X, self._y, weight, order, starts, into)
        return moments, np.diff(starts) / self.n_rows

    def take(self, rows: Order) -> TrainingData:
        """Return these rows alone; they are gathered when they are read."""
        adjacent = len(rows) > 0 and rows[-1] - rows[0] == len(rows) - 1 and bool((np.diff(rows) == 1).all())
        part: Any = slice(rows[0], rows[-1] + 1) if adjacent else rows  # a view where one will do
        weight = self._weight[part] if len(self._weight) else self._weight
        # ndarray.take is three times as fast as an index.
        if isinstance(part, slice) or self.sparse:
            return self._like(self._y[part], weight, lambda: self._X[part])
        return self._like(self._y[part], weight, lambda: self._X.take(part, axis=0))

    def fold(self, train: Order, held: TrainingData, total: Callable[[], Statistics]) -> TrainingData:
        """Return the rows `train`, whose statistics are those of all rows, `total`, less those of `held`."""
        part = self.take(train)
        part._make_statistics = lambda: total().without(held.statistics)
        part.shares_statistics = True
        return part

    def scaled(self, mean: Array, scale: Array) -> TrainingData:
        """Return the rows ((x − mean)/scale, y); statistics are scaled, not summed again."""
        scaled = self._like(
            self._y, self._weight, lambda: ((self._X - mean) / scale).astype(self.dtype, copy=False)
        )
        scaled._make_statistics = lambda: self.statistics.scaled(mean, scale)
        scaled.shares_statistics = self.shares_statistics or self.keeps("statistics")
        return scaled

    def mean_square(self) -> Array:
        """Return the weighted mean of y² by target (m,)."""
        y = self._y.astype(np.float64, copy=False)
        s = self.weight_of(slice(None))
        return np.asarray(np.einsum("i,ij,ij->j", s, y, y) / s.sum())

    def weight_of(self, rows: slice) -> Array:
        """Return the weights of some rows as given, in float64; 1 each where there are none."""
        if len(self._weight):
            return self._weight[rows]
        return np.ones(len(range(*rows.indices(self.n_rows))))

    def predict(self, w: Array, rows: slice) -> Array:
        """Return X·w + b of shape (rows, K) for w (p + 1, K)."""
        return np.asarray(self._X[rows] @ w[:-1] + w[-1])

    def squared_error(self, w: Array, target: Array) -> Array:
        """Return the mean squared error (K,) of each column of w (p + 1, K) on its target.

        From the statistics where they are at hand, and from the rows where the error is too small for them.
        """
        if not (self.amortised or self.keeps("statistics")):
            return self._squared_error_of_rows(w, target)
        with one_thread():
            error = self.statistics.squared_error(w, target)
        small = error < SMALLEST_ERROR * self.statistics.yy[target] / self.statistics.weight
        if small.any():
            error[small] = self._squared_error_of_rows(w[:, small], target[small])
        return error

    def _squared_error_of_rows(self, w: Array, target: Array) -> Array:
        total, weight = np.zeros(w.shape[1]), 0.0
        with one_thread():
            for start in range(0, self.n_rows, 8192):
                rows = slice(start, start + 8192)
                residual = self.predict(w, rows) - self._y[rows][:, target]
                s = self.weight_of(rows)
                total += s @ residual.astype(np.float64, copy=False) ** 2
                weight += float(s.sum())
        return total / weight
