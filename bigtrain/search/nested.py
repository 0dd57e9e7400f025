"""Nested cross-validation: what the whole search scores on rows that it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from bigtrain.config import SweepConfig
from bigtrain.data import Dataset, make_folds
from bigtrain.records import HIGHER_IS_BETTER, METRICS, FinishedTrial, TrialRecord
from bigtrain.search.coordinator import run_search
from bigtrain.search.flight import Evaluator

Rows = NDArray[np.int64]
Parts = Sequence[tuple[Rows, Rows]]
Refit = Callable[[Sequence[TrialRecord], Rows, Rows], tuple[TrialRecord, Mapping[str, float]]]
"""Refits the best of some trials on rows, and scores it on others: ``holdout_rmse``, …"""


class _Nowhere:
    """Keeps nothing: the trials of an outer fold are done again where they are needed again."""

    def write_trials(self, sweep_id: str, trials: Sequence[FinishedTrial]) -> None:
        """Forget them."""

    def progress(self, sweep_id: str, best: Sequence[tuple[int, float]]) -> None:
        """Forget it."""


def nested_scores(
    config: SweepConfig,
    dataset: Dataset,
    rows: Rows,
    validation_on: Callable[[Parts], Evaluator],
    refit: Refit,
) -> dict[str, float]:
    """Repeat the search in each of `nested` outer folds, and score its best trial on the rows left out.

    The inner score is the best of many, so it promises too much; the outer one is of rows that decided
    nothing (Varma and Simon 2006).

    Parameters
    ----------
    config : SweepConfig
        The search, with `nested` outer folds.
    dataset : Dataset
        The table.
    rows : array of int
        The rows that may be used: all but the holdout.
    validation_on : callable
        Gives what evaluates trials on some folds.
    refit : callable
        Refits the best trial.

    Returns
    -------
    dict
        ``nested_rmse``, …: the mean over the outer folds. ``optimism_rmse``, …: by how much the inner score
        of the trials that were chosen is better than that.
    """
    if config.nested is None:
        return {}
    how = config.split
    outer_kind = "folds" if how.kind == "repeated" else how.kind
    inner, outer = [], []
    for train, test in make_folds(dataset, rows, config.nested, config.seed, outer_kind):
        parts = make_folds(dataset, train, config.cv, config.seed, how.kind, how.repeats)
        records = run_search(config, validation_on(parts), _Nowhere(), "", (), lambda _: None)
        best, scores = refit(records, train, test)
        inner.append(best.scores)
        outer.append(scores)
    metrics = {}
    for name in METRICS:
        score = fmean(fold.get(f"holdout_{name}", np.nan) for fold in outer)
        worse = score - fmean(fold.get(f"cv_{name}", np.nan) for fold in inner)
        metrics[f"nested_{name}"] = score
        metrics[f"optimism_{name}"] = -worse if name in HIGHER_IS_BETTER else worse
    return {name: value for name, value in metrics.items() if np.isfinite(value)}
