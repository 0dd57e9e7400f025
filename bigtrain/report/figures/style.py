"""How every figure looks, and how it gets into a page: matplotlib without pyplot, which keeps figures."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

INK, FAINT, GRID = "#1e293b", "#94a3b8", "#e2e8f0"
BLUE, ORANGE, GREEN, RED = "#2563eb", "#d97706", "#059669", "#dc2626"
BEST = "#e11d48"
"""Of the best trial, wherever it is shown."""

CYCLE = (BLUE, ORANGE, GREEN, "#9333ea", "#0891b2", "#65a30d", "#7c2d12", "#475569", "#ca8a04", "#4f46e5")
SCALES = {False: "viridis", True: "viridis_r"}
"""Of values, by whether higher is better: the best is darkest."""

WIDTH = 9.2
MANY = 400
"""Points above which a layer is drawn as pixels, so that a page stays light."""

STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "bigtrain",
    "font.family": "sans-serif",
    "font.size": 9.5,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "figure.autolayout": False,
    "figure.constrained_layout.use": False,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.markerscale": 2.0,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.6,
    "figure.dpi": 100,
    "savefig.facecolor": "white",
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in our style for as long as the block lasts."""
    with rc_context(STYLE):
        yield


def figure(height: float, rows: int = 1, columns: int = 1, **options: Any) -> tuple[Figure, list[Axes]]:
    """Return a figure of the page's width, and its axes from left to right and down."""
    made = Figure(figsize=(WIDTH, height), layout="constrained")
    return made, list(made.subplots(rows, columns, squeeze=False, **options).flat)


def colors(names: Sequence[str]) -> Mapping[str, str]:
    """Return a colour for each name, the same in every figure of a page."""
    return {name: CYCLE[i % len(CYCLE)] for i, name in enumerate(sorted(names))}


def logarithmic(ax: Axes, ticks: int = 8) -> None:
    """Make the axis of x logarithmic, with at most so many ticks, written as in a configuration.

    Small ticks and raised exponents would take longer to draw than all the rest.
    """
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(numticks=ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def value_limits(values: Sequence[float], *, higher: bool) -> tuple[float, float]:
    """Return the part of an axis of values in which trials differ: poor ones would flatten all others."""
    ordered = sorted(values, reverse=higher)
    best, poor = ordered[0], ordered[min(int(0.8 * len(ordered)), len(ordered) - 1)]
    margin = 0.08 * (abs(poor - best) or abs(best) or 1.0)
    return (poor - margin, best + margin) if higher else (best - margin, poor + margin)


def svg(drawn: Figure) -> str:
    """Return a figure as SVG to be put inside HTML, scalable, with the page's own fonts."""
    text = io.StringIO()
    _lay_out(drawn)
    drawn.savefig(text, format="svg", dpi=110, metadata={"Date": None, "Creator": None})
    inner = text.getvalue()[text.getvalue().index("<svg") :]
    inner = re.sub(r"<metadata>.*?</metadata>", "", inner, flags=re.DOTALL)
    return re.sub(r' (?:width|height)="[\d.]+pt"', "", inner, count=2)


def _lay_out(drawn: Figure) -> None:
    """Lay a figure out once and for all: it would be drawn once more for each picture of it."""
    drawn.draw_without_rendering()
    drawn.set_layout_engine()


def png(drawn: Figure) -> bytes:
    """Return a figure as a PNG picture, once it was laid out by `svg`."""
    content = io.BytesIO()
    drawn.savefig(content, format="png", dpi=110)
    return content.getvalue()
