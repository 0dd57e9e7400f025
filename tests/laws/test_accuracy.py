"""Badly scaled rows: right, or refused, or diverged by name; never silently wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score

from bigtrain import GradientRegressor, fit_cohort
from bigtrain.errors import ParameterError

from .problems import OPTIMIZERS, Array, distance, weights

ADDITIVE = ("gd", "sgd", "momentum", "nesterov")
"""Their steps scale with the slope, so a feature of size 1e4 blows them up at everyday rates."""


def badly_scaled(n: int = 200) -> tuple[Array, Array]:
    """Eight features of sizes 1 to 1e4, all of which count."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 8))
    y = X.sum(axis=1) + 0.1 * rng.normal(size=n)
    return X * np.logspace(0, 4, 8), y


@pytest.mark.parametrize("batch_size", [None, 1, 16])
@pytest.mark.parametrize("shuffle", [True, "batches"])
def test_divergence_has_a_name(batch_size: int | None, shuffle: bool | str) -> None:
    """Where a step explodes the fit says so in `stop_reason_` and in a warning, and keeps finite weights."""
    X, y = badly_scaled()
    for optimizer in ADDITIVE:
        size = None if optimizer == "gd" else batch_size
        model = GradientRegressor(
            optimizer, learning_rate=0.01, batch_size=size, shuffle=shuffle, max_iter=50, random_state=0
        )
        with pytest.warns(ConvergenceWarning, match=r"(?i)diverge"):
            model.fit(X, y)
        assert (
            "diverge" in str(model.stop_reason_).lower() or "diverge" in model.stop_reason_.sentence.lower()
        )
        assert np.isfinite(model.coef_).all()
        assert np.isfinite(model.predict(X)).all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("rate", [1e-3, 0.1, 10.0])
def test_no_optimizer_returns_rubbish_silently(rate: float, batch_size: int | None) -> None:
    """Every optimizer either diverges by name or ends no worse than where it began."""
    X, y = badly_scaled()
    settings = [
        {"optimizer": name, "learning_rate": rate, "batch_size": None if name == "gd" else batch_size,
         "max_iter": 30, "tol": None, "random_state": 0}
        for name in OPTIMIZERS
    ]  # fmt: skip
    for setting, model in zip(settings, fit_cohort(X, y, settings), strict=True):
        named = "diverge" in model.stop_reason_.sentence.lower()
        assert named or r2_score(y, model.predict(X)) > -1e6, setting["optimizer"]
        assert np.isfinite(weights(model)).all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_diverged_column_does_not_touch_its_neighbours() -> None:
    """Columns beside one that explodes are those trained without it."""
    X, y = badly_scaled()
    X = X / X.std(axis=0)
    good = {
        "optimizer": "sgd",
        "learning_rate": 0.01,
        "batch_size": 16,
        "max_iter": 20,
        "tol": None,
        "random_state": 0,
    }
    bad = {**good, "learning_rate": 1e6}
    together = fit_cohort(X, y, [good, bad, {**good, "optimizer": "adam"}, {**bad, "optimizer": "momentum"}])
    alone = fit_cohort(X, y, [good, {**good, "optimizer": "adam"}])
    assert ["diverge" in m.stop_reason_.sentence.lower() for m in together] == [False, True, False, True]
    for one, other in zip(alone, together[::2], strict=True):
        assert distance(weights(one), weights(other)) < 1e-10


@pytest.mark.parametrize("shuffle", [True, "batches"])
def test_features_of_very_different_sizes_keep_to_the_rows(shuffle: bool | str) -> None:
    """Their products would lose digits: batch_gram is refused, auto takes the rows, and both say why."""
    X, y = badly_scaled()
    setting: dict[str, Any] = {"optimizer": "adam", "batch_size": 64, "shuffle": shuffle, "max_iter": 3}
    with pytest.raises(ParameterError, match=r"lose digits.*received 'batch_gram'"):
        GradientRegressor(**setting, plan="batch_gram").fit(X, y)
    (model, *_) = fit_cohort(X, y, [{**setting, "tol": None}] * 16)
    assert model.plan_ == "rows"
    assert "lose digits" in model.plan_reason_


@pytest.mark.parametrize(
    ("plan", "batch_size"), [("gram", None), ("batch_gram", 64), ("auto", None), ("auto", 64)]
)
@pytest.mark.parametrize("shuffle", [True, "batches"])
@pytest.mark.parametrize("offset", [0.0, 1e3, 1e6, 1e8])
def test_statistics_never_cost_accuracy(
    plan: str, batch_size: int | None, offset: float, shuffle: bool | str
) -> None:
    """Features far from zero square the condition number: statistics agree with the rows or are refused."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4)) + offset * np.array([0, 1, 0, 1])
    y = X @ np.array([1.0, 2.0, -1.0, 0.5]) + rng.normal(size=200)
    setting: dict[str, Any] = {
        "optimizer": "adam", "learning_rate": 0.01, "batch_size": batch_size, "shuffle": shuffle,
        "max_iter": 60, "tol": None, "random_state": 0,
    }  # fmt: skip
    rows = GradientRegressor(**setting, plan="rows").fit(X, y)
    by_statistics = GradientRegressor(**setting, plan=plan)
    if plan != "auto" and offset > 1e5:
        with pytest.raises(ParameterError, match=plan):
            by_statistics.fit(X, y)
        return
    predictions = by_statistics.fit(X, y).predict(X)
    spread = np.abs(rows.predict(X) - y).max()
    assert np.abs(rows.predict(X) - predictions).max() < 1e-6 * spread
