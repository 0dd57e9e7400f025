"""Training stops for a reason that has a name, and says where."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from bigtrain import GradientRegressor

from . import reference
from .problems import distance, elastic_net_objective, fixed, table, weights


def values(curve: Any) -> np.ndarray[Any, Any]:
    """The values of a curve, given as values or as (epoch, value)."""
    return np.array([point[1] if np.ndim(point) else point for point in curve])


@pytest.mark.parametrize("batch_size", [None, 8])
def test_convergence_ends_before_the_last_epoch(batch_size: int | None) -> None:
    """With tol, training ends once the objective has stopped falling, near the optimum, without a warning."""
    X, y = table(n=64)
    model = GradientRegressor(
        "sgd", learning_rate=0.05, batch_size=batch_size, shuffle="batches", max_iter=5000, tol=1e-6, l2=0.01,
        random_state=0,
    ).fit(X, y)  # fmt: skip
    assert model.n_iter_ < 5000
    assert model.stop_reason_.name == "CONVERGED"
    assert "tol" in model.stop_reason_.sentence
    A = np.column_stack([X, np.ones(64)])
    exact = np.linalg.solve(A.T @ A / 64 + 0.02 * np.diag([1, 1, 1, 1, 0]), A.T @ y / 64)
    best, reached = (elastic_net_objective(X, y, w, 0, 0.01) for w in (exact, weights(model)))
    assert reached < best * (1.001 if batch_size is None else 1.2)


def test_running_out_of_epochs_warns_where_tol_was_asked() -> None:
    """max_iter reached with a tol gives scikit-learn's ConvergenceWarning and a reason of its own."""
    X, y = table()
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        model = GradientRegressor("gd", learning_rate=1e-4, max_iter=5, tol=1e-8, batch_size=None).fit(X, y)
    assert model.n_iter_ == 5
    assert "max_iter" in model.stop_reason_.sentence


def test_without_tol_every_epoch_is_taken_in_silence() -> None:
    """tol=None takes max_iter epochs even at the optimum, and has nothing to warn about."""
    X, y = table()
    model = GradientRegressor("gd", learning_rate=0.5, max_iter=700, tol=None, batch_size=None).fit(X, y)
    assert model.n_iter_ == 700
    assert len(values(model.loss_curve_)) in (700, 701)


def test_an_early_stop_watches_rows_it_does_not_train_on() -> None:
    """Where more training only fits the noise, the held-back part ends it, and its curve is kept."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 40))
    y = X[:, 0] + 3 * rng.normal(size=60)
    common = {"learning_rate": 0.1, "batch_size": None, "max_iter": 2000, "random_state": 0}
    stopped = GradientRegressor("gd", **common, early_stopping=True, validation_fraction=0.3, tol=1e-4).fit(
        X, y
    )
    curve = values(stopped.validation_curve_)
    assert stopped.n_iter_ < 2000
    assert len(curve) >= stopped.n_iter_
    assert np.argmin(curve) < len(curve) - 1
    assert "validation" in stopped.stop_reason_.sentence or "held" in stopped.stop_reason_.sentence
    fresh = rng.normal(size=(2000, 40))
    full = GradientRegressor("gd", **common, tol=None).fit(X, y)
    errors = [np.mean((fresh[:, 0] - m.predict(fresh)) ** 2) for m in (stopped, full)]
    assert errors[0] < errors[1]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("batch_size", [None, 5])
def test_averaging_is_the_mean_of_the_weights_passed(optimizer: str, batch_size: int | None) -> None:
    """average=True returns the mean of the iterates after every step (Polyak and Juditsky 1992)."""
    X, y = table(n=20)
    setting = {"optimizer": optimizer, "learning_rate": 0.05, "batch_size": batch_size}
    steps = 4 if batch_size else 1
    hyper = reference.Hyper(**setting)
    each_step = reference.train_by_step(hyper, X.tolist(), y.tolist(), 10)
    expected = np.mean(list(each_step), axis=0)
    model = GradientRegressor(**fixed(max_iter=10, average=True, **setting)).fit(X, y)
    assert model.n_iter_ * steps == 10 * steps
    assert distance(expected, weights(model)) < 1e-10
