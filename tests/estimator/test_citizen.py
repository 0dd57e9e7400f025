"""The estimator among scikit-learn's own tools."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import sklearn
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bigtrain import GradientRegressor, fit_cohort
from bigtrain.errors import ParameterError

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 4)) * [1, 10, 0.1, 3] + [0, 5, 1, -2]
y = X @ [1.0, -0.2, 8.0, 0.5] + 3.0 + 0.2 * rng.normal(size=80)


def test_a_grid_of_numpy_numbers_is_searched() -> None:
    """GridSearchCV over np.arange and np.linspace behind a scaler finds the unpenalised setting."""
    search = GridSearchCV(
        make_pipeline(StandardScaler(), GradientRegressor()),
        {"gradientregressor__l2": np.linspace(0, 1, 3), "gradientregressor__max_iter": np.arange(300, 302)},
        cv=3,
    ).fit(X, y)
    assert search.best_params_["gradientregressor__l2"] == 0
    assert search.best_score_ > 0.9


def test_a_target_is_transformed_around_it() -> None:
    """TransformedTargetRegressor scales y there and back."""
    model = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), GradientRegressor("adam", learning_rate=0.1)),
        transformer=StandardScaler(),
    ).fit(X, 1e6 * y)
    assert model.score(X, 1e6 * y) > 0.95


def test_sample_weight_is_routed_and_columns_keep_their_names() -> None:
    """Metadata routing reaches fit inside a pipeline, and a pandas output arrives with its names."""
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=False).set_output(transform="pandas")
        model = make_pipeline(scaler, GradientRegressor().set_fit_request(sample_weight=True))
        model.fit(X, y, sample_weight=np.where(np.arange(80) < 40, 1.0, 0.0))
    half = GradientRegressor().fit(model[0].transform(X)[:40], y[:40])
    np.testing.assert_allclose(half.coef_, model[-1].coef_, rtol=1e-6)
    assert list(half.feature_names_in_) == ["x0", "x1", "x2", "x3"]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("plan", ["auto", "rows"])
def test_folds_are_cross_validation(plan: str, n_jobs: int) -> None:
    """With folds and standardize, scores and predictions are those of scikit-learn's loop over a pipeline."""
    settings = [{"optimizer": name, "learning_rate": 0.05, "l1": 0.01} for name in ("adam", "nesterov")]
    settings.append({"loss": "huber", "max_iter": 400})
    folds = list(KFold(4, shuffle=True, random_state=0).split(X))
    together = fit_cohort(X, y, settings, folds=folds, standardize=True, plan=plan,
                          n_jobs=n_jobs)  # fmt: skip
    for k, setting in enumerate(settings):
        pipeline = make_pipeline(StandardScaler(), GradientRegressor(**setting))
        expected = cross_val_predict(pipeline, X, y, cv=folds)
        np.testing.assert_allclose(together.predict()[k], expected, rtol=1e-6, atol=1e-6)
        errors = [np.mean((expected[test] - y[test]) ** 2) for _, test in folds]
        np.testing.assert_allclose(together.scores[k], errors, rtol=1e-5)
        assert together.validation_curves[k][0][-1][1] == pytest.approx(errors[0], rel=1e-5)
    np.testing.assert_allclose(together.confirm(), together.scores, rtol=1e-8)


def test_standardizing_is_for_the_features_as_they_were_given() -> None:
    """Coefficients come back in the units of X."""
    (model,) = fit_cohort(X, y, [{}], standardize=True)
    scaled = make_pipeline(StandardScaler(), GradientRegressor()).fit(X, y)
    np.testing.assert_allclose(scaled.predict(X), model.predict(X), rtol=1e-7)


def test_an_unknown_hyper_parameter_is_refused_by_name() -> None:
    """A misspelt key of a setting is named, and so are the known ones."""
    with pytest.raises(ParameterError, match=r"learn_rate.*learning_rate"):
        fit_cohort(X, y, [{"learn_rate": 0.1}])


def test_the_package_imports_nothing_slow() -> None:
    """`import bigtrain` loads neither numba nor scikit-learn nor the homes of other libraries."""
    slow = {"hydra", "mlflow", "numba", "numpy", "optuna", "sklearn"}
    code = f"import sys, bigtrain; print(sorted({slow!r} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
