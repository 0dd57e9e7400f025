"""The tables and settings that the training benchmarks share."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bigtrain import fit_cohort

Array: TypeAlias = NDArray[Any]
Fold: TypeAlias = tuple[NDArray[np.intp], NDArray[np.intp]]

MINI_BATCH = ("sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop",
              "adam", "amsgrad", "adamax", "nadam", "adamw", "lion")  # fmt: skip


def table(n: int, p: int, seed: int = 0) -> tuple[Array, Array]:
    """Standardised, correlated features, a third of which count, and a noisy target of variance near 1."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) + 0.7 * rng.standard_normal((n, 1))
    X = np.ascontiguousarray((X - X.mean(0)) / X.std(0))
    w = rng.standard_normal(p) * (np.arange(p) % 3 == 0)
    signal = X @ w
    y = 0.8 * signal / signal.std() + 0.6 * rng.standard_normal(n)
    return X, y


def make_folds(n: int, k: int = 5) -> list[Fold]:
    """Return k folds of adjacent rows: (training rows, held-out rows)."""
    parts = np.array_split(np.arange(n), k)
    return [(np.concatenate([*parts[:i], *parts[i + 1 :]]), parts[i]) for i in range(k)]


def mixed_settings(count: int, **common: Any) -> list[dict[str, Any]]:
    """Return settings that take turns through twelve optimizers, each with its own rate and penalties."""
    rates = np.geomspace(1e-4, 1e-2, count)
    return [
        {
            "optimizer": MINI_BATCH[k % 12],
            "learning_rate": float(rates[k]),
            "l1": 0.0 if MINI_BATCH[k % 12] == "lion" else 1e-4,
            "l2": 1e-4,
            "tol": None,
            "random_state": 0,
            **common,
        }
        for k in range(count)
    ]


def plain_sgd(count: int, **common: Any) -> list[dict[str, Any]]:
    """Return settings of plain SGD on single rows, from slow to fast rates."""
    return [
        {
            "optimizer": "sgd",
            "learning_rate": float(rate),
            "batch_size": 1,
            "tol": None,
            "random_state": 0,
            **common,
        }
        for rate in np.geomspace(1e-5, 1e-3, count)
    ]


def adam_with_l1(count: int, steps: int) -> list[dict[str, Any]]:
    """Return full-batch Adam settings of `steps` steps over a grid of rates and l1 strengths."""
    rng = np.random.default_rng(1)
    return [
        {
            "optimizer": "adam",
            "learning_rate": float(rate),
            "l1": float(l1),
            "batch_size": None,
            "max_iter": steps,
            "tol": None,
        }
        for rate, l1 in zip(10 ** rng.uniform(-2.5, -1, count), 10 ** rng.uniform(-4, -1, count), strict=True)
    ]


def fold_scores(X: Array, y: Array, settings: list[dict[str, Any]], folds: list[Fold]) -> Array:
    """Return our held-out mean squared errors (folds, settings), from raw rows."""
    return np.asarray(fit_cohort(X, y, settings, folds=folds, curves=False).scores).T
