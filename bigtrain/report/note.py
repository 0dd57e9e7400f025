"""What MLflow shows above a sweep's run: what was asked, what came out, how to repeat it, in Markdown."""

from __future__ import annotations

from bigtrain.records import METRICS
from bigtrain.report.standing import settings_text
from bigtrain.report.summary import Summary, counts

ROWS = ("bigtrain", "Ridge", "mean")


def description(summary: Summary, asked: str, command: str) -> str:
    """Return the description of a finished sweep.

    Parameters
    ----------
    summary : Summary
        What came out.
    asked : str
        What was asked, in one line.
    command : str
        What starts it again.
    """
    columns = [f"{part}_{metric}" for part in ("cv", "holdout") for metric in METRICS]
    lines = [
        f"**Asked:** {asked}",
        "",
        f"**Came out:** {counts(summary.records)} in {summary.metrics['seconds']:.1f} s. "
        f"Best is trial {summary.best.number}: `{settings_text(summary.best.settings)}`",
        "",
        "| | " + " | ".join(columns) + " |",
        "|---|" + "---:|" * len(columns),
        *(_row(name, summary, columns) for name in ROWS),
        "",
        f"**Shipped:** `models:/{summary.model}@{summary.alias}`, version {summary.version} "
        f"({summary.decision})",
        "",
        f"**Again:** `{command}`",
    ]
    return "\n".join(lines)


def _row(name: str, summary: Summary, columns: list[str]) -> str:
    prefix = "" if name == "bigtrain" else f"baseline_{name.lower()}_"
    scores = {**summary.metrics, **({} if prefix else summary.best.scores)}
    cells = (f"{scores[key]:.5g}" if (key := prefix + column) in scores else "" for column in columns)
    return f"| {name} | " + " | ".join(cells) + " |"
