"""The same brain in Rust: Optuna's own port, whose TPE asks many times as fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import optuna.distributions as optunas

from bigtrain.records import Outcome, Trial, TrialState
from bigtrain.search.brain import Question
from bigtrain.search.samplers import require
from bigtrain.seeds import derive_seed

NAME = "sweep"


class RustBrain:
    """A `Brain` on Rustuna. Its parameters and methods are those of `Brain`.

    Rustuna keeps nothing with a trial or a study but what is asked and told, so that its trials, in their
    order, are all there is to recall. It knows no rungs.
    """

    def __init__(self, question: Question) -> None:
        require("rustuna", question.sampler.kind, "fast")
        import rustuna  # noqa: PLC0415 - an optional package

        self._rustuna = rustuna
        self._question = question
        self._distributions = {name: _rusts(d) for name, d in question.space.distributions().items()}
        self._storage = rustuna.storages.InMemoryStorage()
        self._study = rustuna.create_study(
            study_name=NAME,
            storage=self._storage,
            directions=["maximize" if more else "minimize" for more in question.maximize],
        )

    def ask(self, first: int, count: int) -> list[Trial]:
        """Ask for the trials ``first`` to ``first + count - 1``."""
        question = self._question
        sampler = self._rustuna.samplers.TPESampler(
            seed=derive_seed(question.seed, "ask", first),
            n_startup_trials=question.sampler.n_startup_trials,
            multivariate=False,  # each knob by itself, so that a conditional one is modelled where it exists
        )
        study = self._rustuna.load_study(study_name=NAME, storage=self._storage, sampler=sampler)
        trials = []
        for number in range(first, first + count):
            if number < len(question.starting):
                study.enqueue_trial(dict(question.starting[number]))
            asked: Any = study.ask()  # suggests as Optuna's trials do
            trials.append(Trial(number, *question.space.ask(asked)))
        return trials

    def recall(self, trials: Sequence[Trial]) -> None:
        """Add trials that were asked before, in the order of their numbers."""
        for trial in trials:
            self._study.add_trial(
                self._rustuna.create_trial(
                    state=self._rustuna.trial.TrialState.RUNNING,
                    params=dict(trial.params),
                    distributions={name: self._distributions[name] for name in trial.params},
                )
            )

    def tell(self, trials: Sequence[Trial], outcomes: Sequence[Outcome]) -> None:
        """Tell what came of `trials`, in their order."""
        states = self._rustuna.trial.TrialState
        for trial, outcome in zip(trials, outcomes, strict=True):
            if outcome.state is TrialState.COMPLETE:
                self._study.tell(trial.number, outcome.values)
            else:
                self._study.tell(trial.number, None, states.FAIL)


def _rusts(distribution: optunas.BaseDistribution) -> Any:
    """Return Rustuna's distribution that is Optuna's."""
    from rustuna.distributions import Distribution  # noqa: PLC0415 - an optional package

    if isinstance(distribution, optunas.CategoricalDistribution):
        return Distribution.categorical(list(distribution.choices))
    if not isinstance(distribution, (optunas.FloatDistribution, optunas.IntDistribution)):
        raise TypeError(f"Rustuna has no {distribution!r}")
    make: Any = Distribution.int if isinstance(distribution, optunas.IntDistribution) else Distribution.float
    return make(distribution.low, distribution.high, log=distribution.log, step=distribution.step)
