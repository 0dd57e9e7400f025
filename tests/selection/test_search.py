"""`SweepSearchCV` against scikit-learn's own searches."""

from typing import Any

import numpy as np
import pytest
from mlflow import MlflowClient
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.model_selection import GridSearchCV, KFold, RepeatedKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from bigtrain import GradientRegressor, SweepSearchCV
from bigtrain.errors import ParameterError

X, y = make_regression(120, 4, n_informative=3, noise=10, random_state=0)
Y = np.column_stack([y, -y + X[:, 0]])
SGD = GradientRegressor(
    optimizer="sgd", learning_rate=0.01, batch_size=16, max_iter=20, tol=None, random_state=0
)
PIPELINE = make_pipeline(StandardScaler(), PolynomialFeatures(), SGD)


def absolute(model: Any, rows: Any, target: Any) -> float:
    """A scorer that looks at the whole pipeline."""
    assert len(model.steps) == 3
    return -mean_absolute_error(target, model.predict(rows))


GRIDS: dict[str, tuple[Any, dict[str, list[Any]], dict[str, Any]]] = {
    "a bare regressor": (Ridge(), {"alpha": [0.1, 1.0, 10.0]}, {}),
    "trained together": (SGD, {"l1": [0.0, 0.1, 1.0], "optimizer": ["sgd", "adam", "momentum"]}, {}),
    "a pipeline": (PIPELINE, {"gradientregressor__l2": [0.0, 0.1], "polynomialfeatures__degree": [1, 2]}, {}),
    "steps themselves": (
        PIPELINE,
        {"standardscaler": [StandardScaler(), MinMaxScaler(), None], "gradientregressor": [SGD, Ridge()]},
        {},
    ),
    "several metrics": (
        PIPELINE,
        {"gradientregressor__l2": [0.0, 0.1]},
        {"scoring": ["r2", "neg_mean_absolute_error"], "refit": "r2"},
    ),
    "metrics by name": (
        PIPELINE,
        {"gradientregressor__l2": [0.0, 0.1]},
        {
            "scoring": {"a": "r2", "b": make_scorer(mean_absolute_error, greater_is_better=False)},
            "refit": "b",
        },
    ),
    "a scorer of one's own": (PIPELINE, {"gradientregressor__l2": [0.0, 0.1]}, {"scoring": absolute}),
    "a transformed target": (
        TransformedTargetRegressor(PIPELINE, transformer=StandardScaler()),
        {"regressor__gradientregressor__l2": [0.0, 0.1]},
        {},
    ),
    "repeated splits": (
        Ridge(),
        {"alpha": [0.1, 1.0]},
        {"cv": RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)},
    ),
    "no refit": (Ridge(), {"alpha": [0.1, 1.0]}, {"refit": False}),
    "one's own best": (Ridge(), {"alpha": [0.1, 1.0]}, {"refit": lambda results: len(results["params"]) - 1}),
}


@pytest.mark.parametrize("case", GRIDS)
def test_a_grid_is_scikit_learns_grid(case: str) -> None:
    """The same candidates have the same scores, under the same keys, and the same one is best."""
    estimator, grid, options = GRIDS[case]
    ours = SweepSearchCV(estimator, grid, sampler="grid", n_jobs=2, **options).fit(X, y)
    theirs = GridSearchCV(estimator, grid, **options).fit(X, y)

    assert theirs.cv_results_.keys() == ours.cv_results_.keys()
    order = [
        next(i for i, params in enumerate(ours.cv_results_["params"]) if repr(params) == repr(wanted))
        for wanted in ({name: params[name] for name in grid} for params in theirs.cv_results_["params"])
    ]
    for key in theirs.cv_results_:
        if key.startswith(("split", "mean_test", "std_test")):
            np.testing.assert_allclose(
                np.array(ours.cv_results_[key])[order], theirs.cv_results_[key], rtol=1e-9
            )
    for name in ("best_score_", "best_estimator_", "best_params_", "multimetric_", "n_splits_", "scorer_"):
        assert hasattr(theirs, name) == hasattr(ours, name), name
    if hasattr(theirs, "best_score_"):
        assert theirs.best_score_ == pytest.approx(ours.best_score_, rel=1e-9)
    if hasattr(theirs, "predict"):
        np.testing.assert_allclose(theirs.predict(X), ours.predict(X), rtol=1e-9)


@pytest.mark.parametrize("sampler", ["tpe", "random", "qmc"])
def test_the_same_seed_gives_the_same_search(sampler: str) -> None:
    """On one core or two, and in a second fit, which starts afresh."""
    space = {
        "polynomialfeatures__degree": {"low": 1, "high": 3},
        "gradientregressor__optimizer": {
            "choices": {
                "sgd": {"gradientregressor__learning_rate": {"low": 1e-3, "high": 0.05, "log": True}},
                "adam": {"gradientregressor__beta_1": {"low": 0.8, "high": 0.95}},
            }
        },
    }
    search = SweepSearchCV(PIPELINE, space, n_trials=20, cv=3, sampler=sampler, random_state=3)
    once, again = search.fit(X, y).cv_results_, search.fit(X, y).cv_results_
    side_by_side = clone(search).set_params(n_jobs=2).fit(X, y).cv_results_
    for other in (again, side_by_side):
        assert once["params"] == other["params"]
        np.testing.assert_array_equal(once["mean_test_score"], other["mean_test_score"])
    for params in once["params"]:
        adam = params["gradientregressor__optimizer"] == "adam"
        assert (
            adam
            == ("gradientregressor__beta_1" in params)
            == ("gradientregressor__learning_rate" not in params)
        )
        assert isinstance(params["polynomialfeatures__degree"], int)


class Counted(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Multiplies by a factor, and notes what it was fitted on."""

    fits: list[tuple[float, int]] = []  # noqa: RUF012 - of the class: scikit-learn copies what is an instance's

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor

    def fit(self, rows: Any, _target: Any = None) -> "Counted":
        self.n_features_in_ = rows.shape[1]
        Counted.fits.append((self.factor, hash(rows.tobytes())))
        return self

    def transform(self, rows: Any) -> Any:
        return rows * self.factor


def test_transformers_are_fitted_once_for_each_setting_and_fold() -> None:
    """Whatever number of candidates share them, and whenever these are asked."""
    Counted.fits.clear()
    pipeline = Pipeline([("counted", Counted()), ("model", SGD)])
    space = {"counted__factor": [1.0, 0.5], "model__l1": {"low": 1e-4, "high": 1.0, "log": True}}
    search = SweepSearchCV(
        pipeline, space, n_trials=40, cv=4, sampler="random", random_state=0, refit=False
    ).fit(X, y)
    assert len({params["counted__factor"] for params in search.cv_results_["params"]}) == 2
    assert len(Counted.fits) == len(set(Counted.fits)) == 2 * 4


def test_it_is_an_estimator_like_any_other() -> None:
    """In a pipeline, nested in `cross_val_score`, with weights, with several targets, for classes."""
    search = SweepSearchCV(SGD, {"l1": [0.0, 0.1]}, sampler="grid")
    outer = cross_val_score(make_pipeline(StandardScaler(), search), X, y, cv=3)
    grid = cross_val_score(make_pipeline(StandardScaler(), GridSearchCV(SGD, {"l1": [0.0, 0.1]})), X, y, cv=3)
    np.testing.assert_allclose(grid, outer, rtol=1e-9)
    assert search.fit(X, Y).predict(X).shape == (len(X), 2)

    weight = np.random.default_rng(0).uniform(0.1, 2, len(y))
    ours, theirs = (
        kind(Ridge(), {"alpha": [0.1, 100.0]}, **options).fit(X, y, sample_weight=weight)
        for kind, options in ((SweepSearchCV, {"sampler": "grid"}), (GridSearchCV, {}))
    )
    np.testing.assert_allclose(
        theirs.cv_results_["mean_test_score"], ours.cv_results_["mean_test_score"], rtol=1e-9
    )

    rows, classes = make_classification(100, 4, random_state=0)
    ours = SweepSearchCV(LogisticRegression(), {"C": [0.01, 1.0]}, sampler="grid").fit(rows, classes)
    theirs = GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0]}).fit(rows, classes)
    np.testing.assert_allclose(theirs.predict_proba(rows), ours.predict_proba(rows))


def test_a_candidate_that_fails_is_never_the_best() -> None:
    """It scores NaN, and the others are untouched; where all fail, the first reason is told."""
    space = {"max_depth": [1, 3, -5]}
    with pytest.warns(UserWarning, match="non-finite"):
        search = SweepSearchCV(DecisionTreeRegressor(random_state=0), space, sampler="grid").fit(X, y)
    failed = [params["max_depth"] == -5 for params in search.cv_results_["params"]]
    assert failed == np.isnan(search.cv_results_["mean_test_score"]).tolist()
    assert search.best_params_["max_depth"] == 3
    with pytest.raises(ValueError, match="max_depth"):
        SweepSearchCV(DecisionTreeRegressor(), {"max_depth": [-5, -6]}, sampler="grid").fit(X, y)


@pytest.mark.parametrize(
    ("estimator", "space", "words"),
    [
        (Ridge(), {"alhpa": [1.0]}, r"space\.alhpa: .*did you mean alpha"),
        (SGD, {"l1": {"low": -1, "high": 1}}, r"space\.l1: .*"),
        (PIPELINE, {"gradientregressor__momentum": [0.5, 2.0]}, r"space\.gradientregressor__momentum: .*"),
        (
            PIPELINE,
            {"gradientregressor__l1": {"low": 1}},
            r"space\.gradientregressor__l1\.high: a finite number",
        ),
    ],
)
def test_a_wrong_space_is_refused_in_one_line(estimator: Any, space: dict[str, Any], words: str) -> None:
    """Before anything is fitted, by the name it was given."""
    with pytest.raises(ParameterError, match=words) as refused:
        SweepSearchCV(estimator, space).fit(X, y)
    assert "\n" not in str(refused.value)
    with pytest.raises(ParameterError, match=r"sampler: .*'tep'.*tpe"):
        SweepSearchCV(Ridge(), {"alpha": [1.0]}, sampler="tep").fit(X, y)


def test_halving_ends_those_that_are_behind() -> None:
    """Of 16, the best 6 at epoch 10 and the best 2 at epoch 30 go on, by their scores so far."""
    model = clone(SGD).set_params(max_iter=90)
    space = {
        "model__l1": {"low": 1e-3, "high": 50, "log": True},
        "model__optimizer": ["sgd", "momentum", "adam"],
    }
    pipeline = Pipeline([("scale", StandardScaler()), ("model", model)])
    search = SweepSearchCV(
        pipeline, space, n_trials=16, cv=3, sampler="random", pruner="halving", random_state=0
    )
    results = search.fit(X, y).cv_results_
    grid = [{name: [value] for name, value in params.items()} for params in results["params"]]
    at = {
        epoch: GridSearchCV(clone(pipeline).set_params(model__max_iter=epoch), grid, cv=3, refit=False)
        .fit(X, y)
        .cv_results_["mean_test_score"]
        for epoch in (10, 30, 90)
    }
    after_10 = sorted(range(16), key=lambda k: -at[10][k])[:6]
    after_30 = sorted(after_10, key=lambda k: -at[30][k])[:2]
    expected = [at[90 if k in after_30 else 30 if k in after_10 else 10][k] for k in range(16)]
    assert [k not in after_30 for k in range(16)] == results["pruned"].tolist()
    np.testing.assert_allclose(expected, results["mean_test_score"], rtol=1e-9)
    assert search.best_index_ == max(after_30, key=lambda k: at[90][k])


def test_candidates_are_runs_where_a_store_is_given(tmp_path: Any) -> None:
    """One run a candidate under the search's own, with its score, read back by MLflow's own client."""
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    space = {
        "gradientregressor__l1": {"low": 1e-3, "high": 1, "log": True},
        "standardscaler": [StandardScaler(), None],
    }
    search = SweepSearchCV(PIPELINE, space, n_trials=5, cv=KFold(3), tracking_uri=uri, random_state=0).fit(
        X, y
    )
    client = MlflowClient(uri)
    parent = client.get_run(search.sweep_id_)
    children = client.search_runs(
        [parent.info.experiment_id], f"tags.mlflow.parentRunId = '{search.sweep_id_}'"
    )
    assert parent.info.status == "FINISHED"
    assert sorted(search.cv_results_["mean_test_score"]) == pytest.approx(
        sorted(run.data.metrics["cv_score"] for run in children)
    )
    assert {"StandardScaler()", "None"} == {run.data.params["standardscaler"] for run in children}


@parametrize_with_checks([SweepSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, n_trials=2, cv=2)])
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    """The whole suite, with no expected failure."""
    check(estimator)
