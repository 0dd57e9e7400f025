"""The charts of a sweep in MLflow's UI, as its own front end keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bigtrain.records import ParamValue

TOGETHER, APART, ALONE = "bigtrain-together", "bigtrain-apart", "bigtrain-alone"
SECTIONS = ((TOGETHER, "The sweep", 2), (APART, "What only some trials have", 2), (ALONE, "Knob by knob", 3))
"""Key, title and number of columns of each part of the page."""

MOST_AXES, MOST_APART, MOST_ALONE = 8, 3, 9

Settings = Mapping[str, ParamValue]


def sections() -> list[dict[str, Any]]:
    """Return the parts that the page of charts has."""
    common = {"display": True, "isReordered": True, "deleted": False, "isGenerated": False, "cardHeight": 380}
    return [{"uuid": key, "name": title, "columns": columns, **common} for key, title, columns in SECTIONS]


def charts(objective: str, names: Sequence[str], trials: Sequence[Settings]) -> list[dict[str, Any]]:
    """Return all charts: trials across all settings, curves one over the other, and each setting by itself.

    Parameters
    ----------
    objective : str
        The metric that trials are compared by.
    names : sequence of str
        The searched settings.
    trials : sequence of mapping
        What each trial has of them.
    """
    shared, *own = parallel_axes(names, trials)
    drawn = [
        _parallel(TOGETHER, shared, objective),
        _curves(),
        *(_parallel(APART, axes, objective) for axes in own),
        *(_scatter(name, objective) for name in names[:MOST_ALONE]),
    ]
    common = {"deleted": False, "isGenerated": False}
    return [{**chart, **common, "uuid": f"bigtrain-{number}"} for number, chart in enumerate(drawn)]


def parallel_axes(names: Sequence[str], trials: Sequence[Settings]) -> list[list[str]]:
    """Return the axes of each chart of parallel coordinates: what all trials have, then what some have alone.

    MLflow leaves out every trial that lacks one of a chart's settings, and of a setting that has words and
    numbers the rarer: so one chart of all settings would have no trial where each optimizer has its own.
    """
    shared = [name for name in names if all(name in trial for trial in trials)]
    kinds = Counter(tuple(n for n in names if n in trial and n not in shared) for trial in trials)
    own = sorted((kind for kind in kinds if kind), key=lambda kind: (-len(kind), -kinds[kind]))[:MOST_APART]
    groups = [trials, *([trial for trial in trials if all(n in trial for n in kind)] for kind in own)]
    # What is a chart's own has its place before what is shared.
    axes = [shared, *([*shared[: max(0, MOST_AXES - len(kind))], *kind] for kind in own)]
    return [
        [name for name in some if _can_be_drawn([trial[name] for trial in group])][:MOST_AXES]
        for some, group in zip(axes, groups, strict=True)
    ]


def _can_be_drawn(values: Sequence[ParamValue]) -> bool:
    """Whether values differ, and are all numbers or all words."""
    are_numbers = {isinstance(value, (int, float)) and not isinstance(value, bool) for value in values}
    return len(are_numbers) == 1 and len(set(values)) > 1


def _parallel(section: str, axes: Sequence[str], objective: str) -> dict[str, Any]:
    return {
        "type": "PARALLEL",
        "metricSectionId": section,
        "selectedParams": list(axes),
        "selectedMetrics": [objective],
        "showAllRuns": True,
    }


def _curves() -> dict[str, Any]:
    return {
        "type": "LINE",
        "metricSectionId": TOGETHER,
        "metricKey": "val_rmse",
        "selectedMetricKeys": ["val_rmse"],
        "xAxisKey": "step",
        "lineSmoothness": 0,
        "scaleType": "linear",
        "runsCountToCompare": 100,
    }


def _scatter(name: str, objective: str) -> dict[str, Any]:
    return {
        "type": "SCATTER",
        "metricSectionId": ALONE,
        "xaxis": {"key": name, "type": "PARAM"},
        "yaxis": {"key": objective, "type": "METRIC"},
        "runsCountToCompare": 100,
    }
