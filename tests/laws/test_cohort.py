"""A cohort equals its members trained alone."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from bigtrain import fit_cohort

from .problems import LOSSES, OPTIMIZERS, Array, distance, rate, table, weights

PENALTIES: tuple[dict[str, float], ...] = ({}, {"l2": 0.05}, {"l1": 0.1, "l2": 0.02})
SCHEDULES = ("constant", "inverse_scaling", "step", "exponential", "cosine", "warmup_cosine", "adaptive")
TOLERANCE = {np.dtype("float64"): 1e-10, np.dtype("float32"): 1e-4}


def settings(
    *, loss: str, batch_size: int | None, shuffle: bool | str, epochs: int = 6
) -> list[dict[str, Any]]:
    """Every optimizer with every penalty, the other knobs taking turns."""
    table: list[dict[str, Any]] = []
    for k, (optimizer, penalty) in enumerate(itertools.product(OPTIMIZERS, PENALTIES)):
        if optimizer == "lion" and "l1" in penalty:
            continue
        table.append(
            {
                "optimizer": optimizer,
                "learning_rate": rate(optimizer) * (1 + k % 3) / 3,
                "schedule": SCHEDULES[k % len(SCHEDULES)],
                "loss": loss,
                "batch_size": None if optimizer == "gd" else batch_size,
                "shuffle": shuffle,
                "max_iter": epochs - k % 2,
                "tol": (None, 1e-2)[k % 2],
                "n_iter_no_change": 2,
                "average": k % 5 == 4,
                "fit_intercept": k % 7 != 6,
                "random_state": k % 4,
                **penalty,
            }
        )
    return table


def check_equal_alone(X: Array, y: Array, cohort: list[dict[str, Any]], **options: Any) -> None:
    """Every member of the cohort has the weights, the epochs and the end it has alone."""
    together = fit_cohort(X, y, cohort, **options)
    assert len(together) == len(cohort)
    for setting, member in zip(cohort, together, strict=True):
        (alone,) = fit_cohort(X, y, [setting], **options)
        assert distance(weights(alone), weights(member)) < TOLERANCE[X.dtype], setting
        assert (alone.n_iter_, alone.stop_reason_) == (member.n_iter_, member.stop_reason_), setting


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("batch_size", "shuffle"), [(None, True), (8, True), (8, "batches"), (8, False), (1, True)]
)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_cohort_equals_its_members_alone(
    loss: str, batch_size: int | None, shuffle: bool | str, dtype: Any
) -> None:
    """Whatever shares its matrix, a column ends where it ends alone, under the plan it is given."""
    X, y = (a.astype(dtype) for a in table(n=30, p=5))
    check_equal_alone(X, y, settings(loss=loss, batch_size=batch_size, shuffle=shuffle, epochs=4))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("plan", "batch_size", "shuffle"),
    [
        ("rows", None, True), ("gram", None, True), ("rows", 8, "batches"), ("batch_gram", 8, "batches"),
        ("rows", 8, True), ("batch_gram", 8, True),
    ],
)  # fmt: skip
def test_a_forced_plan_equals_alone_too(plan: str, batch_size: int | None, shuffle: bool | str) -> None:
    """The law holds under each plan that can be asked for."""
    X, y = table(n=40, p=5)
    cohort = settings(loss="squared", batch_size=batch_size, shuffle=shuffle)
    if plan == "batch_gram":
        cohort = [s for s in cohort if s["optimizer"] != "gd"]
    check_equal_alone(X, y, cohort, plan=plan)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_plans_agree() -> None:
    """The same settings end at the same weights under every plan that suits them."""
    X, y = table(n=40, p=5)
    mini = ("rows", "batch_gram", "auto")
    for batch_size, shuffle, plans in (
        (None, "batches", ("rows", "gram", "auto")), (8, "batches", mini), (8, True, mini),
    ):  # fmt: skip
        cohort = [
            s
            for s in settings(loss="squared", batch_size=batch_size, shuffle=shuffle)
            if s["optimizer"] != "gd"
        ]
        first, *others = ([weights(m) for m in fit_cohort(X, y, cohort, plan=plan)] for plan in plans)
        for other in others:
            assert max(map(distance, first, other)) < 1e-9


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_mixed_losses_and_batches_train_together() -> None:
    """One cohort may mix losses, batch sizes and shuffles, in any order."""
    X, y = table(n=30, p=4)
    mixed = [
        setting
        for loss, batch_size, shuffle in itertools.product(LOSSES, (None, 4, 8), (True, "batches", False))
        for setting in settings(loss=loss, batch_size=batch_size, shuffle=shuffle, epochs=3)[::7]
    ]
    np.random.default_rng(0).shuffle(mixed)  # type: ignore[arg-type]
    check_equal_alone(X, y, mixed)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("batch_size", "shuffle"), [(None, True), (8, True), (8, "batches"), (1, True)])
@pytest.mark.parametrize("loss", ["squared", "log_cosh"])
def test_early_stops_do_not_disturb_the_others(
    loss: str, batch_size: int | None, shuffle: bool | str
) -> None:
    """Columns that hold rows back, and stop by them, end where they do alone, and so do their neighbours."""
    X, y = table(n=50, p=5)
    cohort = [
        {**setting, "early_stopping": k % 3 != 0, "validation_fraction": 0.2 + 0.2 * (k % 2), "max_iter": 12}
        for k, setting in enumerate(settings(loss=loss, batch_size=batch_size, shuffle=shuffle))
    ]
    check_equal_alone(X, y, cohort)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("batch_size", [None, 8])
def test_the_order_of_a_cohort_does_not_matter(batch_size: int | None) -> None:
    """Reversing the settings reverses the answers."""
    X, y = table(n=50, p=5)
    cohort = settings(loss="squared", batch_size=batch_size, shuffle="batches")
    forwards = [weights(m) for m in fit_cohort(X, y, cohort)]
    backwards = [weights(m) for m in fit_cohort(X, y, cohort[::-1])][::-1]
    assert max(map(distance, forwards, backwards)) < TOLERANCE[X.dtype]
