"""FLAML on a table, in a Python of its own: `python rival.py FOLDER TARGET SECONDS CORES` prints its R²."""

import json
import sys
from pathlib import Path

import pandas as pd
from flaml import AutoML
from sklearn.metrics import r2_score


def main() -> None:
    """Search on the training rows, score the others."""
    folder, target, seconds, cores = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
    train, test = (pd.read_csv(folder / f"{part}.csv") for part in ("train", "test"))
    automl = AutoML()
    automl.fit(
        train.drop(columns=target), train[target], task="regression", metric="r2", time_budget=seconds,
        n_jobs=cores, seed=0, verbose=0,
    )  # fmt: skip
    r2 = r2_score(test[target], automl.predict(test.drop(columns=target)))
    print(json.dumps({"r2": r2, "made of": automl.best_estimator}))


if __name__ == "__main__":
    main()
