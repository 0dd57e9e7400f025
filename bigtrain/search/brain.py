"""Optuna in memory: what to ask next, given all that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import optuna
from optuna.trial import TrialState as OptunaState

from bigtrain.config import SamplerConfig
from bigtrain.records import Outcome, Trial, TrialRecord
from bigtrain.search.samplers import make_sampler
from bigtrain.space import Space


class Brain:
    """One in-memory study that forgets nothing and is rebuilt from records alone.

    Parameters
    ----------
    space : Space
        What is searched.
    config : SamplerConfig
        How.
    seed : int
        The sweep's seed.
    maximize : bool
        Whether a higher value is better.
    """

    def __init__(self, space: Space, config: SamplerConfig, seed: int, *, maximize: bool) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space, self._config, self._seed = space, config, seed
        self._study = optuna.create_study(direction="maximize" if maximize else "minimize")

    def remember(self, records: Sequence[TrialRecord]) -> None:
        """Add recorded trials, in the order of their numbers, from the first that is unknown."""
        distributions = self._space.distributions()
        self._study.add_trials(
            optuna.trial.create_trial(
                state=OptunaState[record.state.value],
                values=record.values,
                params=dict(record.params),
                distributions={name: distributions[name] for name in record.params},
                system_attrs=dict(record.system_attrs),
                intermediate_values=dict(record.rungs),
            )
            for record in records
        )

    def ask(self, first: int, count: int) -> list[Trial]:
        """Ask for the trials ``first`` to ``first + count - 1``.

        The same call with the same past gives the same trials, in whichever process.
        """
        self._study.sampler = make_sampler(self._config, self._space, self._seed, first, count)
        trials = []
        for number in range(first, first + count):
            asked = self._study.ask()
            params, settings = self._space.ask(asked)
            trials.append(Trial(number, params, settings))
        return trials

    def tell(self, trials: Sequence[Trial], outcomes: Sequence[Outcome]) -> list[Trial]:
        """Tell what came of `trials`, in their order; return them with what the sampler keeps of them."""
        told = []
        for trial, outcome in zip(trials, outcomes, strict=True):
            frozen = self._study.tell(trial.number, outcome.values, OptunaState[outcome.state.value])
            told.append(replace(trial, system_attrs=dict(frozen.system_attrs)))
        return told
