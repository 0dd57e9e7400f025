"""Optuna, `SGDRegressor` and MLflow: ``python optuna_loop.py FOLDER TRIALS SAMPLER JOBS {fluent,client}``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mlflow
import optuna
from mlflow.entities import Metric, Param

from benchmarks.rivals.task import NAME, Task, pipeline, register, suggest

SAMPLERS = {"tpe": optuna.samplers.TPESampler, "random": optuna.samplers.RandomSampler}
Log = Callable[[Mapping[str, Any], Sequence[float]], None]


def log_fluent(settings: Mapping[str, Any], scores: Sequence[float]) -> None:
    """Log a trial as MLflow's own examples do."""
    with mlflow.start_run(nested=True):
        mlflow.log_params(settings)
        for fold, score in enumerate(scores):
            mlflow.log_metric(f"fold_{fold}_rmse", score)
        mlflow.log_metric("cv_rmse", sum(scores) / len(scores))


def client_logger(experiment_id: str, parent: str) -> Log:
    """Return what logs a trial in one batch, from any thread."""
    client = mlflow.MlflowClient()

    def log(settings: Mapping[str, Any], scores: Sequence[float]) -> None:
        run_id = client.create_run(experiment_id, tags={"mlflow.parentRunId": parent}).info.run_id
        now = int(1000 * time.time())
        metrics = [Metric(f"fold_{fold}_rmse", score, now, 0) for fold, score in enumerate(scores)]
        metrics.append(Metric("cv_rmse", sum(scores) / len(scores), now, 0))
        client.log_batch(run_id, metrics, [Param(key, str(value)) for key, value in settings.items()])
        client.set_terminated(run_id)

    return log


def main() -> None:
    """Search, refit the best, register it."""
    folder, trials, sampler, jobs, how = sys.argv[1:]
    task = Task.read(folder)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    experiment = mlflow.set_experiment(NAME)
    with mlflow.start_run() as parent:
        log = log_fluent if how == "fluent" else client_logger(experiment.experiment_id, parent.info.run_id)

        def objective(trial: optuna.Trial) -> float:
            settings = suggest(trial)
            scores = task.score(settings)
            log(settings, scores)
            return sum(scores) / len(scores)

        study = optuna.create_study(sampler=SAMPLERS[sampler](seed=0))
        study.optimize(objective, n_trials=int(trials), n_jobs=int(jobs))
        searched = time.time()
        register(pipeline(study.best_params).fit(task.X, task.y), task.X[:5])
    task.end(searched, len(study.trials), study.best_value)


if __name__ == "__main__":
    main()
