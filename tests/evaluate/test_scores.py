"""Scores are scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics

from bigtrain.evaluate import scores
from bigtrain.evaluate.scores import score_linear, score_predictions

RNG = np.random.default_rng(0)
Y, PREDICTIONS = RNG.normal(size=50), RNG.normal(size=(50, 3))


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("rmse", metrics.root_mean_squared_error),
        ("mae", metrics.mean_absolute_error),
        ("r2", metrics.r2_score),
    ],
)
def test_each_column_scores_as_in_scikit_learn(name, reference):
    """Scoring many models at once gives each the score it has alone."""
    expected = [reference(Y, column) for column in PREDICTIONS.T]
    assert expected == pytest.approx(score_predictions(Y, PREDICTIONS)[name], rel=1e-12)


@pytest.mark.parametrize("block", [1, 7, 3 * 50, 10**6])
def test_linear_models_score_as_their_predictions_do(block, monkeypatch):
    """However many rows are taken at a time."""
    monkeypatch.setattr(scores, "BLOCK", block)
    X, coef, intercept = RNG.normal(size=(50, 4)), RNG.normal(size=(3, 4)), RNG.normal(size=3)
    expected = score_predictions(Y, X @ coef.T + intercept)
    for name, values in score_linear(X, Y, coef, intercept).items():
        assert expected[name] == pytest.approx(values, rel=1e-12)


def test_a_model_that_is_not_finite_has_no_finite_score():
    """An infinite or missing prediction never looks like a good one."""
    bad = np.column_stack([np.full(50, np.inf), np.where(np.arange(50) == 7, np.nan, Y), np.full(50, 1e300)])
    found = score_predictions(Y, bad)
    assert not np.isfinite(found["rmse"]).any()
    assert not np.isfinite(found["mae"][:2]).any()
