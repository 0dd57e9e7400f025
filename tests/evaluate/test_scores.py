"""Scores are scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics

from bigtrain.evaluate.scores import score_predictions

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


def test_a_model_that_is_not_finite_has_no_finite_score():
    """An infinite or missing prediction never looks like a good one."""
    bad = np.column_stack([np.full(50, np.inf), np.where(np.arange(50) == 7, np.nan, Y), np.full(50, 1e300)])
    scores = score_predictions(Y, bad)
    assert not np.isfinite(scores["rmse"]).any()
    assert not np.isfinite(scores["mae"][:2]).any()
