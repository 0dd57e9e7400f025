"""From what each fold says of a trial to its outcome."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bigtrain.evaluate.fold import FoldScores
from bigtrain.evaluate.scores import Array
from bigtrain.evaluate.tasks import Failure
from bigtrain.records import METRICS, Curve, Outcome, TrialState

CURVE_POINTS = 100
"""Most points of one recorded curve; of more, some are left out, evenly."""


def outcome_of(
    results: Sequence[FoldScores | Failure],
    k: int,
    objectives: Sequence[str],
    rungs: Mapping[int, float],
    pruned_at: int | None = None,
) -> Outcome:
    """Return the outcome of the k-th trial of what ran together, from its results by fold.

    Parameters
    ----------
    results : sequence of FoldScores or Failure
        One for each fold.
    k : int
        The place of the trial among those that ran together.
    objectives : sequence of str
        The metrics that are its values.
    rungs : mapping of int to float
        What a judge saw of it.
    pruned_at : int, optional
        The epoch at which it was pruned. Its rungs are all that is known of it: no scores, and no values.
    """
    scored = [result for result in results if isinstance(result, FoldScores)]
    if len(scored) < len(results):
        fold, first = next((i, r) for i, r in enumerate(results) if isinstance(r, Failure))
        reason = f"fold {fold}: {first.reason}"
        return Outcome(TrialState.FAIL, rungs=dict(rungs), reason=reason, traceback=first.traceback)
    metrics = _metrics(scored, k)
    curve = mean_curve([r.curves[k] for r in scored])
    missing = None if pruned_at else next((name for name in objectives if name not in metrics), None)
    failure = _divergence(scored, k) or (f"{missing} is not finite" if missing else None)
    state = TrialState.FAIL if failure else TrialState.PRUNED if pruned_at else TrialState.COMPLETE
    stop_reasons = tuple(r.stop_reasons[k] for r in scored)
    return Outcome(
        state,
        tuple(metrics[name] for name in objectives) if state is TrialState.COMPLETE else None,
        metrics,
        {"val_rmse": curve} if curve or any(stop_reasons) else {},
        rungs=dict(rungs),
        reason=f"pruned at epoch {pruned_at}" if state is TrialState.PRUNED else failure,
        stop_reasons=stop_reasons if any(stop_reasons) else (),
    )


def _metrics(results: Sequence[FoldScores], k: int) -> dict[str, float]:
    scores = fold_metrics([{m: float(r.scores[m][k]) for m in METRICS} for r in results])
    n_iter = _mean([float(r.n_iter[k]) for r in results])
    n_features = _mean([float(r.n_features[k]) for r in results])
    return scores | finite({"n_iter": n_iter, "n_features": n_features})


def fold_metrics(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return ``fold_0_rmse`` … and their means ``cv_rmse`` … of the scores by fold, those that are finite.

    R² has no value in a fold whose target is constant; the other scores have.
    """
    by_fold = {f"fold_{i}_{m}": fold[m] for i, fold in enumerate(scores) for m in METRICS}
    means = {f"cv_{m}": _mean([fold[m] for fold in scores]) for m in METRICS}
    deviations = [fold["rmse"] - means["cv_rmse"] for fold in scores]
    spread = math.sqrt(_mean([deviation * deviation for deviation in deviations]))
    return finite({**means, "cv_rmse_std": spread, **by_fold})


def _mean(values: Sequence[float]) -> float:
    """Return the mean of a few numbers, for which NumPy takes ten times as long."""
    return sum(values) / len(values)


def finite(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the scores that are finite numbers."""
    return {name: value for name, value in scores.items() if math.isfinite(value)}


def mean_curve(curves: Sequence[tuple[NDArray[np.int64], Array]]) -> Curve:
    """Return the mean of curves by epoch; one that ended early keeps its last value, as its model does.

    Epochs at which a fold that trains on was not looked at are left out, and so are those at which one is
    not finite, and all later ones.
    """
    if not all(len(known) for known, _ in curves):
        return []
    # No epoch counts at which the fold that trains the longest was not looked at.
    epochs = max((known for known, _ in curves), key=lambda known: known[-1])
    # Of each curve, the place of its latest value at each of these epochs.
    places = [known.searchsorted(epochs, side="right") - 1 for known, _ in curves]
    there = np.ones(len(epochs), dtype=bool)
    for (known, _), at in zip(curves, places, strict=True):
        # Where one fold ended, the others may not have been looked at for long.
        there &= (known[at] == epochs) | (at == len(known) - 1)
    shown = np.flatnonzero(there)
    if len(shown) > CURVE_POINTS:
        shown = shown[np.linspace(0, len(shown) - 1, CURVE_POINTS).round().astype(np.int64)]
    epochs = epochs[shown]
    with np.errstate(over="ignore", invalid="ignore"):
        means = np.mean([values[at[shown]] for (_, values), at in zip(curves, places, strict=True)], axis=0)
    well = np.isfinite(means)
    end = len(means) if well.all() else int(well.argmin())
    return list(zip(epochs[:end].tolist(), means[:end].tolist(), strict=True))


def _divergence(results: Sequence[FoldScores], k: int) -> str | None:
    """Say in which fold a trial diverged and how, or None if in none."""
    for fold, result in enumerate(results):
        if result.diverged[k]:
            return f"fold {fold}: {result.stop_reasons[k]}"
    return None
