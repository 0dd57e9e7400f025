"""A blend is the greedy choice of Caruana et al., never worse than the best trial, and stock scikit-learn."""

import time
from dataclasses import replace

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import VotingRegressor
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from bigtrain.data import folds
from bigtrain.evaluate import CrossValidation, fit_blend
from bigtrain.evaluate.blend import ROUNDS, _predictions, choose_blend, greedy_counts
from bigtrain.evaluate.final import fit_pipeline
from bigtrain.ranking import best_first
from bigtrain.records import FinishedTrial, OutOfTime, Trial
from bigtrain.registry.saved_model import TRUSTED
from bigtrain.seeds import derive_seed
from tests.forks import run_without_bigtrain, started

METRICS = {"rmse": root_mean_squared_error, "mae": mean_absolute_error, "r2": r2_score}
HOLDOUT = np.arange(0, 240, 5)
TRAIN = np.setdiff1d(np.arange(240), HOLDOUT)
PARTS = [(TRAIN[train], TRAIN[test]) for train, test in folds(len(TRAIN), 3, 5)]
SETTINGS = [
    {"estimator": "knn", "n_neighbors": 5},
    {"estimator": "extra_trees", "n_estimators": 10},
    {"estimator": "hist_gradient_boosting", "max_iter": 30, "encoder": "ordinal"},
    {"estimator": "hist_gradient_boosting", "max_iter": 40, "max_leaf_nodes": 5, "encoder": "ordinal"},
    {"estimator": "gradient", "optimizer": "gd", "max_iter": 3},
]


def by_hand(truth, predictions, scoring):
    """Every mean from the start, in plain numpy: the picks of the best mean that was passed."""
    sign = -1 if scoring == "r2" else 1

    def loss(picks):
        means = [P[:, picks].mean(axis=1) for P in predictions]
        return sign * np.mean([METRICS[scoring](y, mean) for y, mean in zip(truth, means, strict=True)])

    picks, passed = [], []
    for _ in range(ROUNDS):
        picks = min(([*picks, k] for k in range(predictions[0].shape[1])), key=loss)
        passed.append((loss(picks), len(picks), picks))
    return np.bincount(min(passed)[2], minlength=predictions[0].shape[1]) / min(passed)[1]


@pytest.fixture(params=range(2))
def models(request):
    """The target and the predictions of five models by fold; some err alike."""
    rng = np.random.default_rng(request.param)
    truth = [rng.normal(size=n) for n in (40, 41, 39)]
    mixing = rng.normal(size=(5, 5))
    return truth, [y[:, None] + rng.normal(size=(len(y), 5)) @ mixing / 3 for y in truth]


@pytest.fixture(scope="module")
def validation(mixed, engine):
    return CrossValidation(mixed, PARTS, seed=5, scoring="rmse", estimator={}, engine=engine, keep=True)


@pytest.fixture(scope="module")
def ranked(validation):
    trials = [Trial(number, {}, settings) for number, settings in enumerate(SETTINGS)]
    outcomes = validation.evaluate(trials)
    finished = [FinishedTrial(t, o, 0, 0).record for t, o in zip(trials, outcomes, strict=True)]
    return best_first(["cv_rmse"], finished)


@pytest.fixture(scope="module")
def final(validation, ranked):
    return fit_blend(validation, ranked, 5, TRAIN, HOLDOUT)


@pytest.mark.parametrize("scoring", METRICS)
def test_the_choice_is_that_of_the_paper(models, scoring):
    """As a second, slow way to choose comes out."""
    counts = greedy_counts(*models, scoring)
    assert by_hand(*models, scoring) == pytest.approx(counts / counts.sum())


@pytest.mark.parametrize("scoring", METRICS)
def test_no_blend_scores_worse_than_its_best_model(models, scoring):
    """On the predictions that it is chosen by."""
    truth, predictions = models
    counts = greedy_counts(truth, predictions, scoring)
    sign = -1 if scoring == "r2" else 1

    def loss(weights):
        return sign * np.mean(
            [METRICS[scoring](y, P @ weights) for y, P in zip(truth, predictions, strict=True)]
        )

    assert loss(counts / counts.sum()) <= min(loss(one) for one in np.eye(5)) + 1e-12


def test_what_is_told_of_a_blend_is_what_its_members_predict_out_of_fold(mixed, validation, ranked):
    """Weights sum to 1, and the scores are scikit-learn's of the weighted mean of pipelines by fold."""
    blend = choose_blend(validation, ranked, 5)
    assert sum(blend.weights.values()) == pytest.approx(1, abs=1e-12)
    assert blend.scores["cv_rmse"] < ranked[0].values[0]
    for name, metric in METRICS.items():
        by_fold = []
        for k, (train, test) in enumerate(PARTS):
            mean = sum(
                weight
                * fit_pipeline(
                    mixed, train, validation.complete(SETTINGS[number]), derive_seed(5, "fold", k)
                ).predict(mixed.X.iloc[test])
                for number, weight in blend.weights.items()
            )
            by_fold.append(metric(mixed.y[test], mean))
        assert np.mean(by_fold) == pytest.approx(blend.scores[f"cv_{name}"], rel=1e-9)


def test_predictions_that_nobody_remembers_are_made_again(mixed, engine, validation, ranked):
    """A sweep that was resumed ends with the blend of one that wasn't."""
    fresh = CrossValidation(mixed, PARTS, seed=5, scoring="rmse", estimator={}, engine=engine)
    assert [validation.remembered(n) is None for n in range(5)] == [False] * 4 + [True]
    assert choose_blend(fresh, ranked, 5) == choose_blend(validation, ranked, 5)


def test_each_family_is_tried_before_a_second_trial_of_one(validation, ranked):
    """Of four places, all go to families: the worse of two boosted trials has none."""
    worse = [r.number for r in ranked if r.settings["estimator"] == "hist_gradient_boosting"][1]
    assert worse not in choose_blend(validation, ranked, 4).weights


def test_a_single_trial_is_no_blend(validation, ranked):
    """Nor are several that predict the same."""
    twin = replace(ranked[0], number=77)
    assert choose_blend(validation, ranked[:1], 5) is None
    assert choose_blend(validation, [ranked[0], twin], 5) is None
    assert choose_blend(validation, [], 5) is None


def test_without_time_there_is_no_blend(mixed, engine, ranked):
    """Neither for predictions nor for refitting."""
    fresh = CrossValidation(mixed, PARTS, seed=5, scoring="rmse", estimator={}, engine=engine)
    assert fit_blend(fresh, ranked, 5, TRAIN, HOLDOUT, until=time.monotonic() - 1) is None


def test_what_would_not_be_there_in_time_is_not_begun(mixed, engine, validation, ranked):
    """A worker that saw a family take a minute leaves its trials out."""
    until = time.monotonic() + 30
    slow = CrossValidation(mixed, PARTS, seed=5, scoring="rmse", estimator={}, engine=engine)
    slow.bench.value.seconds["hist_gradient_boosting"] = 60
    made = _predictions(slow, ranked, 5, until)
    assert {SETTINGS[number]["estimator"] for number in made} == {"knn", "extra_trees", "gradient"}
    with pytest.raises(OutOfTime):
        slow.evaluate([Trial(0, {}, SETTINGS[2])], until=until)


def test_what_is_shipped_is_the_weighted_mean_of_refitted_trials(mixed, validation, ranked, final):
    """A fitted `VotingRegressor`, its holdout score its own, its members those that are told."""
    blend = choose_blend(validation, ranked, 5)
    rows = mixed.X.iloc[HOLDOUT]
    expected = sum(
        weight
        * fit_pipeline(
            mixed, TRAIN, validation.complete(SETTINGS[number]), derive_seed(5, "fold", -1)
        ).predict(rows)
        for number, weight in blend.weights.items()
    )
    assert isinstance(final.pipeline, VotingRegressor)
    assert expected == pytest.approx(final.pipeline.predict(rows), rel=1e-12)
    assert r2_score(mixed.y[HOLDOUT], expected) == pytest.approx(final.metrics["holdout_r2"])
    assert final.metrics["cv_rmse"] == blend.scores["cv_rmse"]
    assert str(blend) == final.made_of
    assert all(f"× trial {number}" in final.made_of for number in blend.weights)


def test_it_loads_without_bigtrain(mixed, final, tmp_path):
    """In a Python that can't import it, from the trusted types alone, and predicts the same."""
    skops.io.dump(final.pipeline, tmp_path / "model.skops")
    mixed.X.iloc[:20].to_pickle(tmp_path / "rows.pickle")
    program = (
        "import pandas, skops.io\n"
        f"model = skops.io.load('model.skops', trusted={list(TRUSTED)!r})\n"
        "print(*map(repr, model.predict(pandas.read_pickle('rows.pickle')).tolist()))"
    )
    with started(run_without_bigtrain, program, folder=tmp_path) as fork:
        ended = fork.ended()
    assert ended.code == 0, ended.err
    expected = final.pipeline.predict(mixed.X.iloc[:20]).tolist()
    assert [float(number) for number in ended.out.split()] == expected
