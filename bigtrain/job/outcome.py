"""What a sweep comes to: its search, its final model's scores, and the version that was registered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bigtrain.engine import open_engine
from bigtrain.evaluate import FinalModel, baseline_scores
from bigtrain.failpoints import Failpoint, reach
from bigtrain.job.problem import Problem
from bigtrain.job.refit import fit_finalist, score_nested
from bigtrain.job.shipping import destination, ship
from bigtrain.job.tags import BEST_TRIAL, BLEND, END, SECONDS, SHIPPED, TIMEOUT
from bigtrain.records import TrialRecord
from bigtrain.report import Console
from bigtrain.report.drawing import unless_it_fails
from bigtrain.report.observations import Observations, observe
from bigtrain.search import Budget, most_trials, run_search, seconds_spent
from bigtrain.tracking import Store


@dataclass(frozen=True)
class Outcome:
    """What is noted on the sweep, and what its report needs.

    Attributes
    ----------
    metrics : dict
        Scores of the best trial, of the final model and of the baselines, and the seconds spent.
    tags : dict
        What was shipped, and why the search ended.
    observed : Observations or None
        A look at the final model; None where no report is wanted.
    """

    metrics: dict[str, float]
    tags: dict[str, str]
    observed: Observations | None


def search_and_ship(
    problem: Problem, store: Store, sweep_id: str, known: Sequence[TrialRecord], console: Console
) -> Outcome:
    """Run the trials that are missing, fit the final model, and register it.

    Parameters
    ----------
    problem : Problem
        What is asked.
    store : Store
        Where the sweep is on record.
    sweep_id : str
        The sweep.
    known : sequence of TrialRecord
        The trials that are on record already.
    console : Console
        Is told of the trials.

    Raises
    ------
    NoTrialCompletedError
        Every trial failed.
    """
    config, split = problem.config, problem.split
    with open_engine(config.engine) as engine:
        validation = problem.validation(engine, problem.parts)
        with console.watching(known, most_trials(config)):
            records = run_search(config, validation, store, sweep_id, known, console.progress)
        best, final = fit_finalist(problem, validation, records)
        reach(Failpoint.REFITTED)
        nested = score_nested(problem, engine)
        baselines = baseline_scores(validation, problem.dataset, split.train, split.holdout)
    reach(Failpoint.BASELINES_SCORED)
    # What earlier processes spent on trials is in the trials, however those processes ended.
    seconds = seconds_spent(known) + console.elapsed
    metrics = {**best.scores, **final.metrics, **baselines, **nested, SECONDS: seconds}
    budget = Budget.after(config, records)
    tags = {
        BEST_TRIAL: str(best.number),
        SHIPPED: destination(config, records),
        END: budget.end,
        TIMEOUT: "" if budget.spent else str(config.timeout),
        BLEND: final.made_of,
    }
    observed = _observe(problem, best, final, console)
    return Outcome(metrics, tags | ship(store, sweep_id, problem, best, final, metrics), observed)


def _observe(problem: Problem, best: TrialRecord, final: FinalModel, console: Console) -> Observations | None:
    """Look at the final model while it and the table are at hand; None where no report is wanted."""
    settings = {**problem.config.estimator.params, **best.settings}
    look = partial(observe, problem.dataset, problem.split, final.pipeline, settings)
    return unless_it_fails(look, console) if problem.config.report else None
