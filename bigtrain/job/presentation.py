"""A finished sweep, shown: on the console and in MLflow's UI."""

from __future__ import annotations

from bigtrain.job.problem import Problem
from bigtrain.job.tags import ALIAS, BEST_TRIAL, BLEND, DECISION, END, MODEL, VERSION
from bigtrain.ranking import pareto_front
from bigtrain.records import maximized
from bigtrain.report import Console, Summary, summary_text
from bigtrain.report.note import description
from bigtrain.tracking import Store, SweepState
from bigtrain.tracking.view import show_sweep


def show(problem: Problem, store: Store, ended: SweepState, console: Console) -> None:
    """Say what came out."""
    console.say(summary_text(_summary(problem, store, ended)))


def describe(problem: Problem, store: Store, ended: SweepState, console: Console) -> None:
    """Tell whoever opens MLflow's UI what this sweep is, and how to compare its trials."""
    config = problem.config
    source = ended.tags.get("mlflow.source.name", "")
    text = description(_summary(problem, store, ended), console.question, source)
    searched = dict.fromkeys(name.rpartition(".")[2] for name in config.space.knobs)
    objective = config.objectives[0]
    trials = [record.settings for record in ended.records]
    show_sweep(store, ended.sweep_id, text, objective, list(searched), trials, maximize=maximized(objective))


def _summary(problem: Problem, store: Store, state: SweepState) -> Summary:
    config, tags = problem.config, state.tags
    return Summary(
        name=config.name,
        records=state.records,
        best=next(r for r in state.records if str(r.number) == tags[BEST_TRIAL]),
        metrics=state.metrics,
        cv=len(problem.parts),
        objectives=config.objectives,
        front=pareto_front(config.objectives, state.records),
        end=tags.get(END, ""),
        made_of=tags.get(BLEND, ""),
        holdout_rows=len(problem.split.holdout),
        model=tags[MODEL],
        version=tags[VERSION],
        alias=tags[ALIAS],
        decision=tags[DECISION],
        tracking_uri=store.address.shown if config.tracking.uri else None,
    )
