"""Small tables for the tests of the numerics."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bigtrain.numerics.cohort import Cohort
from bigtrain.numerics.training_data import TrainingData

Array = NDArray[Any]


def table(n: int = 40, p: int = 5, seed: int = 0) -> tuple[Array, Array]:
    """Rows of normal features with a linear target."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    return X, X @ rng.normal(size=p) + 1.0 + 0.3 * rng.normal(size=n)


def data(n: int = 40, p: int = 5, seed: int = 0) -> TrainingData:
    """The same as training data."""
    return TrainingData(*table(n, p, seed))


def weights(cohort: Cohort) -> Array:
    """Coefficients and intercepts of all members."""
    return np.column_stack([cohort.coef, cohort.intercept])
