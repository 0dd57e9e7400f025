"""Settings drawn at random, every knob at once: what single tables of knobs can't see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bigtrain import fit_cohort

from . import reference
from .problems import LOSSES, OPTIMIZERS, distance, rate, table, weights

SIZES = (None, 1, 4, 5, 12, 40)


def draw(rng: np.random.Generator) -> dict[str, Any]:
    """Return a setting within what the reference knows, of moderate rates."""
    optimizer = str(rng.choice(OPTIMIZERS))
    subgradient = optimizer == "lion" or rng.random() < 0.2
    return {
        "optimizer": optimizer,
        "learning_rate": rate(optimizer) * 10 ** float(rng.uniform(-1.5, 0)),
        "momentum": rng.uniform(0, 0.95),
        "beta_1": rng.uniform(0, 0.95),
        "beta_2": rng.uniform(0.5, 0.999),
        "rho": rng.uniform(0.5, 0.99),
        "epsilon": 10 ** float(rng.uniform(-8, -1)),
        "weight_decay": 0.3 * bool(rng.random() < 0.5 and optimizer in ("adamw", "lion")),
        "l1": 0.02 * bool(rng.random() < 0.5),
        "l2": 0.03 * bool(rng.random() < 0.5),
        "l1_step": "subgradient" if subgradient else "proximal",
        "loss": str(rng.choice(LOSSES)),
        "huber_delta": rng.uniform(0.3, 3),
        "quantile": rng.uniform(0.1, 0.9),
        "epsilon_insensitive": rng.uniform(0, 0.5),
        "batch_size": None if optimizer == "gd" else SIZES[rng.integers(len(SIZES))],
        "fit_intercept": bool(rng.random() < 0.7),
    }


def check(seed: int, count: int) -> None:
    """Train `count` drawn settings together, and each by the reference."""
    rng = np.random.default_rng(seed)
    X, y = table(n=int(rng.integers(2, 40)), p=int(rng.integers(1, 7)), seed=seed)
    drawn = [draw(rng) for _ in range(count)]
    powers = rng.uniform(0, 1, size=count).tolist()
    settings = [
        {**s, "schedule": "inverse_scaling", "power_t": power, "shuffle": False, "max_iter": 5, "tol": None}
        for s, power in zip(drawn, powers, strict=True)
    ]
    for setting, power, model in zip(drawn, powers, fit_cohort(X, y, settings), strict=True):
        *_, expected = reference.train(
            reference.Hyper(**setting), X.tolist(), y.tolist(), 5,
            rate=lambda t, s=setting, power=power: s["learning_rate"] * t**-power,
        )  # fmt: skip
        assert distance(expected, weights(model)) < 1e-8, setting


def draw_mini_batches(rng: np.random.Generator) -> dict[str, Any]:
    """Return a setting that has products of its batches: the squared loss on mini-batches, any stopping."""
    setting = draw(rng)
    return {
        **setting,
        "optimizer": "sgd" if setting["optimizer"] == "gd" else setting["optimizer"],
        "loss": "squared",
        "batch_size": int(rng.integers(1, 13)),
        "shuffle": (True, True, "batches", False)[rng.integers(4)],
        "average": bool(rng.random() < 0.2),
        "early_stopping": bool(rng.random() < 0.3),
        "tol": (None, 1e-2)[rng.integers(2)],
        "n_iter_no_change": 2,
        "max_iter": int(rng.integers(1, 9)),
        "random_state": int(rng.integers(2)),
    }


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("seed", range(8))
def test_products_of_batches_are_their_rows(seed: int) -> None:
    """Batches of any size, drawn afresh or not, weighted rows, several targets: one answer under both plans.

    The weights, the objective of each epoch, the losses on held-back rows, the epochs and the end.
    """
    rng = np.random.default_rng(seed)
    X, y = table(n=int(rng.integers(15, 60)), p=int(rng.integers(1, 30)), seed=seed)
    Y = np.column_stack([y, np.sin(y) - X[:, 0]]) if seed % 2 else y
    weight = rng.uniform(0.2, 3, size=len(y)) if seed % 3 else None
    settings = [draw_mini_batches(rng) for _ in range(90)]
    rows, products = (
        fit_cohort(X, Y, settings, sample_weight=weight, plan=plan) for plan in ("rows", "batch_gram")
    )
    for setting, one, other in zip(settings, rows, products, strict=True):
        assert (one.n_iter_, one.stop_reason_) == (other.n_iter_, other.stop_reason_), setting
        assert distance(weights(one), weights(other)) < 1e-10, setting
        for expected, actual in (
            (one.loss_curve_, other.loss_curve_), (one.validation_curve_, other.validation_curve_),
        ):  # fmt: skip
            assert [epoch for epoch, _ in expected] == [epoch for epoch, _ in actual]
            np.testing.assert_allclose([v for _, v in actual], [v for _, v in expected], rtol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_any_setting_is_the_reference(seed: int) -> None:
    """Forty settings drawn at random train together, and each ends where its formulas do."""
    check(seed, 40)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_very_many_settings_are_the_reference(seed: int) -> None:
    """The same over a hundred tables."""
    check(seed, 60)
