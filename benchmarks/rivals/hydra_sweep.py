"""Hydra's Optuna sweeper: ``python hydra_sweep.py -m folder=FOLDER hydra.sweeper.n_trials=N``."""

from __future__ import annotations

import time
from typing import Any

import hydra
import mlflow
from omegaconf import DictConfig, OmegaConf

from benchmarks.rivals.optuna_loop import client_logger
from benchmarks.rivals.task import NAME, Task, pipeline, register

TRIALS: list[tuple[float, dict[str, Any], Task]] = []
"""Scores and settings: the sweeper returns nothing, and runs its jobs one by one in this process."""


@hydra.main(version_base="1.3", config_path=".", config_name="hydra_sweep")
def job(config: DictConfig) -> float:
    """Run one trial."""
    settings = OmegaConf.to_container(config, resolve=True)
    task = TRIALS[-1][2] if TRIALS else Task.read(settings["folder"])
    del settings["folder"]
    scores = task.score(settings)
    run = mlflow.active_run()
    client_logger(run.info.experiment_id, run.info.run_id)(settings, scores)
    TRIALS.append((sum(scores) / len(scores), settings, task))
    return TRIALS[-1][0]


def main() -> None:
    """Search, refit the best, register it."""
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    mlflow.set_experiment(NAME)
    with mlflow.start_run():
        job()
        searched = time.time()
        best, settings, task = min(TRIALS, key=lambda trial: trial[0])
        register(pipeline(settings).fit(task.X, task.y), task.X[:5])
    task.end(searched, len(TRIALS), best)


if __name__ == "__main__":
    main()
