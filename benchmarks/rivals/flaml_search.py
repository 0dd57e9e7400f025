"""FLAML with its own learners, untracked: ``python flaml_search.py FOLDER TRIALS SECONDS JOBS``.

Its own MLflow logging saves models in the skops format, which MLflow 3.17 refuses for FLAML's classes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import mlflow
from flaml import AutoML

from benchmarks.rivals.task import NAME, Task, register


def main() -> None:
    """Search until either is spent, register the refitted best."""
    folder, trials, seconds, jobs = sys.argv[1:]
    task = Task.read(folder)
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    mlflow.set_experiment(NAME)
    automl = AutoML()
    with mlflow.start_run():
        task.first = time.time()
        automl.fit(
            task.X, task.y, task="regression", metric="rmse", max_iter=int(trials),
            time_budget=float(seconds), eval_method="cv", split_type=task.folds, n_jobs=int(jobs), seed=0,
            verbose=0, log_file_name="log", log_type="all", mlflow_logging=False,
        )  # fmt: skip
        searched = time.time()
        register(automl.model.estimator, task.X[:5])
    done = Path("log").read_text().count('"record_id"')
    task.end(searched, done, float(automl.best_loss))


if __name__ == "__main__":
    main()
