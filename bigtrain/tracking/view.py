"""How MLflow's UI shows a sweep: which trials, columns and charts somebody sees who opens it.

The UI reads a view that was shared as a tag of the experiment; this writes one that it then finds by name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bigtrain.tracking.charts import Settings, charts, sections
from bigtrain.tracking.content import KIND, STATE, SWEEP
from bigtrain.tracking.store import Store

VIEW = "bigtrain"
TAG = f"mlflow.sharedViewState.{VIEW}"
NOTE = "mlflow.note.content"

TAG_LENGTH = 5000
"""Of an experiment's tag, in MLflow."""


def show_sweep(
    store: Store,
    sweep_id: str,
    note: str,
    objective: str,
    names: Sequence[str],
    trials: Sequence[Settings],
    *,
    maximize: bool,
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
    names : sequence of str
        The searched settings, in the order in which they are shown.
    trials : sequence of mapping
        What each trial has of them.
    """
    view = as_tag(comparison(sweep_id, objective, names, trials, maximize=maximize))

    def show() -> None:
        client = store.client
        client.set_tag(sweep_id, NOTE, note)
        client.set_experiment_tag(client.get_run(sweep_id).info.experiment_id, TAG, view)

    store.call(show)


def comparison(
    sweep_id: str, objective: str, names: Sequence[str], trials: Sequence[Settings], *, maximize: bool
) -> dict[str, Any]:
    """Return the view: this sweep's trials, the best first, and the charts that compare them."""
    columns = [
        f"metrics.`{objective}`",
        f"metrics.`{objective}_std`",
        *(f"params.`{name}`" for name in names),
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
        "runsHiddenMode": "SHOW_ALL",
        "hideEmptyCharts": True,
        "isAccordionReordered": True,
        "compareRunSections": sections(),
        "compareRunCharts": charts(objective, names, trials),
    }


def as_tag(view: dict[str, Any]) -> str:
    """Return the view as a tag's text, with as many of its charts and columns as a tag has room for."""
    view = {**view}
    while len(text := json.dumps(view, separators=(",", ":"))) > TAG_LENGTH:
        longest = "compareRunCharts" if view["compareRunCharts"] else "selectedColumns"
        view[longest] = view[longest][:-1]
    return text
