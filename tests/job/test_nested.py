"""The outer score beside the inner one: by hand, with scikit-learn alone."""

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bigtrain.records import TrialState
from tests.job.conftest import plain_client, run, state

STRENGTHS = (0.5, 0.05, 0.005)
"""Of l2, on a standardised target: scikit-learn's Ridge has alpha = 2 · n · l2."""

RIDGES = (
    "sweeps=diabetes",
    "sampler=grid",
    "nested=3",
    "cv=3",
    "holdout=0.2",
    "space={optimizer:gd,learning_rate:0.2,l1:0.0,l2:[0.5,0.05,0.005]}",
    "estimator.params.max_iter=3000",
    "estimator.params.tol=null",
)


def rmse(X, y, train, test, l2):
    model = make_pipeline(StandardScaler(), Ridge(2 * len(train) * l2)).fit(X[train], y[train])
    return float(np.sqrt(np.mean((model.predict(X[test]) - y[test]) ** 2)))


def test_the_nested_score_is_that_of_the_whole_search_on_rows_it_has_not_seen(folder, capsys):
    """Three outer folds, in each the best of three strengths by its inner folds, refitted, scored outside."""
    run(*RIDGES, "verbose=1")
    X, y = load_diabetes(return_X_y=True)
    rows = np.sort(train_test_split(np.arange(len(y)), test_size=round(0.2 * len(y)), random_state=0)[0])
    inner, outer = [], []
    for train, test in KFold(3, shuffle=True, random_state=0).split(rows):
        own = rows[train]
        folds = list(KFold(3, shuffle=True, random_state=0).split(own))
        scores = {l2: np.mean([rmse(X, y, own[a], own[b], l2) for a, b in folds]) for l2 in STRENGTHS}
        best = min(scores, key=scores.get)
        inner.append(scores[best])
        outer.append(rmse(X, y, own, rows[test], best))
    sweep = state(folder, "diabetes")
    assert sweep.metrics["nested_rmse"] == pytest.approx(np.mean(outer), rel=1e-4)
    assert sweep.metrics["optimism_rmse"] == pytest.approx(np.mean(outer) - np.mean(inner), abs=1e-2)
    assert "nested    rmse" in capsys.readouterr().out
    assert len(sweep.records) == 3


def test_asking_for_the_nested_score_later_adds_it(folder):
    """The trials stay; the outer score comes to them."""
    plain = [override for override in RIDGES if not override.startswith("nested")]
    run(*plain)
    before = state(folder, "diabetes")
    run(*RIDGES)
    after = state(folder, "diabetes")
    assert after.records == before.records
    assert "nested_rmse" in after.metrics
    assert all(record.state is TrialState.COMPLETE for record in after.records)
    assert len(plain_client(folder).search_registered_models()) == 1
