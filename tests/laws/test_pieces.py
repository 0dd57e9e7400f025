"""Losses, penalties and refusals, each seen through single steps of the public estimator."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bigtrain import GradientRegressor, fit_cohort
from bigtrain.errors import ParameterError

from . import reference
from .problems import LOSSES, OPTIMIZERS, fixed, rate, table

RESIDUALS = (-40.0, -3.0, -1.2, -0.31, -1e-3, 2e-3, 0.29, 0.7, 2.5, 1000.0)


def one_step(y: list[float], **setting: Any) -> float:
    """Where one step of plain gd with rate 1 takes the intercept from zero: minus the mean slope."""
    model = GradientRegressor(
        **fixed(optimizer="gd", learning_rate=1.0, max_iter=1, batch_size=None, **setting)
    )
    return float(model.fit(np.zeros((len(y), 1)), np.array(y)).intercept_)


@pytest.mark.parametrize("r", RESIDUALS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_slope_is_the_derivative_of_its_loss(loss: str, r: float) -> None:
    """The step a loss takes is its central finite difference, away from kinks."""
    knobs = {"loss": loss, "huber_delta": 0.8, "quantile": 0.3, "epsilon_insensitive": 0.2}
    hyper = reference.Hyper(**knobs)  # type: ignore[arg-type]
    h = 1e-6 * max(1.0, abs(r))
    expected = (reference.loss_value(hyper, r + h) - reference.loss_value(hyper, r - h)) / (2 * h)
    assert one_step([r, r], **knobs) == pytest.approx(expected, rel=2e-4, abs=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_loss_curve_is_the_objective(loss: str) -> None:
    """The last point of the full-batch loss curve is J, the penalties included, at weights the fit passed."""
    X, y = table()
    knobs = {
        "loss": loss,
        "l1": 0.02,
        "l2": 0.03,
        "huber_delta": 0.8,
        "quantile": 0.3,
        "epsilon_insensitive": 0.2,
    }
    setting = fixed(optimizer="gd", learning_rate=0.05, batch_size=None, max_iter=5, **knobs)
    model = GradientRegressor(**setting).fit(X, y)
    hyper = reference.Hyper(optimizer="gd", learning_rate=0.05, **knobs)  # type: ignore[arg-type]
    passed = [[0.0] * 5, *reference.train(hyper, X.tolist(), y.tolist(), 5)]
    expected = [reference.objective(hyper, X.tolist(), y.tolist(), w) for w in passed]
    actual = [point[1] if np.ndim(point) else point for point in model.loss_curve_]
    assert len(actual) in (5, 6)
    assert any(np.allclose(actual, expected[i : i + len(actual)], rtol=1e-9) for i in (0, 1))


@pytest.mark.parametrize("extreme", [1e5, 1e150, -1e150])
@pytest.mark.parametrize("loss", ["huber", "log_cosh", "quantile", "epsilon_insensitive"])
def test_bounded_slopes_stay_bounded(loss: str, extreme: float) -> None:
    """A residual of any size takes a step of at most huber_delta or 1, with no overflow on the way."""
    assert 0 < abs(one_step([extreme, extreme], loss=loss)) <= 1.35


@pytest.mark.parametrize("v", [-2.0, -0.5, -0.1, 0.0, 0.05, 0.3, 4.0])
@pytest.mark.parametrize("l1", [0.0, 0.1, 0.5, 3.0])
def test_a_prox_minimises_its_definition(v: float, l1: float) -> None:
    """gd's step with rate 1 from zero on one feature is argmin_z (z - v)²/2 + l1 |z|, found by search."""
    X, y = np.array([[1.0], [-1.0]]), np.array([v, -v])
    setting = fixed(
        optimizer="gd", learning_rate=1.0, l1=l1, max_iter=1, batch_size=None, fit_intercept=False
    )
    z = float(GradientRegressor(**setting).fit(X, y).coef_[0])
    nearby = np.concatenate([np.linspace(-5, 5, 4001), [0.0, v, z]])
    values = (nearby - v) ** 2 / 2 + l1 * np.abs(nearby)
    assert (z - v) ** 2 / 2 + l1 * abs(z) == pytest.approx(values.min(), abs=1e-12)


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name != "lion"])
def test_a_strong_l1_leaves_nothing_but_the_intercept(optimizer: str) -> None:
    """Above the largest slope at zero every weight is exactly zero, under every proximal optimizer."""
    X, y = table(n=60)
    X = X - X.mean(axis=0)  # so that the intercept, on its way, tilts no weight
    strength = 1.5 * float(np.abs(X.T @ y).max()) / len(y)
    batch_size = None
    setting = fixed(
        optimizer=optimizer, learning_rate=rate(optimizer), l1=strength, max_iter=400, batch_size=batch_size
    )
    model = GradientRegressor(**setting).fit(X, y)
    assert not model.coef_.any()
    assert model.intercept_ != 0


def test_lion_refuses_a_proximal_l1_in_words() -> None:
    """A step by signs has no proximal counterpart: the error names both and says what to do."""
    X, y = table()
    with pytest.raises(ParameterError, match=r"lion.*l1.*subgradient|l1.*lion.*subgradient"):
        GradientRegressor("lion", l1=0.1).fit(X, y)


@pytest.mark.parametrize("plan", ["gram", "batch_gram"])
@pytest.mark.parametrize("loss", [name for name in LOSSES if name != "squared"])
def test_statistics_are_refused_for_losses_that_have_none(loss: str, plan: str) -> None:
    """Only the squared loss is a function of XᵀX: the others are refused by name under both plans."""
    X, y = table()
    with pytest.raises(ParameterError, match=loss):
        GradientRegressor(
            "adam", loss=loss, plan=plan, batch_size=None if plan == "gram" else 5, shuffle="batches"
        ).fit(X, y)


@pytest.mark.parametrize(
    ("plan", "batch_size", "shuffle"), [("gram", 5, "batches"), ("gram", 5, True), ("batch_gram", None, True)]
)
def test_a_plan_that_cannot_be_followed_is_refused(
    plan: str, batch_size: int | None, shuffle: bool | str
) -> None:
    """gram needs the full batch; batch_gram needs mini-batches."""
    X, y = table()
    with pytest.raises(ParameterError, match=plan):
        GradientRegressor("adam", plan=plan, batch_size=batch_size, shuffle=shuffle).fit(X, y)


def test_sparse_rows_are_summed_up_for_fixed_batches_alone() -> None:
    """batch_gram on a CSR matrix with batches drawn afresh is refused; auto takes the rows and says why."""
    X, y = table()
    setting: dict[str, Any] = {"optimizer": "adam", "batch_size": 5, "max_iter": 3, "tol": None}
    with pytest.raises(ParameterError, match=r"sparse.*shuffle='batches'"):
        GradientRegressor(**setting, plan="batch_gram").fit(csr_matrix(X), y)
    (model, *_) = fit_cohort(csr_matrix(X), y, [setting] * 16)
    assert model.plan_ == "rows"
    assert "sparse" in model.plan_reason_


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, 0.0, "fast", None, True])
def test_a_rate_out_of_bounds_is_refused_by_name(value: Any) -> None:
    """The error names the argument and shows the value."""
    X, y = table()
    with pytest.raises(ParameterError, match=r"learning_rate.*received"):
        GradientRegressor("adam", learning_rate=value).fit(X, y)
