"""From trials to the one model that is shipped, fitted on all rows that are not held out."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from functools import partial

from bigtrain.errors import NoTrialCompletedError
from bigtrain.evaluate import CrossValidation, FinalModel, fit_blend, fit_final
from bigtrain.job.problem import Problem, Rows
from bigtrain.ranking import best_first
from bigtrain.records import TrialRecord
from bigtrain.report.standing import most_often
from bigtrain.search import nested_scores, search_seconds
from bigtrain.wording import counted


def fit_finalist(
    problem: Problem, validation: CrossValidation, records: Sequence[TrialRecord]
) -> tuple[TrialRecord, FinalModel]:
    """Return the best trial, and what is shipped: a blend where that is better, else that trial."""
    config, train, holdout = problem.config, problem.split.train, problem.split.holdout
    ranked = best_first(config.objectives, records, config.champion_within)
    if config.blend and ranked:
        kept = None if config.timeout is None else config.timeout - search_seconds(config)
        until = None if kept is None else time.monotonic() + kept
        if final := fit_blend(validation, ranked, config.blend, train, holdout, until):
            return ranked[0], final
    return _refit_best(problem, records, train, holdout)


def score_nested(problem: Problem, engine: Executor) -> dict[str, float]:
    """Return the outer scores where they are wanted: the whole search again, in each outer fold."""

    def refit(
        records: Sequence[TrialRecord], train: Rows, test: Rows
    ) -> tuple[TrialRecord, Mapping[str, float]]:
        best, final = _refit_best(problem, records, train, test)
        return best, final.metrics

    validation_on = partial(problem.validation, engine)
    return nested_scores(problem.config, problem.dataset, problem.split.train, validation_on, refit)


def _refit_best(
    problem: Problem, records: Sequence[TrialRecord], train: Rows, test: Rows
) -> tuple[TrialRecord, FinalModel]:
    """Refit the best trial; the next one where a setting that survived the folds diverges on all rows."""
    config = problem.config
    for record in best_first(config.objectives, records, config.champion_within):
        final = fit_final(problem.dataset, train, test, problem.complete(record.settings), config.seed)
        if final is not None:
            return record, final
    raise _none_completed(problem, records)


def _none_completed(problem: Problem, records: Sequence[TrialRecord]) -> NoTrialCompletedError:
    """Say why there is nothing to ship."""
    config = problem.config
    if not records:
        return NoTrialCompletedError(
            "no trial was finished in time", where="timeout", received=config.timeout, hint="raise it"
        )
    reasons = (record.reason or "diverged when refitted on all rows" for record in records)
    return NoTrialCompletedError(
        f"none of {counted(len(records), 'trial')} completed; {most_often(reasons)}",
        where=config.name,
        hint="lower the learning rates in space, or fresh=true with another space",
    )
