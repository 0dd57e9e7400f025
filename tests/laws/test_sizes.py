"""No size is special: blocks, tiles and remainders of any kernel end where the formula does."""

from __future__ import annotations

import numpy as np
import pytest

from bigtrain import fit_cohort

from . import reference
from .problems import OPTIMIZERS, distance, rate, table, weights

MINI = [name for name in OPTIMIZERS if name != "gd"]


@pytest.mark.parametrize("k", [1, 2, 7, 16, 33, 65, 130])
@pytest.mark.parametrize("p", [1, 3, 4, 8, 9, 17, 33, 66])
@pytest.mark.parametrize(
    ("plan", "batch_size"), [("rows", None), ("gram", None), ("rows", 6), ("batch_gram", 6), ("rows", 1)]
)
def test_any_number_of_columns_and_features(plan: str, batch_size: int | None, p: int, k: int) -> None:
    """A few steps of k settings on p features: first, middle and last are the reference's."""
    X, y = table(n=13, p=p)
    settings = [
        {
            "optimizer": MINI[i % len(MINI)],
            "learning_rate": rate(MINI[i % len(MINI)]) * (1 + i / k) / 10,
            "l2": 0.01 * (i % 2),
            "l1": 0.01 * (i % 3) * (MINI[i % len(MINI)] != "lion"),
            "batch_size": batch_size,
        }
        for i in range(k)
    ]
    models = fit_cohort(
        X, y, [{**s, "shuffle": False, "max_iter": 2, "tol": None} for s in settings], plan=plan
    )
    for i in {0, k // 2, k - 1}:
        *_, expected = reference.train(reference.Hyper(**settings[i]), X.tolist(), y.tolist(), 2)
        assert distance(expected, weights(models[i])) < 1e-9, settings[i]


@pytest.mark.parametrize("n", [1, 2, 127, 128, 129, 300])
@pytest.mark.parametrize("batch_size", [None, 1, 2, 64, 128, 200, 1000])
def test_any_number_of_rows(batch_size: int | None, n: int) -> None:
    """A batch of any size over any number of rows, larger than all of them included."""
    X, y = table(n=n, p=3)
    hyper = reference.Hyper(optimizer="adam", batch_size=batch_size)
    *_, expected = reference.train(hyper, X.tolist(), y.tolist(), 2)
    setting = {"optimizer": "adam", "learning_rate": 0.05, "batch_size": batch_size, "max_iter": 2}
    for plan in ("rows", "auto"):
        (model,) = fit_cohort(X, y, [{**setting, "shuffle": False, "tol": None}], plan=plan)
        assert distance(expected, weights(model)) < 1e-9


@pytest.mark.parametrize("n", [10, 130])
@pytest.mark.parametrize("batch_size", [3, 7, 64])
@pytest.mark.parametrize("shuffle", [True, "batches"])
def test_an_epoch_sees_every_row_once(shuffle: bool | str, batch_size: int, n: int) -> None:
    """With rows that are unit vectors and plain SGD, one epoch moves each weight by its own row alone."""
    X, y = np.eye(n), np.arange(1.0, n + 1)
    setting = {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": batch_size, "shuffle": shuffle,
               "max_iter": 1, "tol": None, "fit_intercept": False, "random_state": 0}  # fmt: skip
    (model,) = fit_cohort(X, y, [setting])
    share = model.coef_ / (0.1 * y)  # one over the size of the row's batch
    sizes = np.round(1 / share).astype(int)
    assert np.allclose(share, 1 / sizes)
    assert sizes.max() <= batch_size
    assert np.isclose(share.sum(), -(-n // batch_size))
