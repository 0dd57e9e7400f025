"""The end of a sweep: what was tried, what is best, how good it is, what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bigtrain.records import METRICS, TrialRecord, TrialState
from bigtrain.report.standing import count_states, most_often, settings_text
from bigtrain.wording import counted

MOST_OF_FRONT = 10


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a finished sweep.

    Attributes
    ----------
    name : str
        The sweep's name.
    records : sequence of TrialRecord
        All trials.
    best : TrialRecord
        The one that was refitted.
    metrics : mapping
        ``holdout_rmse``, ``baseline_ridge_cv_rmse``, …, and ``seconds`` spent in all.
    cv, holdout_rows : int
        Number of folds, number of rows in the holdout.
    objectives : sequence of str
        What the trials are compared by.
    front : sequence of TrialRecord
        With several objectives, the trials that no other beats in all.
    end : str
        What ended the sweep, where it wasn't the number of trials.
    made_of : str
        The members of the blend that was shipped; empty where that is the best trial.
    model, version, alias, decision : str
        The registered model, its version, the alias it was given, and why that one.
    tracking_uri : str or None
        The store, where it is not the default.
    """

    name: str
    records: Sequence[TrialRecord]
    best: TrialRecord
    metrics: Mapping[str, float]
    cv: int
    holdout_rows: int
    objectives: Sequence[str]
    front: Sequence[TrialRecord]
    end: str
    made_of: str
    model: str
    version: str
    alias: str
    decision: str
    tracking_uri: str | None


def summary_text(summary: Summary) -> str:
    """Return the end of a sweep as text of at most about 100 columns."""
    best = summary.best
    store = f" tracking.uri={summary.tracking_uri}" if summary.tracking_uri else ""
    address = f"models:/{summary.model}@{summary.alias}"
    end = f"; {summary.end}" if summary.end else ""
    lines = [
        f"{summary.name}: {counts(summary.records)} in {summary.metrics['seconds']:.1f} s{end}",
        *_failures(summary.records),
        f"best trial {best.number}: {settings_text(best.settings)}",
        *([f"shipped: a blend, {summary.made_of}"] if summary.made_of else []),
        "",
        *_score_table(summary),
        *_nested(summary.metrics),
        *_front(summary),
        "",
        f"registered: {summary.model} version {summary.version} @{summary.alias} ({summary.decision})",
        f'load it:    mlflow.sklearn.load_model("{address}")',
        f"next:       python -m bigtrain.ui{store}   (compare the trials in your browser)",
    ]
    return "\n".join(lines)


def _failures(records: Sequence[TrialRecord]) -> list[str]:
    """Return why trials failed, where any did."""
    reasons = [record.reason or "unknown" for record in records if record.state is TrialState.FAIL]
    return [f"failed: {counted(len(reasons), 'trial')}, {most_often(reasons)}"] if reasons else []


def _nested(metrics: Mapping[str, float]) -> list[str]:
    """Return the outer scores below the inner ones, where there are any."""
    names = [name for name in METRICS if f"nested_{name}" in metrics]
    shown = [f"{n} {metrics[f'nested_{n}']:.5g} (optimism {metrics[f'optimism_{n}']:.2g})" for n in names]
    return [f"nested    {', '.join(shown)}"] if shown else []


def _front(summary: Summary) -> list[str]:
    """Return the trials that no other beats in all objectives, where there are several."""
    if len(summary.objectives) == 1:
        return []
    shown = [
        f"  trial {record.number}: "
        + ", ".join(
            f"{name} {value:.5g}" for name, value in zip(summary.objectives, record.values or (), strict=True)
        )
        for record in summary.front[:MOST_OF_FRONT]
    ]
    more = len(summary.front) - len(shown)
    return ["", "Pareto front:", *shown, *([f"  and {more} more"] if more else [])]


def counts(records: Sequence[TrialRecord]) -> str:
    """Say how many trials there were, and how they ended."""
    by_state = count_states(records)
    return (
        f"{counted(len(records), 'trial')} ({by_state[TrialState.COMPLETE]} done, "
        f"{by_state[TrialState.PRUNED]} pruned, {by_state[TrialState.FAIL]} failed)"
    )


def _score_table(summary: Summary) -> list[str]:
    """Return the scores of the best model above those of the baselines."""
    rows = {
        "bigtrain": {**summary.best.scores, **summary.metrics},
        "Ridge": _baseline(summary.metrics, "ridge"),
        "mean": _baseline(summary.metrics, "mean"),
    }
    left, right = f"CV ({summary.cv} folds)", f"holdout ({counted(summary.holdout_rows, 'row')})"
    head = "".join(f"{m.upper():>12}" for m in METRICS)
    return [
        f"{'':10}{left:>36}{right:>36}",
        f"{'':10}{head}{head}",
        *(f"{name:10}{_cells(scores)}" for name, scores in rows.items()),
    ]


def _baseline(metrics: Mapping[str, float], name: str) -> dict[str, float]:
    prefix = f"baseline_{name}_"
    return {key.removeprefix(prefix): value for key, value in metrics.items() if key.startswith(prefix)}


def _cells(scores: Mapping[str, float]) -> str:
    keys = [f"{part}_{metric}" for part in ("cv", "holdout") for metric in METRICS]
    return "".join(f"{scores[key]:>12.5g}" if key in scores else f"{'-':>12}" for key in keys)
