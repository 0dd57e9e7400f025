"""How MLflow's UI shows a sweep: which trials, columns and charts somebody sees who opens it.

The UI reads a view that was shared as a tag of the experiment; this writes one that it then finds by name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bigtrain.tracking.content import KIND, STATE, SWEEP
from bigtrain.tracking.store import Store

VIEW = "bigtrain"
TAG = f"mlflow.sharedViewState.{VIEW}"
NOTE = "mlflow.note.content"

TAG_LENGTH = 5000
"""Of an experiment's tag, in MLflow."""

SECTION = "bigtrain-charts"
MOST_PARALLEL, MOST_SCATTER = 8, 4


def show_sweep(
    store: Store, sweep_id: str, note: str, objective: str, settings: Sequence[str], *, maximize: bool
) -> None:
    """Describe a sweep in Markdown on its parent run, and make its comparison what the UI opens with.

    Parameters
    ----------
    store : Store
        Held by the caller.
    sweep_id : str
        The sweep.
    note : str
        The Markdown.
    objective, maximize : str, bool
        The metric that trials are compared by, and whether more of it is better.
    settings : sequence of str
        The searched settings, the most important first.
    """
    view = json.dumps(comparison(sweep_id, objective, settings, maximize=maximize), separators=(",", ":"))

    def show() -> None:
        client = store.client
        client.set_tag(sweep_id, NOTE, note)
        if len(view) <= TAG_LENGTH:
            client.set_experiment_tag(client.get_run(sweep_id).info.experiment_id, TAG, view)

    store.call(show)


def comparison(sweep_id: str, objective: str, settings: Sequence[str], *, maximize: bool) -> dict[str, Any]:
    """Return the view: this sweep's trials, the best first, and the charts that compare them."""
    columns = [
        f"metrics.`{objective}`",
        f"metrics.`{objective}_std`",
        *(f"params.`{name}`" for name in settings),
        "metrics.`n_iter`",
        f"tags.`{STATE}`",
    ]
    return {
        "searchFilter": f"tags.`{KIND}` = 'trial' and tags.`{SWEEP}` = '{sweep_id}'",
        "orderByKey": f"metrics.`{objective}`",
        "orderByAsc": not maximize,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "modelVersionFilter": "All Runs",
        "selectedColumns": columns,
        "runsHiddenMode": "SHOWALL",
        "hideEmptyCharts": True,
        "isAccordionReordered": True,
        "compareRunSections": [
            {
                "uuid": SECTION, "name": "The sweep", "display": True,
                "isReordered": True, "deleted": False, "isGenerated": False,
            }
        ],
        "compareRunCharts": _charts(objective, settings),
    }  # fmt: skip


def _charts(objective: str, settings: Sequence[str]) -> list[dict[str, Any]]:
    parallel = {
        "type": "PARALLEL",
        "selectedParams": list(settings[:MOST_PARALLEL]),
        "selectedMetrics": [objective],
        "showAllRuns": True,
    }
    curves = {
        "type": "LINE",
        "metricKey": "val_rmse",
        "selectedMetricKeys": ["val_rmse"],
        "xAxisKey": "step",
        "lineSmoothness": 0,
        "scaleType": "linear",
        "runsCountToCompare": 100,
    }
    scatters = [
        {
            "type": "SCATTER",
            "xaxis": {"key": name, "type": "PARAM"},
            "yaxis": {"key": objective, "type": "METRIC"},
            "runsCountToCompare": 100,
        }
        for name in settings[:MOST_SCATTER]
    ]
    charts = [parallel, curves, *scatters]
    common = {"deleted": False, "isGenerated": False, "metricSectionId": SECTION}
    return [{**chart, **common, "uuid": f"bigtrain-{number}"} for number, chart in enumerate(charts)]
