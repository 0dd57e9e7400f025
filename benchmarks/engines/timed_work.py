"""One engine at work: ``python -m benchmarks.engines.timed_work KIND WORKERS whole`` prints its seconds."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd

WINDOW = 4
"""Boosted trees are asked one at a time, so many ahead of the one that is told."""


def main() -> None:
    """Open the engine, let each worker read the table and prepare its folds, then time both works."""
    from bigtrain.config import EngineConfig
    from bigtrain.engine import open_engine

    kind, workers, quick = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "quick"
    works = {"gradient": gradient, "boosted trees": boosted}
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    with open_engine(EngineConfig(kind=kind, n_jobs=workers)) as engine:  # type: ignore[arg-type]
        validation = folds_of(2_000 if quick else 20_000, engine)
        for name, work in works.items():
            work(validation, 2 * WINDOW)
            seconds.setdefault("start", time.perf_counter() - began)
            began = time.perf_counter()
            work(validation, 8 if quick else {"gradient": 512, "boosted trees": 16}[name])
            seconds[name] = time.perf_counter() - began
    print(json.dumps(seconds))


def folds_of(rows: int, engine: Any) -> Any:
    """Return the evaluation of trials on four folds of a made table."""
    from bigtrain.data import folds
    from bigtrain.data.dataset import Dataset
    from bigtrain.evaluate import CrossValidation

    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 20))
    y = X[:, 0] * X[:, 1] + np.sin(X[:, 2]) + X @ rng.normal(size=20) / 5 + rng.normal(size=rows) / 5
    columns = tuple(f"x{i}" for i in range(20))
    table = pd.DataFrame(X, columns=list(columns))
    dataset = Dataset("made", table, y, "y", columns, (), "made", (), "made")
    return CrossValidation(dataset, folds(rows, 4, 0), seed=0, scoring="rmse", estimator={}, engine=engine)


def gradient(validation: Any, trials: int) -> None:
    """Train a cohort: mini-batches of squared loss, four optimizers mixed."""
    from bigtrain.records import Trial

    optimizers = ("momentum", "rmsprop", "adam", "adagrad")
    settings = [
        {"optimizer": optimizers[k % 4], "learning_rate": 1e-3 * 1.01**k, "batch_size": 64, "max_iter": 20}
        for k in range(trials)
    ]
    validation.evaluate([Trial(k, {}, each) for k, each in enumerate(settings)])


def boosted(validation: Any, trials: int) -> None:
    """Fit boosted trees in a sliding window of single trials, as a search does."""
    from bigtrain.records import Trial

    family = {"estimator": "hist_gradient_boosting", "max_iter": 60, "early_stopping": False}
    settings = [{**family, "learning_rate": 0.05 * 1.05**k} for k in range(trials)]
    with ThreadPoolExecutor(WINDOW) as window:
        list(window.map(lambda k: validation.evaluate([Trial(k, {}, settings[k])]), range(trials)))


if __name__ == "__main__":
    main()
