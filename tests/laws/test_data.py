"""What the rows may be: weighted, sparse, single precision, many targets; and what must not matter."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from bigtrain import GradientRegressor, fit_cohort

from .problems import LOSSES, OPTIMIZERS, distance, fixed, rate, table, weights

EVERY_OPTIMIZER = [
    {"optimizer": name, "learning_rate": rate(name), "max_iter": 8, "tol": None} for name in OPTIMIZERS
]


def cohort(batch_size: int | None, **common: Any) -> list[dict[str, Any]]:
    """Every optimizer on batches of one size (gd on all rows)."""
    return [
        {**s, **common, "random_state": 5, "batch_size": None if s["optimizer"] == "gd" else batch_size}
        for s in EVERY_OPTIMIZER
    ]


@pytest.mark.parametrize("plan", ["rows", "gram"])
def test_integer_weights_are_repeated_rows(plan: str) -> None:
    """In full batch a row of weight k counts as k rows, under either plan."""
    X, y = table(n=30)
    counts = np.random.default_rng(1).integers(0, 4, size=30)
    weighted = fit_cohort(X, y, cohort(None), sample_weight=counts.astype(float), plan=plan)
    repeated = fit_cohort(np.repeat(X, counts, axis=0), np.repeat(y, counts), cohort(None), plan=plan)
    for one, other in zip(weighted, repeated, strict=True):
        assert distance(weights(one), weights(other)) < 1e-9


@pytest.mark.parametrize("loss", [name for name in LOSSES if name != "squared"])
def test_integer_weights_are_repeated_rows_for_every_loss(loss: str) -> None:
    """The law of weights holds for the losses that need the rows."""
    X, y = table(n=30)
    counts = np.random.default_rng(1).integers(0, 4, size=30)
    setting = fixed(optimizer="sgd", learning_rate=0.05, batch_size=None, max_iter=20, loss=loss)
    weighted = GradientRegressor(**setting).fit(X, y, sample_weight=counts.astype(float))
    repeated = GradientRegressor(**setting).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    assert distance(weights(repeated), weights(weighted)) < 1e-10


@pytest.mark.parametrize("batch_size", [None, 1, 7])
def test_equal_weights_are_no_weights(batch_size: int | None) -> None:
    """A common weight changes nothing, whatever the batches."""
    X, y = table(n=30)
    plain = fit_cohort(X, y, cohort(batch_size))
    weighted = fit_cohort(X, y, cohort(batch_size), sample_weight=np.full(30, 2.5))
    for one, other in zip(plain, weighted, strict=True):
        assert distance(weights(one), weights(other)) < 1e-9


@pytest.mark.parametrize(("plan", "batch_size"), [("auto", None), ("rows", 7), ("batch_gram", 7)])
def test_several_targets_are_one_target_at_a_time(plan: str, batch_size: int | None) -> None:
    """y of shape (n, 3) gives the coefficients of three separate fits, of shape (3, p)."""
    X, y = table(n=30)
    Y = np.column_stack([y, -2 * y + X[:, 0], np.sin(y)])
    setting = {
        "optimizer": "adam",
        "batch_size": batch_size,
        "l1": 0.01,
        "max_iter": 20,
        "tol": None,
        "random_state": 0,
        "plan": plan,
    }
    together = GradientRegressor(**setting).fit(X, Y)
    assert together.coef_.shape == (3, 4)
    assert together.predict(X).shape == (30, 3)
    for j in range(3):
        alone = GradientRegressor(**setting).fit(X, Y[:, j])
        assert distance(weights(alone), np.append(together.coef_[j], together.intercept_[j])) < 1e-10


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("batch_size", [None, 1, 7])
def test_sparse_rows_are_dense_rows(batch_size: int | None, dtype: Any) -> None:
    """CSR input trains to the same weights."""
    X, y = (a.astype(dtype) for a in table(n=30, p=6))
    X[np.abs(X) < 0.8] = 0
    tolerance = 1e-9 if dtype == np.float64 else 1e-4
    dense = fit_cohort(X, y, cohort(batch_size))
    for one, other in zip(dense, fit_cohort(sparse.csr_array(X), y, cohort(batch_size)), strict=True):
        assert distance(weights(one), weights(other)) < tolerance


@pytest.mark.parametrize(("plan", "batch_size"), [("rows", None), ("gram", None), ("batch_gram", 20)])
def test_single_precision_stays_single(plan: str, batch_size: int | None) -> None:
    """float32 in, float32 out, and near to what float64 gives."""
    X, y = table(n=200)
    settings = [s for s in cohort(batch_size) if plan != "batch_gram" or s["optimizer"] != "gd"]
    single = fit_cohort(X.astype(np.float32), y.astype(np.float32), settings, plan=plan)
    for one, other in zip(fit_cohort(X, y, settings, plan=plan), single, strict=True):
        assert other.coef_.dtype == np.float32
        assert other.predict(X.astype(np.float32)).dtype == np.float32
        assert distance(weights(one), weights(other)) < 2e-3


def test_input_is_left_as_it_was() -> None:
    """Training writes into neither rows nor targets nor weights, and accepts read-only ones."""
    X, y = table(n=30)
    w = np.ones(30)
    before = [a.copy() for a in (X, y, w)]
    for a in (X, y, w):
        a.setflags(write=False)
    for batch_size in (None, 1, 7):
        fit_cohort(X, y, cohort(batch_size), sample_weight=w)
    assert all(np.array_equal(a, b) for a, b in zip(before, (X, y, w), strict=True))


@pytest.mark.parametrize("order", ["F", "strided"])
def test_memory_layout_does_not_matter(order: str) -> None:
    """Fortran order and strided views train to the same weights."""
    X, y = table(n=30)
    other = np.asfortranarray(X) if order == "F" else np.repeat(X, 2, axis=0)[::2]
    for batch_size in (None, 1, 7):
        for one, two in zip(
            fit_cohort(X, y, cohort(batch_size)), fit_cohort(other, y, cohort(batch_size)), strict=True
        ):
            assert distance(weights(one), weights(two)) < 1e-11


def test_the_number_of_threads_does_not_matter() -> None:
    """Bit for bit the same weights with one BLAS thread and with all of them."""
    X, y = table(n=400, p=40)
    many = [
        {**s, "learning_rate": s["learning_rate"] * f} for s in cohort(None) for f in (0.3, 0.5, 0.7, 0.9)
    ]
    with threadpool_limits(1):
        one = np.array([weights(m) for m in fit_cohort(X, y, many)])
    all_of_them = np.array([weights(m) for m in fit_cohort(X, y, many)])
    assert np.array_equal(one, all_of_them)


@pytest.mark.parametrize("batch_size", [None, 1, 7])
@pytest.mark.parametrize("shuffle", [True, "batches", False])
def test_a_seed_fixes_the_fit(batch_size: int | None, shuffle: bool | str) -> None:
    """The same random_state gives the same bits; with shuffled mini-batches another one gives others."""
    X, y = table(n=30)
    setting = {"optimizer": "adam", "batch_size": batch_size, "shuffle": shuffle, "max_iter": 3, "tol": None}
    first, again, other = (weights(GradientRegressor(**setting, random_state=s).fit(X, y)) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert np.array_equal(first, other) == (shuffle is False or batch_size is None)


def test_pickling_keeps_the_model() -> None:
    """A fitted estimator predicts the same after a round trip, and trains on the same."""
    X, y = table(n=30)
    setting = {"optimizer": "adam", "batch_size": 7, "max_iter": 5, "tol": None, "random_state": 0}
    model = GradientRegressor(**setting).fit(X, y)
    copy = pickle.loads(pickle.dumps(model))
    assert np.array_equal(model.predict(X), copy.predict(X))
    assert copy.get_params() == model.get_params()
    assert np.array_equal(weights(model.partial_fit(X, y)), weights(copy.partial_fit(X, y)))


def test_fit_drains_fit_epochs() -> None:
    """`fit` ends where the last epoch of the generator is, and a model is usable at each."""
    X, y = table(n=30)
    setting = {"optimizer": "adam", "batch_size": 7, "max_iter": 6, "tol": None, "random_state": 0}
    watched = GradientRegressor(**setting)
    predictions = [watched.predict(X) for _ in watched.fit_epochs(X, y)]
    assert len(predictions) == 6
    assert np.array_equal(predictions[-1], GradientRegressor(**setting).fit(X, y).predict(X))


def test_warm_start_goes_on_from_the_weights() -> None:
    """Five steps and five warm ones are ten, for an optimizer without memory."""
    X, y = table(n=30)
    setting = fixed(optimizer="gd", learning_rate=0.1, batch_size=None)
    twice = GradientRegressor(**setting, max_iter=5, warm_start=True).fit(X, y).fit(X, y)
    once = GradientRegressor(**setting, max_iter=10).fit(X, y)
    assert distance(weights(once), weights(twice)) < 1e-12


def test_partial_fit_takes_one_epoch() -> None:
    """partial_fit from nothing is one epoch of fit, and clone forgets it."""
    X, y = table(n=30)
    setting = fixed(optimizer="sgd", learning_rate=0.05, batch_size=7)
    partial = GradientRegressor(**setting).partial_fit(X, y)
    assert distance(weights(GradientRegressor(**setting, max_iter=1).fit(X, y)), weights(partial)) < 1e-12
    assert not hasattr(clone(partial), "coef_")
