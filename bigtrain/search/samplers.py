"""Samplers, made afresh for each cohort: what they ask depends on the seed and the past alone."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from bigtrain.config import SamplerConfig
from bigtrain.errors import ConfigError
from bigtrain.seeds import derive_seed
from bigtrain.space import Space


def make_sampler(config: SamplerConfig, space: Space, seed: int, first: int, count: int) -> BaseSampler:
    """Return the sampler that asks trials ``first`` to ``first + count - 1``.

    Parameters
    ----------
    config : SamplerConfig
        Which sampler, and its own options.
    space : Space
        What is searched.
    seed : int
        The sweep's seed.
    """
    if config.kind == "qmc":
        return PointSampler(first, _sobol_points(space, seed, first, count))
    if config.kind == "grid":
        return PointSampler(first, space.grid(config.points)[first : first + count])
    return _optunas(config, derive_seed(seed, "ask", first))


def _optunas(config: SamplerConfig, seed: int) -> BaseSampler:
    """Return one of Optuna's samplers: what it knows of the past is in the study."""
    if config.kind == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    if config.kind == "nsgaii":
        return optuna.samplers.NSGAIISampler(seed=seed)
    if config.kind == "cmaes":
        require("cmaes", "cmaes", "cmaes")
        return optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
    if config.kind == "gp":
        require("torch", "gp", "gp")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # of the argument: scores have no noise
            return optuna.samplers.GPSampler(
                seed=seed,
                n_startup_trials=config.n_startup_trials,
                deterministic_objective=True,
                warn_independent_sampling=False,
            )
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=config.n_startup_trials, constant_liar=True)


def last_trial(config: SamplerConfig, space: Space) -> int:
    """Return how many trials the sampler can give in all: without end but for a grid."""
    return len(space.grid(config.points)) if config.kind == "grid" else sys.maxsize


def require(package: str, kind: str, extra: str) -> None:
    """Refuse a sampler whose package isn't there: it is optional, and looked for only when it is wanted."""
    if importlib.util.find_spec(package) is None:
        raise ConfigError(
            f"this sampler needs the package {package}", where="sampler", received=kind,
            hint=f"pip install 'bigtrain[{extra}]', or choose another sampler",
        )  # fmt: skip


def _sobol_points(space: Space, seed: int, first: int, count: int) -> list[dict[str, Any]]:
    """Return points of the sweep's one scrambled Sobol sequence (Owen 1998) over all knobs.

    A trial's point depends on its number alone, so nothing has to be remembered between cohorts; a knob
    that doesn't exist in a trial leaves its coordinate unused.
    """
    from scipy.stats import qmc  # noqa: PLC0415 - slow, and for this sampler alone

    distributions = space.distributions()
    sequence = qmc.Sobol(max(len(distributions), 1), scramble=True, rng=derive_seed(seed, "sobol"))
    with warnings.catch_warnings():
        # A cohort is a part of the sequence: its own length being no power of two means nothing.
        warnings.filterwarnings("ignore", "The balance properties")
        points = sequence.random(first + count)[first:]
    return [
        {name: at_quantile(d, float(u)) for (name, d), u in zip(distributions.items(), point, strict=False)}
        for point in points
    ]


def at_quantile(distribution: BaseDistribution, u: float) -> Any:
    """Return the value of `distribution` below which the share `u` (0 to 1) of its uniform draws lie."""
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[min(int(u * len(distribution.choices)), len(distribution.choices) - 1)]
    if not isinstance(distribution, (FloatDistribution, IntDistribution)):
        raise TypeError(f"no quantiles for {distribution!r}")
    low, high, step = distribution.low, distribution.high, distribution.step
    whole = isinstance(distribution, IntDistribution)
    if whole and distribution.log:
        value = (low - 0.5) * ((high + 0.5) / (low - 0.5)) ** u
        return int(min(max(round(value), low), high))
    if step is not None:
        steps = round((high - low) / step)
        # 3 · 0.1 is a little more than 0.3
        value = min(low + step * min(int(u * (steps + 1)), steps), high)
        return int(value) if whole else float(value)
    return float(low * (high / low) ** u if distribution.log else low + u * (high - low))


class PointSampler(BaseSampler):
    """Gives each trial the point that stands for its number.

    Parameters
    ----------
    first : int
        Number of the trial that gets the first point.
    points : sequence of mapping
        Values by knob; those a trial doesn't ask for are unused.
    """

    def __init__(self, first: int, points: Sequence[Mapping[str, Any]]) -> None:
        self._first, self._points = first, points

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:  # noqa: ARG002
        """Return nothing: every knob is looked up by itself."""
        return {}

    def sample_relative(
        self,
        study: Study,  # noqa: ARG002
        trial: FrozenTrial,  # noqa: ARG002
        search_space: dict[str, BaseDistribution],  # noqa: ARG002
    ) -> dict[str, Any]:
        """Return nothing: every knob is looked up by itself."""
        return {}

    def sample_independent(
        self,
        study: Study,  # noqa: ARG002
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,  # noqa: ARG002
    ) -> Any:
        """Look up this trial's value of the knob."""
        return self._points[trial.number - self._first][param_name]
