"""Optuna in memory: what to ask next, given all that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import optuna
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import TrialState as OptunaState

from bigtrain.config import SamplerConfig
from bigtrain.records import Outcome, ParamValue, Trial, TrialState
from bigtrain.search.samplers import make_sampler
from bigtrain.space import Space

OF_STUDY = "bigtrain.study"
"""Key of a trial's attribute that holds what its ask left in the study, as genetic samplers do."""


@dataclass(frozen=True)
class Question:
    """What a sweep asks: all that decides its trials but what came of them.

    Attributes
    ----------
    space : Space
        What is searched.
    sampler : SamplerConfig
        How.
    seed : int
        The sweep's seed.
    maximize : sequence of bool
        For each objective, whether a higher value is better.
    starting : sequence of mapping, default ()
        The params of the first trials, which no sampler chooses.
    """

    space: Space
    sampler: SamplerConfig
    seed: int
    maximize: Sequence[bool]
    starting: Sequence[Mapping[str, ParamValue]] = ()


class Brain:
    """One in-memory study, rebuilt from records alone.

    A trial is asked, or recalled as it was asked before; and then told. Nothing else changes what is asked.

    Parameters
    ----------
    question : Question
        What is asked.
    """

    def __init__(self, question: Question) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._question = question
        self._distributions = question.space.distributions()
        self._single = len(question.maximize) == 1
        self._storage = InMemoryStorage()
        directions = [
            StudyDirection.MAXIMIZE if more else StudyDirection.MINIMIZE for more in question.maximize
        ]
        self._study = optuna.create_study(storage=self._storage, directions=directions)
        self._id = self._storage.get_study_id_from_name(self._study.study_name)

    def ask(self, first: int, count: int) -> list[Trial]:
        """Ask for the trials ``first`` to ``first + count - 1``.

        The same call with the same past gives the same trials, in whichever process.
        """
        question = self._question
        self._study.sampler = make_sampler(question.sampler, question.seed, first)
        before = set(self._storage.get_study_system_attrs(self._id))
        trials = []
        for number in range(first, first + count):
            if number < len(question.starting):
                self._study.enqueue_trial(dict(question.starting[number]))
            asked = self._study.ask()
            params, settings = question.space.ask(asked)
            trials.append(Trial(number, params, settings))
        return [self._with_attributes(trial, before if trial is trials[0] else None) for trial in trials]

    def recall(self, trials: Sequence[Trial]) -> None:
        """Add trials that were asked before, in the order of their numbers."""
        for trial in trials:
            attributes = dict(trial.system_attrs)
            for key, value in attributes.pop(OF_STUDY, {}).items():
                self._storage.set_study_system_attr(self._id, key, value)
            self._study.add_trial(
                optuna.trial.create_trial(
                    state=OptunaState.RUNNING,
                    params=dict(trial.params),
                    distributions={name: self._distributions[name] for name in trial.params},
                    system_attrs=attributes,
                )
            )

    def tell(self, trials: Sequence[Trial], outcomes: Sequence[Outcome]) -> None:
        """Tell what came of `trials`, in their order."""
        for trial, outcome in zip(trials, outcomes, strict=True):
            trial_id = self._storage.get_trial_id_from_study_id_trial_number(self._id, trial.number)
            if self._single:  # Optuna knows rungs of no more
                for epoch, value in outcome.rungs.items():
                    self._storage.set_trial_intermediate_value(trial_id, epoch, value)
            if outcome.state is not TrialState.COMPLETE or outcome.values is None:
                self._study.tell(trial.number, None, OptunaState[outcome.state.value])
                continue
            # What `Study.tell` does of a trial that completed, but for the deep copy that it returns: that
            # takes longer than to ask the trial.
            state, values = OptunaState.COMPLETE, list(outcome.values)
            self._study.sampler.after_trial(self._study, self._storage.get_trial(trial_id), state, values)
            self._storage.set_trial_state_values(trial_id, state, values)

    def _with_attributes(self, trial: Trial, before: set[str] | None) -> Trial:
        """Return a trial with what is to be known of its ask, and what is new in the study since `before`."""
        trial_id = self._storage.get_trial_id_from_study_id_trial_number(self._id, trial.number)
        attributes: dict[str, Any] = dict(self._storage.get_trial_system_attrs(trial_id))
        if before is not None:
            now = self._storage.get_study_system_attrs(self._id)
            attributes |= {OF_STUDY: new} if (new := {key: now[key] for key in now.keys() - before}) else {}
        return replace(trial, system_attrs=attributes)
