"""Each optimizer, step by step, is its paper's: fifty steps against plain Python on floats."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from . import reference
from .problems import LOSSES, OPTIMIZERS, by_epoch, distance, fixed, rate, table

PENALTIES: dict[str, dict[str, Any]] = {
    "none": {},
    "l2": {"l2": 0.05},
    "l1": {"l1": 0.1},
    "both": {"l1": 0.05, "l2": 0.02},
    "subgradient": {"l1": 0.1, "l1_step": "subgradient"},
}
BATCHES = {"full": (None, 50), "mini": (5, 10)}
"""Batch size and epochs: 23 rows in batches of 5 make 5 steps an epoch, the last of 3 rows."""


def check(setting: dict[str, Any], epochs: int, tolerance: float = 1e-10, **program: Any) -> None:
    """The weights after every epoch equal the reference's."""
    X, y = table()
    hyper = reference.Hyper(**setting)
    expected = list(reference.train(hyper, X.tolist(), y.tolist(), epochs))
    actual = by_epoch(fixed(max_iter=epochs, **setting, **program), X, y)
    assert len(actual) == epochs
    assert max(map(distance, expected, actual)) < tolerance


@pytest.mark.parametrize(
    ("optimizer", "batch", "penalty"),
    [
        (optimizer, batch, penalty)
        for optimizer, batch, penalty in itertools.product(OPTIMIZERS, BATCHES, PENALTIES)
        if not (optimizer == "gd" and batch == "mini")  # gd is full batch by name
        and not (optimizer == "lion" and penalty in ("l1", "both"))  # it has no proximal step
    ],
)
def test_every_optimizer_follows_its_paper(optimizer: str, batch: str, penalty: str) -> None:
    """After each epoch the weights are those of the formula, whatever the batch and the penalty."""
    size, epochs = BATCHES[batch]
    check(
        {"optimizer": optimizer, "learning_rate": rate(optimizer), "batch_size": size, **PENALTIES[penalty]},
        epochs,
    )


@pytest.mark.parametrize(
    ("optimizer", "knobs"),
    [
        ("momentum", {"momentum": 0.5}),
        ("momentum", {"momentum": 0.0}),
        ("nesterov", {"momentum": 0.7}),
        ("adagrad", {"epsilon": 0.1}),
        ("adadelta", {"rho": 0.95, "epsilon": 1e-3}),
        ("rmsprop", {"rho": 0.99, "epsilon": 0.1}),
        *(
            (name, {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 0.1})
            for name in ("adam", "amsgrad", "adamax", "nadam")
        ),
        ("adam", {"beta_1": 0.0, "beta_2": 0.5}),
        ("adamw", {"weight_decay": 0.5, "epsilon": 1e-3}),
        ("adamw", {"weight_decay": 0.5, "l1": 0.1, "l2": 0.05}),
        ("lion", {"beta_1": 0.5, "beta_2": 0.8, "weight_decay": 0.5}),
    ],
)
@pytest.mark.parametrize("batch", BATCHES)
def test_every_knob_is_the_formulas(optimizer: str, knobs: dict[str, float], batch: str) -> None:
    """Each hyper-parameter acts where the formula has it, epsilon outside the root above all."""
    size, epochs = BATCHES[batch]
    check({"optimizer": optimizer, "learning_rate": rate(optimizer), "batch_size": size, **knobs}, epochs)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "rmsprop"])
@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_follows_its_slope(loss: str, batch: str, optimizer: str) -> None:
    """The steps on another loss are the same formula fed with that loss's slope."""
    size, epochs = BATCHES[batch]
    knobs = {"huber_delta": 0.8, "quantile": 0.3, "epsilon_insensitive": 0.2}
    check(
        {
            "optimizer": optimizer,
            "learning_rate": rate(optimizer),
            "batch_size": size,
            "loss": loss,
            "l1": 0.02,
            **knobs,
        },
        epochs,
    )


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize(
    ("optimizer", "plan", "batch"),
    [
        (optimizer, plan, batch)
        for optimizer in OPTIMIZERS
        for plan, batch in (("rows", "full"), ("rows", "mini"), ("gram", "full"), ("batch_gram", "mini"))
        if not (optimizer == "gd" and batch == "mini")
    ],
)
def test_every_plan_takes_the_same_steps(optimizer: str, plan: str, batch: str, fit_intercept: bool) -> None:
    """A forced plan changes how a step is computed, not the step."""
    size, epochs = BATCHES[batch]
    setting = {"optimizer": optimizer, "learning_rate": rate(optimizer), "batch_size": size, "l2": 0.05}
    check({**setting, "fit_intercept": fit_intercept}, epochs, plan=plan)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "momentum", "lion"])
def test_one_row_at_a_time(optimizer: str) -> None:
    """batch_size=1 takes one step per row, in the order of the rows."""
    check({"optimizer": optimizer, "learning_rate": rate(optimizer) / 5, "batch_size": 1, "l2": 0.01}, 3)


def test_gd_is_full_batch() -> None:
    """`gd` takes one step an epoch on all rows."""
    X, y = table()
    setting = {"optimizer": "gd", "learning_rate": 0.1}
    expected = list(reference.train(reference.Hyper(**setting), X.tolist(), y.tolist(), 5))
    actual = by_epoch(fixed(max_iter=5, **setting), X, y)
    assert max(map(distance, expected, actual)) < 1e-12


@pytest.mark.parametrize("plan", ["rows", "gram"])
@pytest.mark.parametrize("alpha", [0.01, 0.1, 0.3])
def test_gd_on_a_quadratic_has_a_closed_form(alpha: float, plan: str) -> None:
    """w_t = w* + (I - αH)^t (w_0 - w*), with H = AᵀA/n + 2 l2 I, A the rows and a one (without l2)."""
    X, y = table(n=40, p=3)
    l2 = 0.1
    A = np.column_stack([X, np.ones(len(y))])
    H = A.T @ A / len(y) + 2 * l2 * np.diag([1, 1, 1, 0])
    optimum = np.linalg.solve(H, A.T @ y / len(y))
    expected = [optimum - np.linalg.matrix_power(np.eye(4) - alpha * H, t) @ optimum for t in range(1, 51)]
    setting = fixed(optimizer="gd", learning_rate=alpha, l2=l2, max_iter=50, plan=plan, batch_size=None)
    assert max(map(distance, expected, by_epoch(setting, X, y))) < 1e-12


def test_fifty_iterations_are_fifty_steps() -> None:
    """batch_size=None, max_iter=50, tol=None takes exactly 50 steps, and the fifty-first would differ."""
    from bigtrain import GradientRegressor

    X, y = table()
    hyper = reference.Hyper(optimizer="adam", learning_rate=0.05)
    *_, fiftieth, next_one = reference.train(hyper, X.tolist(), y.tolist(), 51)
    model = GradientRegressor("adam", learning_rate=0.05, batch_size=None, max_iter=50, tol=None).fit(X, y)
    actual = [*model.coef_, model.intercept_]
    assert model.n_iter_ == 50
    assert distance(fiftieth, actual) < 1e-10
    assert distance(next_one, actual) > 1e-6
