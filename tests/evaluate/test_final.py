"""The model that is shipped scores what is claimed, and needs scikit-learn alone."""

import pickle

import numpy as np
import pytest
from sklearn import metrics
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline

from bigtrain.evaluate import CrossValidation, baseline_scores, fit_final
from bigtrain.evaluate.preprocessing import make_preprocessor
from tests.evaluate.test_crossvalidation import EXACT

HOLDOUT = np.arange(0, 240, 5)
TRAIN = np.setdiff1d(np.arange(240), HOLDOUT)


@pytest.fixture(scope="module")
def final(mixed):
    return fit_final(mixed, TRAIN, HOLDOUT, EXACT, seed=0)


def test_trained_to_its_end_it_is_least_squares(mixed, final):
    """Without a penalty, on all training rows, the weights predict as `LinearRegression` does."""
    reference = make_pipeline(make_preprocessor(mixed), LinearRegression())
    reference.fit(mixed.X.iloc[TRAIN], mixed.y[TRAIN])
    rows = mixed.X.iloc[HOLDOUT]
    assert reference.predict(rows) == pytest.approx(final.pipeline.predict(rows), abs=1e-5)


def test_the_holdout_scores_are_those_of_the_pipeline_that_is_shipped(mixed, final):
    """The numbers told are what scikit-learn measures on the pipeline's own predictions."""
    y, predictions = mixed.y[HOLDOUT], final.pipeline.predict(mixed.X.iloc[HOLDOUT])
    expected = {
        "holdout_rmse": metrics.root_mean_squared_error(y, predictions),
        "holdout_mae": metrics.mean_absolute_error(y, predictions),
        "holdout_r2": metrics.r2_score(y, predictions),
    }
    assert expected == pytest.approx(final.metrics)


def test_the_pipeline_is_made_of_stock_classes(final):
    """Whoever loads it needs no bigtrain."""
    assert {type(step).__module__.split(".")[0] for _, step in final.pipeline.steps} == {"sklearn"}
    assert b"bigtrain" not in pickle.dumps(final.pipeline)


def test_rows_with_holes_and_unseen_categories_are_predicted(mixed, final):
    """A missing number, a missing category and a category never seen give finite predictions."""
    rows = mixed.X.iloc[:3].copy()
    rows.loc[rows.index[0], ["big", "small"]] = np.nan
    rows.loc[rows.index[1], "size"] = np.nan
    rows.loc[rows.index[2], "colour"] = "never seen"
    assert np.isfinite(final.pipeline.predict(rows)).all()


def test_a_setting_that_diverges_on_all_rows_gives_no_model(mixed):
    """None, not a model of infinities."""
    assert fit_final(mixed, TRAIN, HOLDOUT, EXACT | {"learning_rate": 1e6}, seed=0) is None


def test_the_baselines_are_scikit_learns_own(mixed, engine):
    """The mean and Ridge, on the same folds and behind the same preprocessing."""
    inner = KFold(3, shuffle=True, random_state=1).split(TRAIN)
    parts = [(TRAIN[train], TRAIN[test]) for train, test in inner]
    validation = CrossValidation(mixed, parts, seed=1, scoring="rmse", estimator={}, engine=engine)
    scores = baseline_scores(validation, mixed, TRAIN, HOLDOUT)
    folds = KFold(3, shuffle=True, random_state=1)
    for name, regressor in (("mean", DummyRegressor()), ("ridge", Ridge())):
        pipeline = make_pipeline(make_preprocessor(mixed), regressor)
        X, y = mixed.X.iloc[TRAIN], mixed.y[TRAIN]
        rmse = -cross_val_score(pipeline, X, y, cv=folds, scoring="neg_root_mean_squared_error").mean()
        r2 = pipeline.fit(X, y).score(mixed.X.iloc[HOLDOUT], mixed.y[HOLDOUT])
        assert rmse == pytest.approx(scores[f"baseline_{name}_cv_rmse"])
        assert r2 == pytest.approx(scores[f"baseline_{name}_holdout_r2"])
