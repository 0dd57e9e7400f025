"""How the best value came about."""

from __future__ import annotations

from matplotlib.figure import Figure

from bigtrain.ranking import best_so_far
from bigtrain.records import HIGHER_IS_BETTER, TrialState
from bigtrain.report.figures.style import BEST, FAINT, INK, MANY, RED, colors, figure, value_limits
from bigtrain.report.material import Material, kind_of


def history(m: Material) -> Figure | None:
    """Return every completed trial by number, the best so far, and where the baseline lies."""
    completed = [r for r in m.state.records if r.state is TrialState.COMPLETE and r.values]
    if not completed:
        return None
    drawn, (ax,) = figure(3.4)
    by_kind = colors(list(m.best_by_kind))
    for kind in by_kind:
        own = [r for r in completed if kind_of(r) == kind]
        ax.scatter(
            [r.number for r in own], [r.values[0] for r in own if r.values], s=14, alpha=0.65, lw=0,
            color=by_kind[kind], label=kind, rasterized=len(completed) > MANY,
        )  # fmt: skip
    steps = best_so_far(m.config.objectives[:1], m.state.records)
    ax.step(*zip(*steps, strict=True), where="post", color=INK, label="best so far")
    if m.best.values:
        ax.scatter([m.best.number], [m.best.values[0]], s=110, marker="*", color=BEST, zorder=5)
    values = [r.values[0] for r in completed if r.values]
    low, high = value_limits(values, higher=m.scoring in HIGHER_IS_BETTER)
    ridge = m.state.metrics.get(f"baseline_ridge_cv_{m.scoring}")
    if ridge is not None and low < ridge < high:
        ax.axhline(ridge, color=FAINT, ls="--", lw=1.2, label="Ridge")
    failures = [r.number for r in m.state.records if r.state is TrialState.FAIL]
    if failures:
        ax.plot(failures, [low] * len(failures), "|", color=RED, ms=7, label="failed", clip_on=False)
    ax.set_ylim(low, high)
    ax.set_xlabel("trial")
    ax.set_ylabel(f"cv_{m.scoring}")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return drawn
