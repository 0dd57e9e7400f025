"""Schedules hit their known points, and the steps they scale are the papers'."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bigtrain import GradientRegressor

from . import reference
from .problems import by_epoch, distance, fixed, table, weights

EPOCHS, STEPS_AN_EPOCH = 12, 5
TOTAL = EPOCHS * STEPS_AN_EPOCH


def warmup_then_cosine(done: int, share: float) -> float:
    """Up to 1 in a straight line over the first share of the steps, then half a cosine over the rest."""
    rise = share * TOTAL
    if done < rise:
        return (done + 1) / rise
    return (1 + math.cos(math.pi * (done - rise) / (TOTAL - rise))) / 2


FACTORS: dict[str, tuple[dict[str, Any], Callable[[int], float]]] = {
    "constant": ({}, lambda _: 1.0),
    "inverse_scaling": ({"power_t": 0.7}, lambda done: (done + 1) ** -0.7),
    "step": ({"decay": 0.5, "decay_every": 3}, lambda done: 0.5 ** (done // STEPS_AN_EPOCH // 3)),
    "exponential": ({"decay": 0.5, "decay_every": 3}, lambda done: 0.5 ** (done / STEPS_AN_EPOCH / 3)),
    "cosine": ({}, lambda done: (1 + math.cos(math.pi * done / TOTAL)) / 2),
    "warmup_cosine": ({"warmup": 0.25}, lambda done: warmup_then_cosine(done, 0.25)),
}
"""By schedule: its knobs, and its factor after `done` steps, from 0."""


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "nadam"])
@pytest.mark.parametrize("schedule", FACTORS)
def test_every_schedule_scales_the_step(schedule: str, optimizer: str) -> None:
    """A trajectory under a schedule is the reference's with that factor on the rate, the prox included."""
    X, y = table()
    knobs, factor = FACTORS[schedule]
    setting = {"optimizer": optimizer, "learning_rate": 0.02, "l1": 0.05, "batch_size": 5}
    hyper = reference.Hyper(**setting)
    expected = reference.train(hyper, X.tolist(), y.tolist(), EPOCHS, rate=lambda t: 0.02 * factor(t - 1))
    actual = by_epoch(fixed(max_iter=EPOCHS, schedule=schedule, **knobs, **setting), X, y)
    assert max(map(distance, expected, actual)) < 1e-10


@pytest.mark.parametrize("plan", ["rows", "gram"])
@pytest.mark.parametrize("schedule", FACTORS)
def test_full_batch_factors_are_read_off_single_steps(schedule: str, plan: str) -> None:
    """With gd and one feature of mean square 1, 1 - (w_t - w*)/(w_{t-1} - w*) is the rate at step t."""
    X, y = np.array([[1.0], [-1.0]]), np.array([2.0, -2.0])
    knobs, factor = FACTORS[schedule]
    setting = fixed(
        optimizer="gd",
        learning_rate=0.3,
        batch_size=None,
        max_iter=TOTAL,
        schedule=schedule,
        plan=plan,
        **knobs,
    )
    path = [0.0, *(float(w[0]) for w in by_epoch(setting, X, y))]
    read = [1 - (after - 2) / (before - 2) for before, after in itertools.pairwise(path)]
    per_step = {"step": lambda t: 0.5 ** (t // 3), "exponential": lambda t: 0.5 ** (t / 3)}.get(
        schedule, factor
    )
    assert np.allclose([0.3 * per_step(t) for t in range(TOTAL)], read, rtol=1e-6, atol=1e-9)


@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"
)  # the constant rate never settles
@pytest.mark.parametrize("plan", ["rows", "gram"])
def test_adaptive_divides_when_the_objective_stalls(plan: str) -> None:
    """A rate too large to settle falls by itself until training converges, where a constant one doesn't."""
    X, y = table(n=60)
    common = {
        "optimizer": "lion",
        "learning_rate": 0.5,
        "batch_size": None,
        "max_iter": 400,
        "tol": 1e-6,
        "plan": plan,
    }
    adaptive, constant = (
        GradientRegressor(**common, schedule=schedule, decay=0.2).fit(X, y)
        for schedule in ("adaptive", "constant")
    )
    A = np.column_stack([X, np.ones(len(y))])
    exact = np.linalg.lstsq(A, y, rcond=None)[0]
    assert distance(exact, weights(adaptive)) < 0.01
    assert distance(exact, weights(constant)) > 0.05
