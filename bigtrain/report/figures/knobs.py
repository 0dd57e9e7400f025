"""What the knobs did: their importances, every trial across all of them, and each by itself."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from bigtrain.records import HIGHER_IS_BETTER, ParamValue, TrialRecord
from bigtrain.report.figures.style import (
    BEST,
    BLUE,
    FAINT,
    INK,
    MANY,
    SCALES,
    colors,
    figure,
    logarithmic,
    value_limits,
)
from bigtrain.report.material import Material, kind_of
from bigtrain.report.standing import short
from bigtrain.space import Range

MOST_AXES = 10
MOST_LINES = 1_000
LEAST_SHARE = 0.01
ABSENT = "none"


@dataclass(frozen=True, slots=True)
class Axis:
    """One setting's scale: numbers from `low` to `high`, or `labels` in order."""

    name: str
    log: bool = False
    low: float = 0.0
    high: float = 1.0
    labels: tuple[str, ...] = ()

    def place(self, record: TrialRecord) -> float | None:
        """Return where a trial lies, from 0 to 1; None where it doesn't have the setting."""
        if self.name not in record.settings:
            return None
        value = record.settings[self.name]
        if self.labels:
            return self.labels.index(short(value)) / max(len(self.labels) - 1, 1)
        if isinstance(value, str) or value is None or (self.log and value <= 0):
            return None
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def axes_of(m: Material) -> list[Axis]:
    """Return an axis for every setting that differs between trials, in the order of the space."""
    names = list(dict.fromkeys(name for r in m.ranked for name in r.settings))
    log = {name.rpartition(".")[2] for name, knob in m.knobs.items() if isinstance(knob, Range) and knob.log}
    found = [_axis(name, [r.settings[name] for r in m.ranked if name in r.settings], log) for name in names]
    return [axis for axis in found if axis][:MOST_AXES]


def _axis(name: str, values: Sequence[ParamValue], log: set[str]) -> Axis | None:
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(set(values)) < 2:
        return None
    if len(numbers) < len(values) or len(set(numbers)) <= 4:
        ordered = sorted(
            set(values), key=lambda v: (v is None, isinstance(v, str), v if v is not None else 0)
        )
        return Axis(name, labels=tuple(short(value) for value in ordered))
    is_log = name in log and min(numbers) > 0
    return Axis(name, is_log, float(min(numbers)), float(max(numbers)))


def importance(m: Material) -> Figure | None:
    """Return a bar for each knob's importance, over all trials and within the best one's kind."""
    groups = {title: _large(shares) for title, shares in m.importances.items()}
    if not groups:
        return None
    tallest = max(len(shares) for shares in groups.values())
    drawn, plots = figure(0.9 + 0.3 * tallest, 1, len(groups))
    for ax, (title, shares) in zip(plots, groups.items(), strict=True):
        names, values = list(shares)[::-1], list(shares.values())[::-1]
        bars = ax.barh(names, values, color=BLUE, height=0.62)
        ax.bar_label(bars, [f"{v:.0%}" for v in values], padding=3, color=INK, fontsize=8.5)
        ax.set(
            title=title, xlim=(0, max(values) * 1.18), ylim=(len(values) - tallest - 0.6, len(values) - 0.4)
        )
        ax.set_xticks([])
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
    return drawn


def _large(shares: Mapping[str, float]) -> dict[str, float]:
    """Return the shares that can be seen, or the largest alone."""
    seen = {name: share for name, share in shares.items() if share >= LEAST_SHARE}
    return dict(list(seen.items())[:MOST_AXES])


def parallel(m: Material) -> Figure | None:
    """Return a line for each completed trial across all settings, coloured by its value, the best on top."""
    axes = axes_of(m)
    if len(axes) < 2:
        return None
    drawn, (ax,) = figure(4.2)
    higher = m.scoring in HIGHER_IS_BETTER
    values = [r.values[0] for r in m.ranked if r.values]
    low, high = value_limits(values, higher=higher)
    scale = colormaps[SCALES[higher]]
    norm = Normalize(low, high)
    jitter = np.random.default_rng(0).uniform(-0.02, 0.02, (len(m.ranked), len(axes)))
    lines, shades = [], []
    for row, record in reversed(list(enumerate(m.ranked[:MOST_LINES]))):
        places = [axis.place(record) for axis in axes]
        points = [
            (x, (-0.12 if p is None else p) + (jitter[row, x] if p is None or axes[x].labels else 0.0))
            for x, p in enumerate(places)
        ]
        lines.append(points)
        shades.append(scale(norm(record.values[0] if record.values else high), _weight(row, len(m.ranked))))
    ax.add_collection(LineCollection(lines, colors=shades, lw=0.9, rasterized=True))
    best = [axis.place(m.best) for axis in axes]
    ax.plot(range(len(axes)), [-0.12 if p is None else p for p in best], color=BEST, lw=2.4, zorder=5)
    _mark(ax, axes)
    bar = drawn.colorbar(ScalarMappable(norm, scale), ax=ax, pad=0.02, aspect=30)
    bar.set_label(f"cv_{m.scoring}")
    bar.outline.set_visible(False)
    return drawn


def _weight(rank: int, n: int) -> float:
    """Return how opaque a trial's line is: of many trials, the good ones must show through the others."""
    return 0.06 + 0.7 * (1 - rank / n) ** (5 if n > MANY else 1)


def _mark(ax: Axes, axes: Sequence[Axis]) -> None:
    """Write each axis's values beside it."""
    for x, axis in enumerate(axes):
        ax.axvline(x, color=FAINT, lw=1)
        ticks = (
            [(label, i / max(len(axis.labels) - 1, 1)) for i, label in enumerate(axis.labels)]
            if axis.labels
            else [(short(axis.low), 0.0), (short(axis.high), 1.0)]
        )
        for label, y in [*ticks, (ABSENT, -0.12)]:
            ax.text(
                x + 0.04, y, label, fontsize=8, va="center", color=INK, zorder=6,
                bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.8},
            )  # fmt: skip
    ax.set_xticks(range(len(axes)), [axis.name for axis in axes])
    ax.set(xlim=(-0.1, len(axes) - 0.6), ylim=(-0.2, 1.06), yticks=[])
    ax.tick_params(axis="x", length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.grid(visible=False)


def slices(m: Material) -> Figure | None:
    """Return the value over each setting by itself, coloured by optimizer."""
    axes = axes_of(m)
    if not axes:
        return None
    columns = min(4, len(axes))
    rows = math.ceil(len(axes) / columns)
    drawn, plots = figure(2.1 * rows + 0.5, rows, columns, sharey=True)
    by_kind = colors(list(m.best_by_kind))
    higher = m.scoring in HIGHER_IS_BETTER
    limits = value_limits([r.values[0] for r in m.ranked if r.values], higher=higher)
    for ax, axis in zip(plots, axes, strict=False):
        _slice(ax, axis, m, by_kind)
        ax.set_ylim(limits)
        if axis.name == "optimizer":
            ax.tick_params(axis="x", rotation=35)
    for ax in plots[len(axes) :]:
        ax.set_visible(False)
    for row in range(rows):
        plots[row * columns].set_ylabel(f"cv_{m.scoring}")
    handles, labels = plots[0].get_legend_handles_labels()
    if len(labels) > 1:
        drawn.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return drawn


def _slice(ax: Axes, axis: Axis, m: Material, by_kind: Mapping[str, str]) -> None:
    jitter = np.random.default_rng(0)
    for kind, color in by_kind.items():
        own = [r for r in m.ranked if kind_of(r) == kind and axis.name in r.settings]
        if axis.labels:
            x = [axis.labels.index(short(r.settings[axis.name])) + jitter.uniform(-0.18, 0.18) for r in own]
        else:
            x = [float(r.settings[axis.name] or 0.0) for r in own]
        y = [r.values[0] for r in own if r.values]
        ax.scatter(x, y, s=9, alpha=0.6, lw=0, color=color, label=kind, rasterized=len(m.ranked) > MANY)
    if axis.labels:
        ax.set_xticks(range(len(axis.labels)), axis.labels)
    elif axis.log:
        logarithmic(ax, ticks=4)
    ax.set_title(axis.name)
