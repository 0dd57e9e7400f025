"""What a trial may ask of the table is done as scikit-learn does it, and once for all who ask the same."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler

from bigtrain.data import folds
from bigtrain.errors import ParameterError
from bigtrain.evaluate import CrossValidation
from bigtrain.evaluate.preprocessing import (
    Preprocessing,
    QuickImputer,
    QuickScaler,
    complete,
    make_preprocessor,
)
from bigtrain.families import PREPROCESSING
from bigtrain.records import Trial, TrialState

ROWS, OTHERS = np.arange(180), np.arange(180, 240)


@pytest.mark.parametrize(
    ("scaler", "encoder"),
    list(itertools.product(PREPROCESSING["scaler"].choices, PREPROCESSING["encoder"].choices)),
)
def test_every_scaler_goes_with_every_encoder(mixed, scaler, encoder):
    """Holes and rare categories included, all rows come out as finite numbers, unseen ones too."""
    preprocessing = Preprocessing(mixed, ROWS, {"scaler": scaler, "encoder": encoder}, seed=0)
    assert np.isfinite(preprocessing.X).all()
    X = preprocessing.transform(OTHERS)
    assert np.isfinite(X).all()
    assert X.shape[1] == preprocessing.X.shape[1] == 2 + (2 if encoder != "onehot" else 6)


@pytest.mark.parametrize(
    ("settings", "columns"),
    [
        ({"features": "polynomial", "features__degree": 3}, 9 + 6),
        ({"features": "spline", "features__degree": 2, "features__n_knots": 4}, 2 * 4 + 6),
        ({"features": "nystroem", "features__n_components": 17}, 17),
        ({"features": "nystroem", "features__n_components": 500}, 180),
    ],
)
def test_features_are_as_many_as_their_formula_says(mixed, settings, columns):
    """C(n + d, d) - 1 monomials, n(knots + degree - 2) splines, as many components as rows at most."""
    X = Preprocessing(mixed, ROWS, settings, seed=0).X
    assert X.shape == (180, columns)
    if settings["features"] != "nystroem":
        made = X[:, : columns - 6]
        assert made.mean(axis=0) == pytest.approx(0, abs=1e-9)
        assert made.std(axis=0) == pytest.approx(1)


def test_a_column_without_a_value_has_no_splines_that_are_not_finite(mixed):
    """A constant column has no place for knots, and spoils nothing."""
    X = mixed.X.copy()
    X["small"] = 3.0
    constant = type(mixed)(**{**vars(mixed), "X": X})
    for features in ("polynomial", "spline", "nystroem"):
        assert np.isfinite(Preprocessing(constant, ROWS, {"features": features}, seed=0).X).all()


@pytest.mark.parametrize("rows", [1, 2, 181, 182])
def test_medians_are_those_of_simple_imputer(rows):
    """To the last bit, of columns with holes, without any, without a value, and of ties."""
    rng = np.random.default_rng(rows)
    holes = np.where(rng.random(rows) < 0.3, np.nan, rng.normal(size=rows))
    X = pd.DataFrame({
        "holes": holes,
        "none": np.full(rows, np.nan),
        "large": 1e140 * rng.normal(size=rows),
        "ties": rng.integers(0, 3, rows).astype(float),
    })  # fmt: skip
    theirs, ours = (
        kind(strategy="median", keep_empty_features=True) for kind in (SimpleImputer, QuickImputer)
    )
    expected, X_ours = theirs.fit_transform(X), ours.fit_transform(X)
    assert type(ours) is SimpleImputer
    assert list(vars(theirs)) == list(vars(ours))
    assert np.array_equal(theirs.statistics_, ours.statistics_)
    assert np.array_equal(expected, X_ours)
    assert list(theirs.get_feature_names_out()) == list(ours.get_feature_names_out())


@pytest.mark.parametrize("columns", [1, 8, 19])
@pytest.mark.parametrize("rows", [1, 2, 40_001])
def test_scales_are_those_of_standard_scaler(rows, columns):
    """To the last bit, of columns of any size and constant ones; what it was fitted on is scaled in place."""
    rng = np.random.default_rng(rows)
    X = np.asfortranarray(rng.normal(size=(rows, columns)) * 10.0 ** rng.integers(-9, 9, columns) + 3.0)
    X[:, 0] = 7.0
    theirs, ours = StandardScaler(), QuickScaler()
    expected, X_ours = theirs.fit_transform(X), ours.fit_transform(X)
    assert type(ours) is StandardScaler
    assert list(vars(theirs)) == list(vars(ours))
    assert theirs.get_params() == ours.get_params()
    for name in ("mean_", "var_", "scale_", "n_samples_seen_", "n_features_in_"):
        assert np.array_equal(getattr(theirs, name), getattr(ours, name))
    assert np.array_equal(expected, X_ours)
    assert np.shares_memory(X, X_ours)


def test_features_that_no_memory_holds_are_refused(mixed):
    """Before they are made, and with what to do."""
    with pytest.raises(ParameterError, match=r"features of 2 columns .* nystroem"):
        make_preprocessor(mixed, {"features": "polynomial", "features__degree": 10}, rows=10**8)


def test_what_is_not_read_makes_no_difference():
    """A degree without features to have it is the same preprocessing."""
    assert complete({"features__degree": 7}) == complete({})
    assert complete({"features": "spline", "features__degree": 3}) != complete({"features": "spline"})


def test_each_preprocessing_is_fitted_once_a_fold(mixed, monkeypatch):
    """However many trials have it, of whichever family, in whichever cohort."""
    fitted = []
    original = ColumnTransformer.fit_transform

    def counted(self, *arguments, **keywords):
        fitted.append(self)
        return original(self, *arguments, **keywords)

    monkeypatch.setattr(ColumnTransformer, "fit_transform", counted)
    settings = [
        {"estimator": estimator, **steps}
        for estimator in ("gradient", "ridge", "knn")
        for steps in ({}, {"scaler": "robust"}, {"features": "spline"}, {"features__n_knots": 9})
    ]
    with ThreadPoolExecutor(2) as pool:
        validation = CrossValidation(
            mixed, folds(240, 3, 0), seed=0, scoring="rmse", estimator={"max_iter": 5}, engine=pool
        )
        for _ in range(2):
            outcomes = validation.evaluate([Trial(n, {}, s) for n, s in enumerate(settings)])
    assert {outcome.state for outcome in outcomes} == {TrialState.COMPLETE}
    assert len(fitted) == 3 * 3
