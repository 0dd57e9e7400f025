"""Small tables to train on, and the few words the laws share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bigtrain import GradientRegressor

Array = NDArray[Any]

OPTIMIZERS = ("gd", "sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop",
              "adam", "amsgrad", "adamax", "nadam", "adamw", "lion")  # fmt: skip
LOSSES = ("squared", "huber", "log_cosh", "quantile", "epsilon_insensitive")

RATES = {"adadelta": 1.0, "adagrad": 0.3, "momentum": 0.01, "nesterov": 0.01, "lion": 0.02}
"""A rate at which fifty steps move the weights well and don't diverge; 0.05 for the others."""


def rate(optimizer: str) -> float:
    """The rate of `RATES`, or 0.05."""
    return RATES.get(optimizer, 0.05)


def table(n: int = 23, p: int = 4, seed: int = 0, noise: float = 0.5) -> tuple[Array, Array]:
    """Rows of normal features with a sparse linear target and an intercept."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    w = rng.normal(size=p) * 2 * (np.arange(p) % 3 != 1)
    return X, X @ w + 1.5 + noise * rng.normal(size=n)


def weights(model: GradientRegressor) -> Array:
    """The coefficients and, last, the intercept, as one vector."""
    return np.append(model.coef_, model.intercept_)


def fixed(**setting: Any) -> dict[str, Any]:
    """A setting that takes every step it is given, on batches in the order of the rows."""
    return {"tol": None, "shuffle": False, **setting}


def by_epoch(setting: Mapping[str, Any], X: Array, y: Array) -> list[Array]:
    """The weights after each epoch of one fit."""
    model = GradientRegressor(**setting)
    return [weights(model).copy() for _ in model.fit_epochs(X, y)]


def distance(expected: Any, actual: Any) -> float:
    """The largest difference, relative to the largest expected size."""
    expected, actual = np.asarray(expected, dtype=float), np.asarray(actual, dtype=float)
    return float(np.max(np.abs(expected - actual)) / max(np.max(np.abs(expected)), 1e-300))


def elastic_net_objective(X: Array, y: Array, w: Sequence[float] | Array, l1: float, l2: float) -> float:
    """J(w, b) = 1/(2n) Σ r² + l1 Σ|w| + l2 Σw², with b last in `w`."""
    coef, b = np.asarray(w)[:-1], np.asarray(w)[-1]
    return float(np.mean((y - X @ coef - b) ** 2) / 2 + l1 * np.abs(coef).sum() + l2 * (coef**2).sum())
