"""With folds, each model is what its training rows alone give, each score what its held-out rows say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler

from bigtrain import fit_cohort

from .problems import Array, distance, table, weights
from .test_cohort import TOLERANCE, settings

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
PLANS = [
    ("rows", None, True),
    ("rows", 1, True),
    ("rows", 8, True),
    ("rows", 8, "batches"),
    ("gram", None, True),
    ("batch_gram", 8, "batches"),
    ("batch_gram", 8, True),
    ("auto", None, True),
    ("auto", 8, "batches"),
    ("auto", 8, True),
]


def shuffled_folds(n: int, k: int = 3) -> list[tuple[Array, Array]]:
    """Folds of rows in no order."""
    return list(KFold(k, shuffle=True, random_state=0).split(np.empty((n, 1))))


def fold_weights(result: Any, k: int, fold: int) -> Array:
    """The coefficients and, last, the intercept of one setting on one fold."""
    return np.append(result.coef[k, fold], result.intercept[k, fold])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("plan", "batch_size", "shuffle"), PLANS)
def test_a_fold_is_a_fit_on_its_rows(
    plan: str, batch_size: int | None, shuffle: bool | str, dtype: Any
) -> None:
    """Weights, epochs and ends are those of the fold's rows alone; scores are the held-out mean squares."""
    X, y = (a.astype(dtype) for a in table(n=60, p=4))
    cohort = settings(loss="squared", batch_size=batch_size, shuffle=shuffle, epochs=4)
    if plan == "batch_gram":
        cohort = [s for s in cohort if s["optimizer"] != "gd"]
    folds = shuffled_folds(60)
    result = fit_cohort(X, y, cohort, folds=folds, plan=plan)
    # Statistics of a training part are the total less the held-out part: a few more roundings than its own.
    tolerance = TOLERANCE[X.dtype] * 10
    for fold, (train, test) in enumerate(folds):
        alone = fit_cohort(X[train], y[train], cohort, plan=plan)
        for k, model in enumerate(alone):
            assert distance(weights(model), fold_weights(result, k, fold)) < tolerance, cohort[k]
            assert (model.n_iter_, model.stop_reason_) == (
                result.n_iter[k, fold],
                result.stop_reasons[k][fold],
            )
            expected = np.mean((y[test] - model.predict(X[test])) ** 2, dtype=np.float64)
            assert result.scores[k, fold] == pytest.approx(
                expected, rel=1e-9 if dtype == np.float64 else 1e-3
            )


@pytest.mark.parametrize("loss", ["huber", "quantile"])
def test_other_losses_have_folds_too(loss: str) -> None:
    """The score of a fold is the mean squared error whatever the loss in training."""
    X, y = table(n=60, p=4)
    cohort, folds = settings(loss=loss, batch_size=8, shuffle=True, epochs=3), shuffled_folds(60)
    result = fit_cohort(X, y, cohort, folds=folds)
    for fold, (train, test) in enumerate(folds):
        for k, model in enumerate(fit_cohort(X[train], y[train], cohort)):
            assert distance(weights(model), fold_weights(result, k, fold)) < 1e-9
            assert result.scores[k, fold] == pytest.approx(
                np.mean((y[test] - model.predict(X[test])) ** 2), rel=1e-9
            )


def test_predictions_are_out_of_fold() -> None:
    """Each row is predicted by the model that has not seen it; a row that no fold holds out gets NaN."""
    X, y = table(n=60, p=4)
    cohort, folds = settings(loss="squared", batch_size=None, shuffle=True), shuffled_folds(60)[:2]
    result = fit_cohort(X, y, cohort, folds=folds)
    predictions = result.predict()
    seen = np.zeros(60, dtype=bool)
    for fold, (_, test) in enumerate(folds):
        seen[test] = True
        expected = X[test] @ result.coef[:, fold].T + result.intercept[:, fold]
        assert distance(expected.T, predictions[:, test]) < 1e-12
    assert np.isnan(predictions[:, ~seen]).all()
    assert np.isfinite(predictions[:, seen]).all()


def test_the_number_of_workers_does_not_matter() -> None:
    """Bit for bit the same weights and scores with one job and with two."""
    X, y = table(n=90, p=6)
    cohort = [s for size in (None, 8) for s in settings(loss="squared", batch_size=size, shuffle="batches")]
    one, two = (fit_cohort(X, y, cohort, folds=shuffled_folds(90), n_jobs=n) for n in (1, 2))
    assert np.array_equal(one.coef, two.coef)
    assert np.array_equal(one.scores, two.scores)


@pytest.mark.parametrize(
    ("batch_size", "shuffle", "plan"),
    [(None, False, "gram"), (8, "batches", "batch_gram"), (8, True, "batch_gram"), (8, True, "rows")],
)
def test_blocks_shared_out_to_workers_end_as_in_turn(
    batch_size: int | None, shuffle: bool | str, plan: str
) -> None:
    """Two hundred settings are several blocks, which three jobs take up as they come."""
    X, y = table(n=90, p=6)
    cohort = [
        {"optimizer": name, "learning_rate": float(rate), "batch_size": batch_size, "shuffle": shuffle,
         "max_iter": 6, "tol": 1e-4, "n_iter_no_change": 2, "random_state": 0}
        for name in ("adam", "momentum") for rate in np.geomspace(1e-4, 1.0, 100)
    ]  # fmt: skip
    one, three = (
        fit_cohort(X, y, cohort, folds=shuffled_folds(90), plan=plan, n_jobs=n, curves=True) for n in (1, 3)
    )
    assert np.array_equal(one.coef, three.coef)
    assert np.array_equal(one.n_iter, three.n_iter)
    assert one.stop_reasons == three.stop_reasons
    assert one.validation_curves == three.validation_curves


@pytest.mark.parametrize("batch_size", [None, 8])
def test_each_fold_is_standardized_by_its_training_rows(batch_size: int | None) -> None:
    """standardize=True trains on (x - mean) / deviation of the training rows; the others leak nothing."""
    X, y = table(n=60, p=4)
    X = X * [1, 10, 100, 0.1] + [0, 5, -200, 1]
    cohort, folds = settings(loss="squared", batch_size=batch_size, shuffle="batches"), shuffled_folds(60)
    result = fit_cohort(X, y, cohort, folds=folds, standardize=True)
    for fold, (train, test) in enumerate(folds):
        scaler = StandardScaler().fit(X[train])
        for k, model in enumerate(fit_cohort(scaler.transform(X[train]), y[train], cohort)):
            predictions = X[test] @ result.coef[k, fold] + result.intercept[k, fold]
            assert distance(model.predict(scaler.transform(X[test])), predictions) < 1e-8
            assert result.scores[k, fold] == pytest.approx(np.mean((y[test] - predictions) ** 2), rel=1e-8)


@pytest.mark.parametrize(("noise", "offset"), [(1e-3, 0.0), (1e-6, 0.0), (1e-3, 1e4), (1e-6, 1e6)])
def test_a_score_survives_a_perfect_fit(noise: float, offset: float) -> None:
    """yᵀy - 2 wᵀc + wᵀGw cancels where R² is 1: the scores stay those of the rows to 1e-3."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    y = X @ [1.0, 2.0, 3.0] + offset + noise * rng.normal(size=300)
    rate = {"optimizer": "gd", "learning_rate": 0.9, "max_iter": 400, "tol": None, "batch_size": None}
    folds = shuffled_folds(300)
    result = fit_cohort(X, y, [rate], folds=folds)
    for fold, (_, test) in enumerate(folds):
        predictions = X[test] @ result.coef[0, fold] + result.intercept[0, fold]
        assert result.scores[0, fold] == pytest.approx(np.mean((y[test] - predictions) ** 2), rel=1e-3)


@pytest.mark.parametrize("batch_size", [None, 8])
def test_weights_and_sparse_rows_pass_through_folds(batch_size: int | None) -> None:
    """Row weights count in training on each fold, and CSR rows give what dense ones do."""
    X, y = table(n=60, p=4)
    X[np.abs(X) < 0.5] = 0
    w = np.random.default_rng(0).uniform(0.5, 2, size=60)
    cohort, folds = (
        settings(loss="squared", batch_size=batch_size, shuffle=True, epochs=3),
        shuffled_folds(60),
    )
    dense, csr = (fit_cohort(A, y, cohort, folds=folds, sample_weight=w) for A in (X, sparse.csr_array(X)))
    for fold, (train, _) in enumerate(folds):
        for k, model in enumerate(fit_cohort(X[train], y[train], cohort, sample_weight=w[train])):
            for result in (dense, csr):
                assert distance(weights(model), fold_weights(result, k, fold)) < 1e-9
