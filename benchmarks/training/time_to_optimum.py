"""How long until the objective is near its optimum, one setting each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.linear_model import SGDRegressor

from benchmarks.table import Cell, Table, times
from benchmarks.timing import side_by_side
from benchmarks.training.workloads import Array, table
from bigtrain import GradientRegressor

EPOCHS = (1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 64, 80, 100, 130, 160, 200, 300, 400)
TARGET = 1e-4

Maker = Callable[[int], Any]


def run(quick: bool) -> Table:
    """Find the fewest epochs that reach the target, then time a whole fit of so many."""
    X, y = table(600 if quick else 20_640, 9)
    target = 1e-1 if quick else TARGET
    rivals = fewest(sgd_candidates(), X, y, target)
    ours = fewest(our_candidates(), X, y, target)
    timings = side_by_side(
        {
            name: (lambda make=make, count=count: make(count).fit(X, y))
            for name, (make, count) in {**rivals, **ours}.items()
        },
        rounds=1 if quick else 15,
    )
    tuned = timings.best(*(name for name in rivals if "averaged" not in name and "invscaling" in name))
    fastest = timings.best(*rivals)

    def row(name: str, count: int) -> dict[str, Cell]:
        mine = name in ours
        return {
            "model": name,
            "epochs": count,
            "ms": timings.median(name) * 1e3,
            "against the best eta0": times(timings.ratio(tuned, name)) if mine else None,
            "bar": "≥ 5×" if mine else None,
            "against the best of all": times(timings.ratio(fastest, name)) if mine else None,
        }

    return Table(
        title="Time to the optimum",
        compared="Milliseconds of a fit with the fewest epochs after which the mean squared error is "
        f"within {TARGET:g} of least squares' ({len(y):,} × 9 rows); ours at settings chosen beforehand, "
        "`SGDRegressor` with its own schedule at the best eta0, and at the best of "
        f"{len(sgd_candidates())} rates, schedules and averages.",
        differs="The search for the best rate is free for the rival here; in life it is most of the cost. "
        "Least squares itself is one solve: see the exact answers.",
        rows=[
            *(row(name, rivals[name][1]) for name in dict.fromkeys((tuned, fastest))),
            *(row(name, count) for name, (_, count) in ours.items()),
        ],
    )


def our_candidates() -> dict[str, Maker]:
    """Return our settings: full batch and mini-batch, none of them tuned to this table."""
    return {
        "the defaults (momentum, full batch)": lambda k: GradientRegressor(max_iter=k, tol=None),
        "gd, full batch, learning_rate=0.3": lambda k: GradientRegressor(
            "gd", learning_rate=0.3, batch_size=None, max_iter=k, tol=None
        ),
        "adam, full batch, learning_rate=0.1": lambda k: GradientRegressor(
            "adam", learning_rate=0.1, batch_size=None, max_iter=k, tol=None
        ),
        "adam, batch 256, learning_rate=0.01, cosine": lambda k: GradientRegressor(
            "adam",
            learning_rate=0.01,
            schedule="cosine",
            batch_size=256,
            shuffle="batches",
            max_iter=k,
            tol=None,
            random_state=0,
        ),
    }


def sgd_candidates() -> dict[str, Maker]:
    """Return `SGDRegressor` over rates, schedules and averaging."""

    def maker(eta0: float, schedule: str, average: bool) -> Maker:
        return lambda k: SGDRegressor(
            penalty=None,
            eta0=eta0,
            learning_rate=schedule,
            average=average,
            max_iter=k,
            tol=None,
            random_state=0,
        )

    return {
        f"SGDRegressor, {schedule}, eta0={eta0:g}{', averaged' if average else ''}": maker(
            eta0, schedule, average
        )
        for schedule in ("constant", "invscaling")
        for eta0 in (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
        for average in (False, True)
    }


def fewest(makers: dict[str, Maker], X: Array, y: Array, target: float) -> dict[str, tuple[Maker, int]]:
    """Return the candidates that reach the target, each with its fewest epochs."""
    best = mean_squared_error(least_squares(X, y), X, y)

    def reaches(make: Maker, count: int) -> bool:
        model = make(count).fit(X, y)
        weights = np.append(model.coef_, model.intercept_)
        return mean_squared_error(weights, X, y) <= best * (1 + target)

    found = {name: next((k for k in EPOCHS if reaches(make, k)), 0) for name, make in makers.items()}
    return {name: (makers[name], count) for name, count in found.items() if count}


def least_squares(X: Array, y: Array) -> Array:
    """Return the weights and the intercept of least squares."""
    return np.linalg.lstsq(np.column_stack([X, np.ones(len(y))]), y, rcond=None)[0]


def mean_squared_error(weights: Array, X: Array, y: Array) -> float:
    """Return the mean squared error of weights with the intercept last."""
    return float(np.mean((y - X @ weights[:-1] - weights[-1]) ** 2))
