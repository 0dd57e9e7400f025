"""TPE along the branches of a space, a cohort at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters
from optuna.samplers._tpe.sampler import default_gamma, default_weights

from bigtrain.records import Outcome, ParamValue, Trial, TrialState
from bigtrain.search.brain import Question
from bigtrain.search.points import at_quantile
from bigtrain.seeds import derive_seed
from bigtrain.space import Choice, Fixed
from bigtrain.space.knobs import Tree, branch_name

CANDIDATES = 24
"""Draws among which each trial's knobs are the likeliest to do well; Optuna's default."""

REMEMBERED = 256
"""Trials beside the good ones that are modelled, the latest: a longer memory finds nothing better, and an ask
would take longer with each trial."""

PARTS = 16
"""How often, at most, what was drawn for a cohort is taken into account while the rest of it is drawn."""

SHAPE = _ParzenEstimatorParameters(
    prior_weight=1.0,
    consider_magic_clip=True,
    consider_endpoints=False,
    weights=default_weights,
    multivariate=True,
)
"""Optuna's defaults."""

Params: TypeAlias = dict[str, ParamValue]


class TreeBrain:
    """A `Brain` of one objective whose TPE knows the space. Its parameters and methods are those of `Brain`.

    The tree-structured Parzen estimator of Bergstra et al. (2011), with Optuna's estimators and rules. Its
    own sampler knows no tree: it models the knobs that every trial has together, each other one by itself,
    and goes through the whole history for each of them. Here the knobs of a branch are modelled together,
    among the trials that have that branch, and a cohort goes through the history once.
    """

    def __init__(self, question: Question) -> None:
        self._question = question
        self._distributions = question.space.distributions()
        self._sign = -1.0 if question.maximize[0] else 1.0
        self._params: dict[int, Mapping[str, ParamValue]] = {}
        self._ranks: dict[int, tuple[float, ...]] = {}
        """Of the trials that can be told good from poor, lower is better."""
        self._failed: set[int] = set()

    def ask(self, first: int, count: int) -> list[Trial]:
        """Ask for the trials ``first`` to ``first + count - 1``."""
        question = self._question
        given = question.starting[first : first + count]
        drawn: list[Params] = [{} for _ in range(count - len(given))]
        random = np.random.RandomState(derive_seed(question.seed, "ask", first))
        if drawn:
            self._fill(question.space.tree, "", drawn, self._history(), random)
        trials = [
            Trial(number, params, question.space.settings_of(params))
            for number, params in enumerate([*given, *drawn], first)
        ]
        self.recall(trials)
        return trials

    def recall(self, trials: Sequence[Trial]) -> None:
        """Add trials that were asked before, in the order of their numbers."""
        self._params |= {trial.number: trial.params for trial in trials}

    def tell(self, trials: Sequence[Trial], outcomes: Sequence[Outcome]) -> None:
        """Tell what came of `trials`, in their order."""
        for trial, outcome in zip(trials, outcomes, strict=True):
            if outcome.state is TrialState.FAIL:
                self._failed.add(trial.number)
            elif outcome.values is not None:
                self._ranks[trial.number] = (0, self._sign * outcome.values[0])
            else:  # pruned: after all that completed, and the better the later
                epoch, value = max(outcome.rungs.items(), default=(-1, 0.0))
                self._ranks[trial.number] = (1, -epoch, self._sign * value)

    def _history(self) -> _History | None:
        """Tell good trials from all others; None while there are too few."""
        if len(self._ranks) < self._question.sampler.n_startup_trials:
            return None
        good = set(sorted(self._ranks, key=self._ranks.__getitem__)[: default_gamma(len(self._ranks))])
        # What is on its way counts as poor, so that nothing is asked twice.
        others = sorted(self._params.keys() - good - self._failed)
        return _History(
            [self._params[number] for number in sorted(good)],
            [self._params[number] for number in others[-REMEMBERED:]],
        )

    def _fill(
        self,
        tree: Tree,
        path: str,
        members: Sequence[Params],
        history: _History | None,
        random: np.random.RandomState,
    ) -> None:
        """Draw the knobs of a tree for trials that have it, then those below the options that each chose."""
        # By name, for a space is the same whatever the order in which it was written.
        knobs = sorted(tree.items())
        names = {branch_name(path, name): knob for name, knob in knobs if not isinstance(knob, Fixed)}
        if not names:
            return
        space = {name: self._distributions[name] for name in names}
        drawn = (
            _uniform(space, len(members), random)
            if history is None
            else history.draw(space, len(members), random)
        )
        for member, values in zip(members, drawn, strict=True):
            member.update(values)
        for name, knob in names.items():
            if isinstance(knob, Choice):
                for option, below in knob.options.items():
                    having = [member for member in members if member[name] == option]
                    if having:
                        self._fill(below, branch_name(path, str(option)), having, history, random)


@dataclass(frozen=True, slots=True)
class _History:
    """The params of the trials that did well, and of all others, each in the order of their numbers."""

    good: Sequence[Mapping[str, ParamValue]]
    others: Sequence[Mapping[str, ParamValue]]

    def draw(
        self, space: Mapping[str, BaseDistribution], count: int, random: np.random.RandomState
    ) -> Iterator[Params]:
        """Draw the knobs of one branch as often as `count`, each the most promising of some candidates."""
        good, others = _seen(space, self.good), _seen(space, self.others)
        suggesting = _ParzenEstimator(good, dict(space), SHAPE)
        samples = suggesting.sample(random, CANDIDATES * count)
        likely = suggesting.log_pdf(samples)
        for some in np.array_split(
            np.arange(CANDIDATES * count).reshape(count, CANDIDATES), min(count, PARTS)
        ):
            rows = some.ravel()
            candidates = {name: values[rows] for name, values in samples.items()}
            unlikely = _ParzenEstimator(others, dict(space), SHAPE).log_pdf(candidates)
            best = (likely[rows] - unlikely).reshape(some.shape).argmax(axis=1)
            chosen = some[np.arange(len(some)), best]
            # They count as poor until they are known, so that a cohort isn't drawn to one place.
            others = {name: np.append(others[name], values[chosen]) for name, values in samples.items()}
            for row in chosen:
                yield {name: knob.to_external_repr(samples[name][row].item()) for name, knob in space.items()}


def _seen(
    space: Mapping[str, BaseDistribution], trials: Sequence[Mapping[str, ParamValue]]
) -> dict[str, NDArray[np.float64]]:
    """Return the values of a branch's knobs in the trials that have it, as Optuna's estimators take them."""
    having = [params for params in trials if space.keys() <= params.keys()]
    return {
        name: np.array([knob.to_internal_repr(params[name]) for params in having], dtype=np.float64)
        for name, knob in space.items()
    }


def _uniform(
    space: Mapping[str, BaseDistribution], count: int, random: np.random.RandomState
) -> Iterator[Params]:
    for point in random.random_sample((count, len(space))):
        yield {
            name: at_quantile(knob, float(u)) for (name, knob), u in zip(space.items(), point, strict=True)
        }
