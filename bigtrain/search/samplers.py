"""Samplers, made afresh for each cohort: what they ask depends on the seed and the past alone."""

from __future__ import annotations

import importlib.util
import sys
import warnings

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler

from bigtrain.config import SamplerConfig
from bigtrain.errors import ConfigError
from bigtrain.seeds import derive_seed
from bigtrain.space import Space


def make_sampler(config: SamplerConfig, seed: int, first: int) -> BaseSampler:
    """Return the sampler of Optuna's that asks the trials from ``first`` on: the past is in its study.

    Parameters
    ----------
    config : SamplerConfig
        Which sampler, and its own options.
    seed : int
        The sweep's seed.
    first : int
        The number of the first of them.
    """
    seed = derive_seed(seed, "ask", first)
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
