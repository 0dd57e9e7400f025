"""How the final model does on rows that nothing else has seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from bigtrain.report.figures.style import BLUE, INK, MANY, figure
from bigtrain.report.material import Material


def predictions(m: Material) -> Figure | None:
    """Return the holdout's predictions against the truth, their residuals, and how these are spread."""
    if m.observed is None:
        return None
    actual, predicted = np.array(m.observed.actual), np.array(m.observed.predicted)
    residuals = actual - predicted
    drawn, (left, middle, right) = figure(3.3, 1, 3, width_ratios=[1, 1, 0.8])
    dots: dict[str, Any] = {"s": 12, "alpha": 0.55, "lw": 0, "color": BLUE, "rasterized": len(actual) > MANY}
    ends = [min(actual.min(), predicted.min()), max(actual.max(), predicted.max())]
    left.plot(ends, ends, color=INK, lw=1)
    left.scatter(predicted, actual, **dots)
    left.set(xlabel="predicted", ylabel=f"actual {m.observed.target}", title="actual against predicted")
    middle.axhline(0, color=INK, lw=1)
    middle.scatter(predicted, residuals, **dots)
    middle.set(xlabel="predicted", title="residual: actual minus predicted")
    right.hist(residuals, bins="auto" if len(residuals) < MANY else 40, color=BLUE, alpha=0.8)
    right.axvline(0, color=INK, lw=1)
    right.set(xlabel="residual", title="how they are spread", yticks=[])
    right.grid(visible=False)
    return drawn
