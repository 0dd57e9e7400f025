"""Every family trains, scores and ships the same way, and a trial that fails says why."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline

from bigtrain.data import folds
from bigtrain.evaluate import CrossValidation
from bigtrain.evaluate.estimators import TargetScale, fit_regressor, make_regressor
from bigtrain.evaluate.final import fit_pipeline
from bigtrain.evaluate.preprocessing import make_preprocessor
from bigtrain.families import FAMILIES
from bigtrain.records import Trial, TrialState
from bigtrain.seeds import derive_seed

SETTINGS = {
    "gradient": {"max_iter": 20},
    "ridge": {"alpha": 3.0},
    "elastic_net": {"alpha": 0.01, "l1_ratio": 0.9},
    "hist_gradient_boosting": {"max_iter": 10, "encoder": "ordinal"},
    "random_forest": {"n_estimators": 5},
    "extra_trees": {"n_estimators": 5, "max_features": "sqrt"},
    "knn": {"n_neighbors": 3, "weights": "distance"},
    "svr": {"C": 2.0, "epsilon": 0.05},
    "mlp": {"hidden_layer_sizes": "8x4", "max_iter": 20},
}
STEPS = {"features": "polynomial", "features__degree": 2, "scaler": "quantile"}


def evaluate(dataset, engine, settings, **more):
    validation = CrossValidation(
        dataset, folds(len(dataset.y), 3, 5), seed=5, scoring="rmse", estimator={}, engine=engine, **more
    )
    return validation.evaluate([Trial(n, {}, setting) for n, setting in enumerate(settings)])


def test_every_family_that_needs_no_other_package_is_in_the_table():
    """A new family gets its line here."""
    assert set(SETTINGS) == {
        name for name, family in FAMILIES.items() if family.package in ("sklearn", "bigtrain")
    }


@pytest.mark.parametrize("family", SETTINGS)
def test_what_is_shipped_predicts_what_was_scored(mixed, engine, family):
    """The pipeline fitted on a fold's rows has that fold's error on the others: one way to fit, not two."""
    settings = {"estimator": family, **SETTINGS[family], **STEPS}
    (outcome,) = evaluate(mixed, engine, [settings])
    assert outcome.state is TrialState.COMPLETE, outcome.reason
    train, test = folds(240, 3, 5)[1]
    pipeline = fit_pipeline(mixed, train, settings, derive_seed(5, "fold", 1))
    rmse = root_mean_squared_error(mixed.y[test], pipeline.predict(mixed.X.iloc[test]))
    assert rmse == pytest.approx(outcome.metrics["fold_1_rmse"], rel=1e-9)
    assert {type(step).__module__.split(".")[0] for _, step in pipeline.steps} == {"sklearn"}


OTHERS = {
    "xgboost": {"n_estimators": 5, "subsample": 0.8},
    "lightgbm": {"n_estimators": 5, "num_leaves": 7},
    "catboost": {"iterations": 5, "rsm": 0.8},
}


@pytest.mark.parametrize("family", OTHERS)
def test_families_of_other_projects_train_and_ship_the_same_way(mixed, engine, family):
    """What is shipped is refitted to the bit, and made of types that are trusted where it is one of those."""
    pytest.importorskip(family)
    import skops.io

    from bigtrain.registry.saved_model import packages_in, trusted_types

    settings = {"estimator": family, **OTHERS[family], "encoder": "ordinal"}
    (outcome,) = evaluate(mixed, engine, [settings])
    assert outcome.state is TrialState.COMPLETE, outcome.reason
    train, test = folds(240, 3, 5)[1]
    pipeline = fit_pipeline(mixed, train, settings, derive_seed(5, "fold", 1))
    rows = mixed.X.iloc[test]
    rmse = root_mean_squared_error(mixed.y[test], pipeline.predict(rows))
    assert rmse == pytest.approx(outcome.metrics["fold_1_rmse"], rel=1e-6)
    assert packages_in(pipeline) == [family]
    loaded = skops.io.loads(skops.io.dumps(pipeline), trusted=trusted_types([family]))
    assert loaded.predict(rows).tolist() == pipeline.predict(rows).tolist()


@pytest.mark.parametrize("family", ["ridge", "hist_gradient_boosting", "random_forest", "extra_trees", "knn"])
def test_families_that_know_no_unit_score_as_in_scikit_learn(mixed, engine, family):
    """A plain pipeline of scikit-learn, of the same seed, has the same error on each fold."""
    (outcome,) = evaluate(mixed, engine, [{"estimator": family, **SETTINGS[family]}])
    for number, (train, test) in enumerate(folds(240, 3, 5)):
        own = {k: v for k, v in SETTINGS[family].items() if k != "encoder"}
        model = clone(make_regressor(family, own, derive_seed(5, "fold", number)))
        steps = {k: v for k, v in SETTINGS[family].items() if k == "encoder"}
        pipeline = make_pipeline(make_preprocessor(mixed, steps), model)
        predictions = pipeline.fit(mixed.X.iloc[train], mixed.y[train]).predict(mixed.X.iloc[test])
        rmse = root_mean_squared_error(mixed.y[test], predictions)
        assert rmse == pytest.approx(outcome.metrics[f"fold_{number}_rmse"], rel=1e-6)


@pytest.mark.parametrize("family", ["elastic_net", "svr", "mlp"])
def test_families_that_know_a_unit_learn_the_standardised_target(family):
    """Predictions are those of the standardised target, in the target's own unit."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    y = 1e6 + 1e5 * (X[:, 0] + np.sin(X[:, 1]))
    parameters = {k: v for k, v in SETTINGS[family].items() if k != "encoder"}
    scale = TargetScale.of(y)
    reference = make_regressor(family, parameters, 3)
    with pytest.warns() if family == "mlp" else np.errstate():
        reference.fit(X, scale.standardize(y))
    expected = scale.mean + scale.deviation * reference.predict(X)
    assert fit_regressor(family, parameters, X, y, 3).predict(X) == pytest.approx(expected, rel=1e-9)


def test_an_estimators_exception_is_a_failed_trial(mixed, engine):
    """Its first line is the reason, the rest its traceback; the others are untouched."""
    bad = {"estimator": "hist_gradient_boosting", "loss": "gamma"}  # for targets above 0 alone
    failed, well = evaluate(mixed, engine, [bad, {"estimator": "ridge"}])
    assert failed.state is TrialState.FAIL
    assert failed.reason.startswith("fold 0: ValueError: ")
    assert "\n" not in failed.reason
    assert "Traceback" in failed.traceback
    assert well.state is TrialState.COMPLETE


def test_fixed_parameters_are_those_of_their_own_family(mixed, engine):
    """What `estimator.params` says of one family is not said to another."""
    fixed = {"estimator": {"alpha": 1e6}, "kind": "ridge"}
    validation = CrossValidation(mixed, folds(240, 3, 5), seed=5, scoring="rmse", engine=engine, **fixed)
    settings = [{}, {"alpha": 1e6}, {"estimator": "elastic_net", "alpha": 0.001}, {"estimator": "svr"}]
    stiff, same, loose, other = validation.evaluate([Trial(n, {}, s) for n, s in enumerate(settings)])
    assert stiff.values == same.values
    assert loose.values[0] < stiff.values[0]
    assert other.state is TrialState.COMPLETE


def test_the_columns_that_a_model_reads_are_counted(mixed, engine):
    """Of a linear model its weights that aren't 0, of a forest the columns that it splits on; else all."""
    settings = [
        {"estimator": "elastic_net", "alpha": 0.3, "l1_ratio": 1.0},
        {"estimator": "gradient", "optimizer": "gd", "l1": 0.3, "max_iter": 500},
        {"estimator": "random_forest", "n_estimators": 1, "max_depth": 1},
        {"estimator": "knn"},
    ]
    lasso, gradient, stump, neighbours = [
        outcome.metrics["n_features"] for outcome in evaluate(mixed, engine, settings)
    ]
    assert lasso == gradient < 4
    assert stump == 1
    assert neighbours > 7


def test_several_objectives_are_several_values(mixed, engine):
    """In the order in which they are asked for."""
    objectives = ("cv_rmse", "n_features")
    (outcome,) = evaluate(mixed, engine, [{"estimator": "ridge"}], objectives=objectives)
    assert outcome.values == tuple(outcome.metrics[name] for name in objectives)


def test_a_trial_submitted_alone_comes_out_as_in_a_cohort(mixed, engine):
    """Of whichever family: `submit` and `evaluate` are two doors to the same room."""
    validation = CrossValidation(mixed, folds(240, 3, 5), seed=5, scoring="rmse", estimator={}, engine=engine)
    trials = [
        Trial(n, {}, {"estimator": family, **SETTINGS[family]})
        for n, family in enumerate(("gradient", "random_forest", "svr"))
    ]
    alone = [validation.submit(trial).outcomes()[0] for trial in trials]
    assert validation.evaluate(trials) == alone
