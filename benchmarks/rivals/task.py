"""What every rival is given: rows with their folds, a pipeline of `SGDRegressor`, how to register a model.

Each rival is a script beside this file that runs in a Python of its own, so that this imports no more than
NumPy and scikit-learn. Its last line says what it came to.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import SGDRegressor
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import PredefinedSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

FILE = "task.npz"
NAME = "sweep"
RATES, STRENGTHS, RATIOS = (1e-4, 1e-1), (1e-7, 1e-1), (0.0, 1.0)
"""Ranges of eta0, alpha (both by their logarithm) and l1_ratio; a schedule and averaging are chosen too."""

SCHEDULES = ("constant", "invscaling")
REQUIREMENTS = ("scikit-learn", "numpy", "scipy", "pandas")


@dataclass
class Task:
    """The rows, and when what happened.

    Attributes
    ----------
    X, y : float64 arrays
        Training rows.
    folds : PredefinedSplit
        The folds that bigtrain scores on.
    first : float
        Unix time at which the first trial began.
    """

    X: NDArray[np.float64]
    y: NDArray[np.float64]
    folds: PredefinedSplit
    first: float = field(default=0.0)

    @classmethod
    def read(cls, folder: str) -> Task:
        """Read what `comparison.write_task` wrote."""
        held = np.load(Path(folder) / FILE)
        return cls(held["X"], held["y"], PredefinedSplit(held["fold"]))

    def score(self, settings: Mapping[str, Any]) -> list[float]:
        """Return a setting's RMSE in each fold."""
        self.first = self.first or time.time()
        return [self._fold_score(settings, train, test) for train, test in self.folds.split()]

    def _fold_score(self, settings: Mapping[str, Any], train: Any, test: Any) -> float:
        fitted = pipeline(settings).fit(self.X[train], self.y[train])
        return float(root_mean_squared_error(self.y[test], fitted.predict(self.X[test])))

    def end(self, searched: float, trials: int, best: float) -> None:
        """Say what came of it; `searched` is when the last trial had ended."""
        print(json.dumps({"first": self.first, "searched": searched, "trials": trials, "best": best}))


def pipeline(settings: Mapping[str, Any]) -> Pipeline:
    """Return the pipeline with a setting of its regressor."""
    return make_pipeline(StandardScaler(), SGDRegressor(penalty="elasticnet", random_state=0, **settings))


def suggest(trial: Any) -> dict[str, Any]:
    """Ask Optuna for a setting."""
    return {
        "eta0": trial.suggest_float("eta0", *RATES, log=True),
        "alpha": trial.suggest_float("alpha", *STRENGTHS, log=True),
        "l1_ratio": trial.suggest_float("l1_ratio", *RATIOS),
        "learning_rate": trial.suggest_categorical("learning_rate", SCHEDULES),
        "average": trial.suggest_categorical("average", [False, True]),
    }


def register(model: Any, example: NDArray[np.float64]) -> None:
    """Register a fitted model, with all that MLflow would take seconds to infer said beforehand."""
    import mlflow
    from mlflow.models import infer_signature

    mlflow.sklearn.log_model(
        model,
        name="model",
        registered_model_name=NAME,
        signature=infer_signature(example, model.predict(example)),
        pip_requirements=[f"{package}=={version(package)}" for package in REQUIREMENTS],
        serialization_format="cloudpickle",
    )
