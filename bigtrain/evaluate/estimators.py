"""The regressors by name: fitted, and given back in the target's own unit and their library's own class."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from bigtrain.families import FAMILIES, layer_sizes
from bigtrain.records import ParamValue

Array = NDArray[np.float64]

OWN_THREADS: Mapping[str, Mapping[str, Any]] = {
    "random_forest": {"n_jobs": 1},
    "extra_trees": {"n_jobs": 1},
    "knn": {"n_jobs": 1},
    "xgboost": {"n_jobs": 1, "verbosity": 0},
    "lightgbm": {"n_jobs": 1, "verbose": -1},
    "catboost": {"thread_count": 1, "verbose": False, "allow_writing_files": False},
}
"""The engine shares out the cores, so that no estimator takes any for itself, nor talks."""

WITHOUT_CHANCE = ("knn", "svr")


@dataclass(frozen=True, slots=True)
class TargetScale:
    """The target's mean and deviation in the training rows: models are trained on (y - mean) / deviation.

    Penalties, margins and learning rates then mean the same for a price in dollars and one in millions.
    """

    mean: float
    deviation: float

    @classmethod
    def of(cls, y: Array) -> TargetScale:
        """Measure `y`; a constant target keeps its unit."""
        deviation = float(y.std())
        return cls(float(y.mean()), deviation if deviation > 0 else 1.0)

    def standardize(self, y: Array) -> Array:
        """Return `y` with mean 0 and deviation 1."""
        return (y - self.mean) / self.deviation

    def restore(self, coef: Array, intercept: Array) -> tuple[Array, Array]:
        """Return the weights of models of the standardised target in the target's own unit."""
        return coef * self.deviation, intercept * self.deviation + self.mean


def fit_regressor(family: str, parameters: Mapping[str, ParamValue], X: Array, y: Array, seed: int) -> Any:
    """Fit one regressor of a family; its predictions are in the unit of `y`.

    Parameters
    ----------
    family : str
        A name of `FAMILIES`.
    parameters : mapping
        By the family's own names.
    X : array of shape (n, p)
        The rows as the model sees them.
    y : array of shape (n,)
        The target.
    seed : int
        Of whatever the regressor draws.
    """
    return fit_in_unit(make_regressor(family, parameters, seed), X, y)


def fit_in_unit(model: Any, X: Array, y: Array) -> Any:
    """Fit a regressor, on a standardised target where its kind wants that; it predicts in the unit of `y`."""
    # That an iteration ended at its limit is no news in a search over limits.
    warnings.simplefilter("ignore", ConvergenceWarning)
    # Nor that a table has fewer rows than a batch.
    warnings.filterwarnings("ignore", "Got `batch_size` less than 1 or larger than sample size")
    restore = _RESTORE.get(type(model).__name__)
    if restore is None:
        return model.fit(X, y)
    scale = TargetScale.of(y)
    model.fit(X, scale.standardize(y))
    restore(model, scale)
    return model


def make_regressor(family: str, parameters: Mapping[str, ParamValue], seed: int) -> Any:
    """Return an unfitted regressor of one thread."""
    module, _, name = FAMILIES[family].estimator.rpartition(".")
    values: dict[str, Any] = {**parameters, **OWN_THREADS.get(family, {})}
    if "hidden_layer_sizes" in values:
        values["hidden_layer_sizes"] = layer_sizes(values["hidden_layer_sizes"])
    if family not in WITHOUT_CHANCE:
        values["random_state"] = seed
    return getattr(import_module(module), name)(**values)


def features_used(model: Any, n_features: int) -> int:
    """Count the columns that a fitted model reads, as far as it says so; else all."""
    weights = getattr(model, "coef_", None) if not hasattr(model, "dual_coef_") else None
    if weights is None:
        weights = getattr(model, "feature_importances_", None)
    return n_features if weights is None else int(np.count_nonzero(weights))


def iterations(model: Any) -> float:
    """Return how many iterations a fitted model took, NaN where it doesn't say."""
    n_iter = getattr(model, "n_iter_", None)
    return float("nan") if n_iter is None else float(np.max(n_iter))


def _restore_linear(model: Any, scale: TargetScale) -> None:
    model.coef_, model.intercept_ = scale.restore(model.coef_, np.asarray(model.intercept_, dtype=float))
    model.intercept_ = float(model.intercept_)


def _restore_svr(model: Any, scale: TargetScale) -> None:
    # libsvm predicts from the names with an underscore before them.
    dual, intercept = scale.restore(model.dual_coef_, model.intercept_)
    model.dual_coef_ = model._dual_coef_ = dual
    model.intercept_, model._intercept_ = intercept, intercept.copy()


def _restore_mlp(model: Any, scale: TargetScale) -> None:
    model.coefs_[-1], model.intercepts_[-1] = scale.restore(model.coefs_[-1], model.intercepts_[-1])


_RESTORE: Mapping[str, Callable[[Any, TargetScale], None]] = {
    "Ridge": _restore_linear,
    "ElasticNet": _restore_linear,
    "SVR": _restore_svr,
    "MLPRegressor": _restore_mlp,
}
"""Classes that learn the standardised target, and how their weights come into its own unit.

Trees and neighbours predict means of targets: in whichever unit, they are the same.
"""
