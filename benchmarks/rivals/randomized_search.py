"""`RandomizedSearchCV` under MLflow's autolog: ``python randomized_search.py FOLDER TRIALS JOBS``."""

from __future__ import annotations

import sys
import time

import mlflow
from scipy.stats import loguniform, uniform
from sklearn.model_selection import RandomizedSearchCV

from benchmarks.rivals.task import NAME, RATES, SCHEDULES, STRENGTHS, Task, pipeline, register

SPACE = {
    "sgdregressor__eta0": loguniform(*RATES),
    "sgdregressor__alpha": loguniform(*STRENGTHS),
    "sgdregressor__l1_ratio": uniform(),
    "sgdregressor__learning_rate": SCHEDULES,
    "sgdregressor__average": [False, True],
}


def main() -> None:
    """Search with every trial as a run, register the refitted best."""
    folder, trials, jobs = sys.argv[1:]
    task = Task.read(folder)
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    mlflow.set_experiment(NAME)
    mlflow.sklearn.autolog(max_tuning_runs=int(trials), log_models=False, log_datasets=False, silent=True)
    search = RandomizedSearchCV(
        pipeline({}), SPACE, n_iter=int(trials), scoring="neg_root_mean_squared_error",
        cv=task.folds, n_jobs=int(jobs), random_state=0,
    )  # fmt: skip
    with mlflow.start_run():
        task.first = time.time()
        search.fit(task.X, task.y)
        searched = time.time()
        register(search.best_estimator_, task.X[:5])
    task.end(searched, int(trials), -search.best_score_)


if __name__ == "__main__":
    main()
