"""The main job: from a typed configuration to a registered champion, one way, no step twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from bigtrain.config import SweepConfig
from bigtrain.data import Dataset, Split, load_dataset, make_folds, split_holdout
from bigtrain.engine import open_engine
from bigtrain.errors import ConfigError, DataError, NoTrialCompletedError
from bigtrain.evaluate import (
    CrossValidation,
    FinalModel,
    baseline_scores,
    complete_settings,
    fit_blend,
    fit_final,
)
from bigtrain.failpoints import Failpoint, reach
from bigtrain.provenance import provenance_tags
from bigtrain.records import ParamValue, TrialRecord, maximized
from bigtrain.redaction import redacted_tree
from bigtrain.report import Console, Summary, summary_text
from bigtrain.report.drawing import keep_report, unless_it_fails
from bigtrain.report.note import description
from bigtrain.report.observations import Observations, observe
from bigtrain.search import (
    Budget,
    best_first,
    differences,
    fingerprint,
    most_trials,
    nested_scores,
    pareto_front,
    run_search,
    search_seconds,
    seconds_spent,
)
from bigtrain.tracking import DatasetFacts, Store, SweepStart, SweepState, open_store
from bigtrain.tracking.view import show_sweep

MODEL, VERSION, ALIAS = "bigtrain.model", "bigtrain.model_version", "bigtrain.model_alias"
DECISION, BEST_TRIAL, SHIPPED = "bigtrain.model_reason", "bigtrain.best_trial", "bigtrain.shipped"
END, TIMEOUT, BLEND = "bigtrain.end", "bigtrain.timeout", "bigtrain.blend"
SECONDS = "seconds"
DATA, SPLIT = "bigtrain.data_digest", "bigtrain.split_digest"
"""Digests of every cell, and of the rows held out."""

MOST_CHANGES = 4
"""Changes of a question that are named; a new table changes everything."""

Rows = NDArray[np.intp]


def run_job(config: SweepConfig, console: Console) -> None:
    """Run, resume, extend or show one sweep.

    Everything that can be wrong with the table is found before a store is touched.

    Raises
    ------
    DataError, NoInputError
        The table can't be used.
    ConfigError
        There is a sweep of this name that was asked something else.
    NoTrialCompletedError
        Every trial failed.
    """
    data = config.data
    dataset = load_dataset(
        data.kind,
        path=data.path,
        target=data.target,
        drop=data.drop,
        categorical=data.categorical,
        split_column=config.split.column,
    )
    split = split_holdout(dataset, config.holdout, config.seed, config.split.kind)
    parts = _folds(config, dataset, split)
    console.say(
        f"  {len(dataset.y)} rows, {len(split.holdout)} of them held out; {dataset.target} from "
        f"{len(dataset.numeric)} columns of numbers, {len(dataset.categorical)} of categories"
    )
    for note in dataset.notes:
        console.say(f"  note: {note}")
    store = open_store(config.tracking.uri, config.tracking.artifacts, Path.cwd())
    reach(Failpoint.STORE_OPENED)
    with store.hold(config.name):
        reach(Failpoint.SWEEP_HELD)
        _Job(config, console, dataset, split, parts, store).run()


def _folds(config: SweepConfig, dataset: Dataset, split: Split) -> list[tuple[Rows, Rows]]:
    """Return the rows of each fold; refuse r2 where a fold leaves it without a value."""
    how = config.split
    parts = make_folds(dataset, split.train, config.cv, config.seed, how.kind, how.repeats)
    for number, (_, test) in enumerate(parts):
        if config.scoring == "r2" and np.ptp(dataset.y[test]) == 0:
            hint = "use scoring=rmse, or fewer folds"
            raise DataError(f"the target is constant in fold {number}, so r2 has no value", hint=hint)
    return parts


@dataclass(frozen=True)
class _Job:
    """One sweep, under its lock."""

    config: SweepConfig
    console: Console
    dataset: Dataset
    split: Split
    parts: Sequence[tuple[Rows, Rows]]
    store: Store

    @cached_property
    def fingerprint(self) -> dict[str, Any]:
        """What must stay the same for the sweep to go on."""
        return fingerprint(self.config, self.dataset)

    def run(self) -> None:
        """Take the sweep from wherever it is to its end."""
        found = None if self.config.fresh else self._find_same()
        if found and self._is_over(found):
            self.console.say("  finished before: n_trials=N extends it, fresh=true starts over\n")
            self._show(found)
            return
        if found:
            self.store.resume_sweep(found.sweep_id)
        sweep_id = found.sweep_id if found else self._start()
        try:
            metrics, tags, observed = self._search_and_ship(sweep_id, found)
        except (KeyboardInterrupt, BrokenPipeError) as stop:
            if isinstance(stop, KeyboardInterrupt):
                self.console.say("  interrupted: the same command again goes on from here")
            self.store.finish_sweep(sweep_id, "KILLED", patient=False)
            raise
        except Exception as error:
            self.console.note(f"error: {error}")
            self.store.finish_sweep(sweep_id, "FAILED", patient=False)
            raise
        else:
            self.store.finish_sweep(sweep_id, "FINISHED", metrics, tags)
            reach(Failpoint.ENDED)
            if ended := self.store.find_sweep(self.config.name):
                self._show(ended)
                self._describe(ended)
                self._draw(ended, observed)
        finally:
            self.store.add_log(sweep_id, self.console.log)

    def _find_same(self) -> SweepState | None:
        """Find the newest sweep of this name, and refuse to go on with one that was asked something else."""
        found = self.store.find_sweep(self.config.name)
        changes = differences(found.fingerprint, self.fingerprint) if found else []
        if changes:
            raise ConfigError(
                f"a sweep of this name exists and something changed: {_some_of(changes)}",
                where=self.config.name,
                hint="name=NEW keeps both, fresh=true starts this one over",
            )
        return found

    def _start(self) -> str:
        return self.store.start_sweep(
            SweepStart(
                name=self.config.name,
                fingerprint=self.fingerprint,
                config_yaml=yaml.safe_dump(redacted_tree(self.config.resolved), sort_keys=False),
                tags={**provenance_tags(), DATA: self.dataset.digest, SPLIT: self.split.digest},
                dataset=DatasetFacts(
                    name=self.dataset.name,
                    digest=self.dataset.digest,
                    source=self.dataset.source,
                    columns=column_types(self.dataset),
                    n_rows=len(self.dataset.y),
                ),
            )
        )

    def _search_and_ship(
        self, sweep_id: str, found: SweepState | None
    ) -> tuple[dict[str, float], dict[str, str], Observations | None]:
        """Do the work; return the sweep's metrics, its tags, and what its report needs."""
        known = found.records if found else []
        with open_engine(self.config.engine) as engine:
            validation = self._validation(engine, self.parts)
            with self.console.watching(known, most_trials(self.config)):
                watch = self.console.progress
                records = run_search(self.config, validation, self.store, sweep_id, known, watch)
            best, final = self._final(validation, records)
            reach(Failpoint.REFITTED)
            nested = self._nested(engine)
            baselines = baseline_scores(validation, self.dataset, self.split.train, self.split.holdout)
        reach(Failpoint.BASELINES_SCORED)
        # What earlier processes spent on trials is in the trials, however those processes ended.
        seconds = seconds_spent(known) + self.console.elapsed
        metrics = {
            **best.scores,
            **final.metrics,
            **baselines,
            **nested,
            SECONDS: seconds,
        }
        budget = Budget.after(self.config, records)
        tags = {
            BEST_TRIAL: str(best.number),
            SHIPPED: self._destination(records),
            END: budget.end,
            TIMEOUT: "" if budget.spent else str(self.config.timeout),
            BLEND: final.made_of,
        }
        observed = self._observe(best, final)
        return metrics, tags | self._ship(sweep_id, best, final, metrics), observed

    def _validation(self, engine: Executor, parts: Sequence[tuple[Rows, Rows]]) -> CrossValidation:
        """Return what evaluates trials on some folds."""
        return CrossValidation(
            self.dataset,
            parts,
            seed=self.config.seed,
            scoring=self.config.scoring,
            estimator=self.config.estimator.params,
            engine=engine,
            kind=self.config.estimator.kind,
            preprocess=self.config.preprocess,
            objectives=self.config.objectives,
            keep=self.config.blend > 0,
        )

    def _complete(self, settings: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
        """Return a trial's settings with what it has from the sweep."""
        estimator = self.config.estimator
        return complete_settings(settings, estimator.kind, estimator.params, self.config.preprocess)

    def _nested(self, engine: Executor) -> dict[str, float]:
        """Return the outer scores where they are wanted: the whole search again, in each outer fold."""

        def refit(
            records: Sequence[TrialRecord], train: Rows, test: Rows
        ) -> tuple[TrialRecord, Mapping[str, float]]:
            best, final = self._refit_best(records, train, test)
            return best, final.metrics

        return nested_scores(
            self.config, self.dataset, self.split.train, partial(self._validation, engine), refit
        )

    def _final(
        self, validation: CrossValidation, records: Sequence[TrialRecord]
    ) -> tuple[TrialRecord, FinalModel]:
        """Return the best trial, and what is shipped: a blend where that is better, else that trial."""
        config, train, holdout = self.config, self.split.train, self.split.holdout
        ranked = best_first(config.objectives, records, config.champion_within)
        if config.blend and ranked:
            kept = None if config.timeout is None else config.timeout - search_seconds(config)
            until = None if kept is None else time.monotonic() + kept
            if final := fit_blend(validation, ranked, config.blend, train, holdout, until):
                return ranked[0], final
        return self._refit_best(records, train, holdout)

    def _refit_best(
        self, records: Sequence[TrialRecord], train: Rows, test: Rows
    ) -> tuple[TrialRecord, FinalModel]:
        """Refit the best trial; the next one where a setting that survived the folds diverges on all rows."""
        for record in best_first(self.config.objectives, records, self.config.champion_within):
            settings = self._complete(record.settings)
            final = fit_final(self.dataset, train, test, settings, self.config.seed)
            if final is not None:
                return record, final
        if not records:
            raise NoTrialCompletedError(
                "no trial was finished in time",
                where="timeout",
                received=self.config.timeout,
                hint="raise it",
            )
        reasons = Counter(record.reason or "diverged when refitted on all rows" for record in records)
        reason, times = reasons.most_common(1)[0]
        raise NoTrialCompletedError(
            f"none of {len(records)} trials completed; most often ({times} times): {reason}",
            where=self.config.name,
            hint="lower the learning rates in space, or fresh=true with another space",
        )

    def _observe(self, best: TrialRecord, final: FinalModel) -> Observations | None:
        """Look at the final model while it and the table are at hand; None where no report is wanted."""
        settings = {**self.config.estimator.params, **best.settings}
        look = partial(observe, self.dataset, self.split, final.pipeline, settings)
        return unless_it_fails(look, self.console) if self.config.report else None

    def _draw(self, ended: SweepState, observed: Observations | None) -> None:
        """Draw the report of a sweep that is on record already."""
        if observed is not None:
            best = int(ended.tags[BEST_TRIAL])
            keep = partial(keep_report, self.store, ended, best, self.config, observed, self.console)
            unless_it_fails(keep, self.console)

    def _ship(
        self, sweep_id: str, best: TrialRecord, final: FinalModel, metrics: Mapping[str, float]
    ) -> dict[str, str]:
        """Register the final model, decide whether it is the champion; return what to note on the sweep."""
        from bigtrain.registry import promote, register  # noqa: PLC0415 - seconds that no trial should wait for

        holdout = self.split.holdout
        residuals = self.dataset.y[holdout] - final.pipeline.predict(self.dataset.X.iloc[holdout])
        version = register(
            self.store,
            sweep_id=sweep_id,
            trial=best.number,
            model=self._model,
            pipeline=final.pipeline,
            input_example=self.dataset.X.iloc[self.split.train[:5]],
            residuals=residuals,
            metrics=final.metrics,
            made_of=final.made_of,
        )
        promotion = promote(
            self.store,
            version,
            alias=self.config.registry.alias,
            holdout_digest=self.split.digest,
            residuals=residuals,
            baseline_rmse=metrics["baseline_mean_holdout_rmse"],
        )
        return {
            MODEL: version.name,
            VERSION: str(version.version),
            ALIAS: promotion.alias,
            DECISION: promotion.reason,
        }

    @property
    def _model(self) -> str:
        return self.config.registry.model or self.config.name

    def _destination(self, records: Sequence[TrialRecord]) -> str:
        """Say of how many trials the best goes where."""
        nested = f", nested={self.config.nested}" if self.config.nested else ""
        blend = f", blend={self.config.blend}" if self.config.blend else ""
        return f"{len(records)} trials, {self._model}@{self.config.registry.alias}{nested}{blend}"

    def _is_spent(self, state: SweepState) -> bool:
        """Whether nothing is left to search: by its trials, or by the time that it ran out of."""
        if Budget.after(self.config, state.records).spent:
            return True
        ran_out_at = float(state.tags.get(TIMEOUT) or 0)
        return self.config.timeout is not None and self.config.timeout <= ran_out_at

    def _is_over(self, state: SweepState) -> bool:
        """Whether the best of all trials that are wanted is registered where it is wanted now."""
        shipped = state.tags.get(SHIPPED) == self._destination(state.records)
        # What was killed between its last tag and its end has to end.
        return shipped and state.status == "FINISHED" and self._is_spent(state)

    def _describe(self, ended: SweepState) -> None:
        """Tell whoever opens MLflow's UI what this sweep is, and how to compare its trials."""
        text = description(
            self._summary(ended), self.console.question, ended.tags.get("mlflow.source.name", "")
        )
        searched = dict.fromkeys(name.rpartition(".")[2] for name in self.config.space.knobs)
        objective = self.config.objectives[0]
        show_sweep(self.store, ended.sweep_id, text, objective, list(searched), maximize=maximized(objective))

    def _show(self, state: SweepState) -> None:
        self.console.say(summary_text(self._summary(state)))

    def _summary(self, state: SweepState) -> Summary:
        return Summary(
            name=self.config.name,
            records=state.records,
            best=next(r for r in state.records if str(r.number) == state.tags[BEST_TRIAL]),
            metrics=state.metrics,
            cv=len(self.parts),
            objectives=self.config.objectives,
            front=pareto_front(self.config.objectives, state.records),
            end=state.tags.get(END, ""),
            made_of=state.tags.get(BLEND, ""),
            holdout_rows=len(self.split.holdout),
            model=state.tags[MODEL],
            version=state.tags[VERSION],
            alias=state.tags[ALIAS],
            decision=state.tags[DECISION],
            tracking_uri=self.store.address.shown if self.config.tracking.uri else None,
        )


def _some_of(changes: Sequence[str]) -> str:
    """Return the first few of many changes, and how many more there are."""
    more = f" and {len(changes) - MOST_CHANGES} more" if len(changes) > MOST_CHANGES else ""
    return ", ".join(changes[:MOST_CHANGES]) + more


def column_types(dataset: Dataset) -> dict[str, str]:
    """Return MLflow's name for the type of each column, the target last."""
    kinds = {name: "double" if name in dataset.numeric else "string" for name in dataset.X.columns}
    return {**kinds, dataset.target: "double"}
