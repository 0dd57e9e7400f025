"""What the penalties do: coefficients and error along their strengths, all else as in the best trial."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bigtrain.report.figures.style import BEST, CYCLE, FAINT, INK, figure, logarithmic
from bigtrain.report.material import Material
from bigtrain.report.observations import Path

MOST_NAMED = 8


def regularization(m: Material) -> Figure | None:
    """Return coefficient paths above the cross-validated error, for L1 and for L2."""
    if m.observed is None:
        return None
    # On fewer rows than the best trial's, its rate may be too high at every strength.
    paths = {name: path for name, path in m.observed.paths.items() if any(path.coef)}
    if not paths:
        return None
    drawn, axes = figure(4.6, 2, len(paths), sharex="col", height_ratios=[2, 1])
    for column, (penalty, path) in enumerate(paths.items()):
        above, below = axes[column], axes[len(paths) + column]
        _coefficients(above, path, m.observed.features)
        _errors(below, path)
        own = m.best.settings.get(penalty)
        for ax in (above, below):
            logarithmic(ax)
            if isinstance(own, float) and path.strengths[0] <= own <= path.strengths[-1]:
                ax.axvline(own, color=BEST, lw=1.4, ls="--")
        above.set_title(f"{penalty} (dashed: the best trial's)" if own else penalty)
        below.set_xlabel(f"strength of {penalty}")
    axes[0].set_ylabel("coefficient")
    axes[len(paths)].set_ylabel("CV RMSE")
    handles, labels = axes[0].get_legend_handles_labels()
    drawn.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=min(MOST_NAMED, len(labels)))
    return drawn


def _coefficients(ax: Axes, path: Path, names: Sequence[str]) -> None:
    rows = [c or [math.nan] * len(names) for c in path.coef]
    size = [
        max((abs(row[j]) for row in rows if not math.isnan(row[j])), default=0.0) for j in range(len(names))
    ]
    ranked = sorted(range(len(names)), key=lambda j: -size[j])
    for rank, j in reversed(list(enumerate(ranked))):
        named = rank < MOST_NAMED
        color = CYCLE[rank] if named else FAINT
        values = [row[j] for row in rows]
        ax.plot(
            path.strengths, values, color=color, lw=1.6 if named else 0.8, label=names[j] if named else None
        )
    ax.axhline(0, color=INK, lw=0.8)


def _errors(ax: Axes, path: Path) -> None:
    errors = [math.nan if e is None else e for e in path.rmse]
    ax.plot(path.strengths, errors, color=INK)
    known = [e for e in errors if not math.isnan(e)]
    if known:
        best = min(known)
        ax.plot(path.strengths[errors.index(best)], best, "o", color=INK, ms=5)
