"""Smaller models to choose from: what each costs on rows it was not fitted to, and what it takes."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame
from sklearn.pipeline import Pipeline

from bigtrain.compression.linear import LinearPruning
from bigtrain.compression.rounding import LINEAR, has_weights, rounded
from bigtrain.compression.shrinking import Shrinking, inputs_read
from bigtrain.compression.wording import in_words
from bigtrain.deploy.footprint import Footprint
from bigtrain.deploy.narrow import KINDS, Kind
from bigtrain.report.fronts import added
from bigtrain.wording import counted

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Key = tuple[str, Kind]
"""Which way, and which kind of number."""

INTERESTING = 5.0
"""What loses more than so many times the tolerance isn't looked at any further."""


class Method(Protocol):
    """Ways to make a pipeline smaller, the first of which leaves nothing out."""

    def fits(
        self, X: DataFrame, y: Floats, wanted: Collection[str] | None = None
    ) -> Iterator[tuple[str, Any]]:
        """Yield each way's name, the same for all rows, and a pipeline fitted to these rows.

        Parameters
        ----------
        X, y : DataFrame, array
            The rows.
        wanted : collection of str, optional
            Names of the ways that are looked at; what is in no other need not be fitted.
        """


def method_of(pipeline: Any) -> Method:
    """Return what a pipeline's kind allows."""
    if isinstance(pipeline, Pipeline) and len(pipeline.steps) == 2 and isinstance(pipeline[-1], LINEAR):
        return LinearPruning(pipeline)
    return Shrinking(pipeline)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a way costs on rows that it was not fitted to.

    Attributes
    ----------
    loss : float
        Its root mean squared error beyond the least that any has, relative: 0.01 is one per cent more.
    error : float
        The standard error of that, for other rows would have said something else.
    """

    loss: float
    error: float

    @property
    def bound(self) -> float:
        """What it is taken to cost: the smallest of many that seem cheap is one that rows favoured."""
        return self.loss + self.error


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A smaller model.

    Attributes
    ----------
    name : str
        What is left of it, in words.
    pipeline : estimator
        Fitted on all training rows.
    columns : mapping
        ``double`` or ``string`` by column that it reads.
    size : int
        Bytes of its file.
    cost : Cost
        What it costs over the folds.
    """

    name: str
    pipeline: Any
    columns: Mapping[str, str]
    size: int
    cost: Cost


def costs_over(
    method: Method,
    X: DataFrame,
    y: Floats,
    folds: Sequence[tuple[Rows, Rows]],
    engine: Executor,
    groups: Rows | None = None,
) -> dict[Key, Cost]:
    """Return what each way costs on the rows of the folds, each fitted without them.

    Parameters
    ----------
    method : Method
        The ways.
    X, y : DataFrame, array
        Rows and targets that the folds are of.
    folds : sequence of (train, test)
        Indices of rows.
    engine : Executor
        Folds run side by side.
    groups : array of int, optional
        Rows of one number hang together; otherwise each is by itself.
    """
    # Kept from the screen: scikit-learn copies filters of warnings from thread to thread, one of them sees
    # none while another changes them, and warns of that.
    with warnings.catch_warnings(record=True):
        tasks = [engine.submit(_errors, method, X, y, train, test) for train, test in folds]
        by_fold = [task.result() for task in tasks]
    # What a fold lacks has an error over fewer rows, which is not one to compare.
    common = [key for key in by_fold[0] if all(key in errors for errors in by_fold)]
    squared = {key: np.concatenate([errors[key] for errors in by_fold]) for key in common}
    judged = np.concatenate([test for _, test in folds])
    units = judged if groups is None else groups[judged]
    # Not the first's: of more terms than rows tell, least squares is worse than the L1 that it stands for.
    best = squared[min(common, key=lambda key: np.nan_to_num(squared[key].mean(), nan=np.inf))]
    return {key: _cost(errors, best, units) for key, errors in squared.items()}


def _cost(squared: Floats, best: Floats, units: Rows) -> Cost:
    """Compare squared errors with those of the best way on the same rows."""
    mean, least = float(squared.mean()), float(best.mean())
    loss = added(float(np.sqrt(mean)), float(np.sqrt(least)))
    if least == 0 or mean == 0:
        return Cost(loss, 0.0)
    # How far each row moves the root of the ratio of both means; what makes both err moves nothing.
    moves = (1 + loss) / 2 * (squared / mean - best / least) / len(squared)
    _, unit = np.unique(units, return_inverse=True)
    return Cost(loss, float(np.linalg.norm(np.bincount(unit, moves))))


def _errors(method: Method, X: DataFrame, y: Floats, train: Rows, test: Rows) -> dict[Key, Floats]:
    """Return the squared errors by way and kind of number, on one fold."""
    errors: dict[Key, Floats] = {}
    for name, fitted in method.fits(X.iloc[train].reset_index(drop=True), y[train]):
        for kind in _kinds(fitted):
            predicted = rounded(fitted, kind, X.iloc[train]).predict(X.iloc[test])
            errors[name, kind] = np.square(y[test] - predicted)
    return errors


def candidates(
    method: Method,
    X: DataFrame,
    y: Floats,
    columns: Mapping[str, str],
    costs: Mapping[Key, Cost],
    footprint: Footprint,
    max_loss: float,
) -> list[Candidate]:
    """Fit each way on all rows, and measure the files of those whose cost is not out of the question."""
    cheap = {key: cost for key, cost in costs.items() if cost.loss <= INTERESTING * max_loss}
    found = []
    for name, fitted in method.fits(X, y, {name for name, _ in cheap}):
        least = np.inf
        for kind in (each for each in _kinds(fitted) if (name, each) in cheap):
            pipeline = rounded(fitted, kind, X)
            read = {each: columns[each] for each in columns if each in inputs_read(pipeline)}
            size = len(footprint.content(pipeline, read))
            if size < least:  # weights so few that no bits are saved are better left alone
                least = size
                words = [f"{len(read)} of {counted(len(columns), 'column')}", in_words(pipeline), kind]
                found.append(
                    Candidate(", ".join(filter(None, words)), pipeline, read, size, cheap[name, kind])
                )
    return found


def _kinds(pipeline: Any) -> Sequence[Kind]:
    return KINDS if has_weights(pipeline) else KINDS[:1]


def smallest(found: Sequence[Candidate], max_loss: float) -> Candidate | None:
    """Return the smallest whose cost, its error added, is within the tolerance; of equals the cheapest."""
    within = [each for each in found if each.cost.bound <= max_loss]
    return min(within, key=lambda each: (each.size, each.cost.bound), default=None)


def front(found: Sequence[Candidate]) -> list[Candidate]:
    """Return those that no smaller one beats, with their errors added, the largest first."""
    best, kept = np.inf, []
    for each in sorted(found, key=lambda candidate: (candidate.size, candidate.cost.bound)):
        if each.cost.bound < best:
            best = each.cost.bound
            kept.append(each)
    return kept[::-1]
