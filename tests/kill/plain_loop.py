"""The loop that most people write: Optuna's own SQL storage, MLflow's fluent calls, and ``load_if_exists``.

It goes on where it was as far as those two allow it: the same study, so many trials as are not finished yet.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import mlflow
import numpy as np
import optuna
from mlflow import MlflowClient
from optuna.trial import Trial, TrialState
from sklearn.linear_model import Ridge, SGDRegressor
from sklearn.model_selection import cross_validate, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bigtrain.data import load_dataset

N_TRIALS = 12
MODEL = "document"


def main() -> None:
    """Tune, refit, register, and promote what is better than the mean."""
    warnings.simplefilter("ignore")
    Path("mlruns").mkdir(exist_ok=True)
    mlflow.set_tracking_uri("sqlite:///mlruns/mlflow.db")
    if mlflow.get_experiment_by_name(MODEL) is None:
        mlflow.create_experiment(MODEL, artifact_location=str(Path("mlruns", "artifacts").resolve()))
    mlflow.set_experiment(MODEL)
    data = load_dataset("document")
    train, test = train_test_split(np.arange(len(data.y)), test_size=0.2, random_state=0)
    X, y = data.X.to_numpy(), data.y
    study = optuna.create_study(
        storage="sqlite:///mlruns/optuna.db",
        study_name=MODEL,
        sampler=optuna.samplers.TPESampler(seed=0, n_startup_trials=4),
        load_if_exists=True,
    )
    with mlflow.start_run(run_name="sweep"):
        study.optimize(
            lambda trial: objective(trial, X[train], y[train]),
            n_trials=N_TRIALS - sum(trial.state.is_finished() for trial in study.trials),
            catch=(ValueError,),
        )
        completed = study.get_trials(states=(TrialState.COMPLETE,))
        for number, best in enumerate(np.minimum.accumulate([trial.value for trial in completed])):
            mlflow.log_metric("best_so_far", best, step=number)
        mlflow.log_metrics({"cv_rmse": study.best_value})
        mlflow.set_tag("bigtrain.best_trial", study.best_trial.number)
        ship(study.best_params, X, y, train, test)


def objective(trial: Trial, X: np.ndarray, y: np.ndarray) -> float:
    """Cross-validate one setting; its run is a child of the sweep's."""
    params = {
        "eta0": trial.suggest_float("eta0", 1e-3, 3.0, log=True),
        "alpha": trial.suggest_float("alpha", 1e-6, 1e-1, log=True),
        "learning_rate": trial.suggest_categorical("learning_rate", ["constant", "invscaling"]),
    }
    with mlflow.start_run(run_name=f"trial-{trial.number}", nested=True):
        mlflow.set_tag("bigtrain.number", trial.number)
        mlflow.log_params(params)
        scores = cross_validate(
            model_of(params),
            X,
            y,
            cv=2,
            scoring=("neg_root_mean_squared_error", "neg_mean_absolute_error", "r2"),
        )
        for fold, (rmse, mae, r2) in enumerate(zip(*list(scores.values())[2:], strict=True)):
            mlflow.log_metrics({"fold_rmse": -rmse, "fold_mae": -mae, "fold_r2": r2}, step=fold)
        value = float(-scores["test_neg_root_mean_squared_error"].mean())
        mlflow.log_metric("cv_rmse", value)
    return value


def model_of(params: dict[str, object]) -> object:
    """The pipeline of a setting."""
    return make_pipeline(StandardScaler(), SGDRegressor(max_iter=40, tol=None, random_state=0, **params))


def ship(
    params: dict[str, object], X: np.ndarray, y: np.ndarray, train: np.ndarray, test: np.ndarray
) -> None:
    """Refit, compare with ridge, register; the alias goes to what is better than the mean."""
    model = model_of(params).fit(X[train], y[train])
    ridge = Ridge().fit(X[train], y[train])
    mlflow.log_metrics(
        {"holdout_r2": model.score(X[test], y[test]), "ridge_r2": ridge.score(X[test], y[test])}
    )
    logged = mlflow.sklearn.log_model(
        model,
        name="model",
        registered_model_name=MODEL,
        pip_requirements=["scikit-learn"],
        input_example=X[:2],
        serialization_format="cloudpickle",
    )
    if model.score(X[test], y[test]) > 0:
        MlflowClient().set_registered_model_alias(MODEL, "champion", logged.registered_model_version)


if __name__ == "__main__":
    main()
