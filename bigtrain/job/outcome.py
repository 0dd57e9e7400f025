"""What a sweep comes to: its search, its final model's scores, and the version that was registered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module

from bigtrain.engine import open_engine
from bigtrain.evaluate import FinalModel, baseline_scores
from bigtrain.failpoints import Failpoint, reach
from bigtrain.job.problem import Problem
from bigtrain.job.refit import fit_finalist, score_nested
from bigtrain.job.shipping import destination, ship
from bigtrain.job.tags import BEST_TRIAL, BLEND, END, SECONDS, SHIPPED, TIMEOUT
from bigtrain.numerics.blas import one_thread
from bigtrain.records import TrialRecord
from bigtrain.report import Console
from bigtrain.report.keeping import Page
from bigtrain.report.observing import observe
from bigtrain.search import Budget, most_trials, run_search, search_seconds, seconds_spent
from bigtrain.standby import Standby
from bigtrain.tracking import Store


@dataclass(frozen=True)
class Outcome:
    """What is noted on the sweep.

    Attributes
    ----------
    metrics : dict
        Scores of the best trial, of the final model and of the baselines, and the seconds spent.
    tags : dict
        What was shipped, and why the search ended.
    """

    metrics: dict[str, float]
    tags: dict[str, str]


def search_and_ship(
    problem: Problem,
    store: Store,
    sweep_id: str,
    known: Sequence[TrialRecord],
    console: Console,
    page: Page | None,
    saver: Standby | None,
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
    page : Page or None
        Is begun before the model is registered.
    saver : Standby or None
        Saves the model.

    Raises
    ------
    NoTrialCompletedError
        Every trial failed.
    """
    config, split = problem.config, problem.split
    with open_engine(config.engine) as engine, _beside() as beside:
        validation = problem.validation(engine, problem.parts)
        spent, seconds = seconds_spent(known), search_seconds(config)
        with console.watching(known, most_trials(config), spent, seconds):
            records = run_search(config, validation, store, sweep_id, known, console.progress)
        # None of these needs another. BLAS with one thread and with two don't give the same bits.
        with one_thread():
            scoring = beside.submit(baseline_scores, validation, problem.dataset, split.train, split.holdout)
            if saver is None:
                beside.submit(import_module, "skops.io")  # seconds, for it loads all of scikit-learn
            best, final = fit_finalist(problem, validation, records)
            reach(Failpoint.REFITTED)
            baselines = scoring.result()
        nested = score_nested(problem, engine)
        reach(Failpoint.BASELINES_SCORED)
        # What earlier processes spent on trials is in the trials, however those processes ended.
        metrics = {**best.scores, **final.metrics, **baselines, **nested, SECONDS: spent + console.elapsed}
        if page:
            _begin(page, problem, store, best, final, metrics)
    budget = Budget.after(config, records)
    tags = {
        BEST_TRIAL: str(best.number),
        SHIPPED: destination(config, records),
        END: budget.end,
        TIMEOUT: "" if budget.spent else str(config.timeout),
        BLEND: final.made_of,
    }
    shipped = ship(store, sweep_id, problem, best, final, metrics, saver, console.note)
    return Outcome(metrics, tags | shipped)


@contextmanager
def _beside() -> Iterator[Executor]:
    """Give threads for what goes on meanwhile; an error doesn't wait for it."""
    pool = ThreadPoolExecutor(2, "bigtrain-end")
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _begin(
    page: Page,
    problem: Problem,
    store: Store,
    best: TrialRecord,
    final: FinalModel,
    metrics: Mapping[str, float],
) -> None:
    """Have the page drawn of the sweep as it will have ended."""
    config = problem.config
    settings = {**config.estimator.params, **best.settings}
    look = partial(observe, problem.dataset, problem.split, final.pipeline, settings)
    if state := store.find_sweep(config.name):
        page.begin(store, replace(state, metrics=metrics), best.number, config, look)
