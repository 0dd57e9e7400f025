"""How training went: errors by epoch, and how trials ended."""

from __future__ import annotations

from collections import Counter

from matplotlib.figure import Figure

from bigtrain.records import Curve, TrialState
from bigtrain.report.figures.style import FAINT, GREEN, ORANGE, RED, colors, figure
from bigtrain.report.material import Material, kind_of

ENDS = {TrialState.COMPLETE: GREEN, TrialState.PRUNED: ORANGE, TrialState.FAIL: RED}


def learning_curves(m: Material) -> Figure | None:
    """Return the validation error by epoch of the best trial of each kind."""
    curves = {n: curve for n, curve in m.curves.items() if len(curve) > 1}
    if not curves:
        return None
    drawn, (ax,) = figure(3.4)
    by_kind = colors(list(m.best_by_kind))
    by_number = {r.number: r for r in m.state.records}
    for number, curve in curves.items():
        kind, own = kind_of(by_number[number]), number == m.best.number
        epochs, errors = zip(*_changes(curve), strict=True)
        label = f"{kind}, trial {number}" + (" (best)" if own else "")
        ax.plot(epochs, errors, color=by_kind[kind], lw=2.6 if own else 1.4, label=label, zorder=3 + own)
    ends = [curve[-1][1] for curve in curves.values()]
    starts = [curve[0][1] for curve in curves.values()]
    ridge = m.state.metrics.get("baseline_ridge_cv_rmse")
    if ridge is not None:
        ax.axhline(ridge, color=FAINT, ls="--", lw=1.2, label="Ridge")
    if min(starts) > 1.5 * min(ends):
        ax.set_yscale("log")
    ax.set_xlabel("epoch")
    ax.set_ylabel("validation RMSE, mean of the folds")
    ax.legend(loc="upper right")
    return drawn


def _changes(curve: Curve) -> list[tuple[int, float]]:
    """Return the points at which a curve changes, and its last: what was not measured is repeated."""
    first = [
        point for before, point in zip([(0, None), *curve], curve, strict=False) if before[1] != point[1]
    ]
    return [*first, curve[-1]]


def outcomes(m: Material) -> Figure | None:
    """Return how the trials of each kind ended."""
    kinds = sorted({kind_of(r) for r in m.state.records}, reverse=True)
    counts = Counter((kind_of(r), r.state) for r in m.state.records)
    drawn, (ax,) = figure(0.8 + 0.32 * len(kinds))
    left = [0] * len(kinds)
    for state, color in ENDS.items():
        width = [counts[kind, state] for kind in kinds]
        if any(width):
            ax.barh(kinds, width, left=left, color=color, height=0.6, label=state.value.lower())
        left = [a + b for a, b in zip(left, width, strict=True)]
    ax.set_xlabel("trials")
    ax.grid(visible=False, axis="y")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return drawn
