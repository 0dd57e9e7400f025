"""Training ends where the optimum is, measured against exact solvers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, HuberRegressor, QuantileRegressor

from bigtrain import GradientRegressor, fit_cohort

from .problems import Array, distance, elastic_net_objective, table, weights

PROXIMAL = ("gd", "sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop",
            "adam", "amsgrad", "adamax", "nadam", "adamw")  # fmt: skip
L1, L2 = 0.3, 0.05
RATES = {"gd": 0.5, "sgd": 0.5, "momentum": 0.1, "nesterov": 0.1, "adagrad": 0.5, "adadelta": 5.0}


def sparse_table() -> tuple[Array, Array]:
    """200 rows of 20 features, five of which count."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(200, 20))
    return X, X[:, :5] @ np.array([3.0, -2.0, 1.5, -1.0, 2.5]) + 0.7 + rng.normal(size=200)


def long_run(**setting: Any) -> dict[str, Any]:
    """A full-batch setting with a rate that decays to nothing, run to its end."""
    return {"batch_size": None, "schedule": "cosine", "max_iter": 3000, "tol": None, **setting}


@pytest.mark.parametrize("optimizer", PROXIMAL)
def test_elastic_net_is_reached_by_every_proximal_optimizer(optimizer: str) -> None:
    """Objective within 1e-6 of coordinate descent's and the same zeros, under every optimizer."""
    X, y = sparse_table()
    exact = ElasticNet(alpha=L1 + 2 * L2, l1_ratio=L1 / (L1 + 2 * L2), tol=1e-12, max_iter=100_000).fit(X, y)
    setting = long_run(optimizer=optimizer, learning_rate=RATES.get(optimizer, 0.05), l1=L1, l2=L2)
    (model,) = fit_cohort(X, y, [setting])
    best, reached = (elastic_net_objective(X, y, w, L1, L2) for w in (weights(exact), weights(model)))
    assert best * (1 - 1e-12) <= reached < best * (1 + 1e-6)
    assert np.array_equal(exact.coef_ == 0, model.coef_ == 0)
    assert 0 < np.sum(exact.coef_ == 0) < 20


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "nesterov"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_ridge_is_the_closed_form(optimizer: str, fit_intercept: bool) -> None:
    """(AᵀA/n + 2 l2 I) w = Aᵀy/n, the intercept unpenalised, to 1e-8."""
    X, y = sparse_table()
    A = np.column_stack([X, np.ones(len(y))]) if fit_intercept else X
    penalty = 2 * L2 * np.eye(A.shape[1])
    penalty[20:] = 0
    exact = np.linalg.solve(A.T @ A / len(y) + penalty, A.T @ y / len(y))
    model = GradientRegressor(
        optimizer, learning_rate=RATES[optimizer], l2=L2, batch_size=None, max_iter=1000, tol=None,
        fit_intercept=fit_intercept,
    ).fit(X, y)  # fmt: skip
    assert distance(exact, weights(model)[: len(exact)]) < 1e-8


@pytest.mark.parametrize("optimizer", ["gd", "adam"])
def test_huber_is_scikit_learns(optimizer: str) -> None:
    """HuberRegressor at its own fitted scale σ: huber_delta = ε σ and l2 = α σ / (2 n)."""
    X, y = table(n=200, p=5)
    y[::17] += 20
    exact = HuberRegressor(epsilon=1.5, alpha=0.1, tol=1e-9, max_iter=10_000).fit(X, y)
    setting = long_run(
        optimizer=optimizer, learning_rate=RATES.get(optimizer, 0.05), loss="huber",
        huber_delta=1.5 * exact.scale_, l2=0.1 * exact.scale_ / (2 * len(y)),
    )  # fmt: skip
    (model,) = fit_cohort(X, y, [setting])
    assert distance(weights(exact), weights(model)) < 1e-5


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.8])
def test_quantile_is_scikit_learns(quantile: float) -> None:
    """The mean pinball loss ends within 1e-3 of the linear program's, and the share of rows below fits."""
    X, y = table(n=200, p=5)
    exact = QuantileRegressor(quantile=quantile, alpha=0.01).fit(X, y)
    setting = long_run(
        optimizer="adam", learning_rate=0.05, loss="quantile", quantile=quantile, l1=0.01, max_iter=6000
    )
    (model,) = fit_cohort(X, y, [setting])
    best, reached = (pinball_objective(X, y, weights(m), quantile) for m in (exact, model))
    assert best * (1 - 1e-9) <= reached < best * (1 + 1e-3)
    assert abs(np.mean(y < model.predict(X)) - quantile) < 0.05


def pinball_objective(X: Array, y: Array, w: Array, quantile: float, l1: float = 0.01) -> float:
    """QuantileRegressor's objective: the mean pinball loss plus alpha Σ|w|."""
    r = y - X @ w[:-1] - w[-1]
    return float(np.mean(np.maximum(quantile * r, (quantile - 1) * r)) + l1 * np.abs(w[:-1]).sum())


@pytest.mark.parametrize("batch_size", [16, 64])
@pytest.mark.parametrize("shuffle", [True, "batches"])
def test_mini_batches_with_a_decaying_rate_come_close(batch_size: int, shuffle: bool | str) -> None:
    """Noise goes with the rate: the objective of least squares is reached within 3e-3."""
    X, y = sparse_table()
    A = np.column_stack([X, np.ones(len(y))])
    exact = np.linalg.lstsq(A, y, rcond=None)[0]
    setting = long_run(
        optimizer="sgd", learning_rate=0.05, batch_size=batch_size, shuffle=shuffle, max_iter=300
    )
    (model,) = fit_cohort(X, y, [{**setting, "random_state": 0}])
    best, reached = (elastic_net_objective(X, y, w, 0, 0) for w in (exact, weights(model)))
    assert reached < best * (1 + 3e-3)
