"""Small linear models that learn what another model predicts, and the choice among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame
from sklearn.pipeline import Pipeline

from bigtrain.compression.linear import pruned
from bigtrain.data import Dataset
from bigtrain.errors import ParameterError
from bigtrain.estimator import fit_cohort
from bigtrain.evaluate.estimators import TargetScale
from bigtrain.evaluate.preprocessing import make_preprocessor
from bigtrain.records import ParamValue

Floats = NDArray[np.float64]

FEATURES: Sequence[Mapping[str, ParamValue]] = (
    {"features": "none"},
    {"features": "spline", "features__degree": 3, "features__n_knots": 6},
    {"features": "spline", "features__degree": 3, "features__n_knots": 12},
    {"features": "polynomial", "features__degree": 2},
    {"features": "polynomial", "features__degree": 3},
)
"""What a student may see, the plainest first."""

MOST_TERMS = 1000
"""Wider tables of features are not tried: a student is to be small."""

FEW_ROWS = 100
"""Rows that tell how wide a table of features would be."""

STRENGTHS = (3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5)
SETTINGS: Sequence[Mapping[str, Any]] = tuple(
    {
        "optimizer": "adam",
        "learning_rate": 0.02,
        "schedule": "cosine",
        "max_iter": 2000,
        "tol": None,
        "l1": strength,
        "l2": 1e-6,
    }
    for strength in STRENGTHS
)
"""Gradient regressors, from few terms to many; all of them train as one."""

NEARLY, ENOUGH = 1.01, 0.03
"""Of students within so many times the error of the best, or within so many of the teacher's deviations, the
one of fewest terms is chosen."""


@dataclass(frozen=True, slots=True)
class Student:
    """One way to be a student.

    Attributes
    ----------
    features : mapping
        What it sees.
    setting : mapping
        How it is trained.
    terms : int
        Weights that aren't zero.
    error : float
        Root mean squared difference from the teacher, on rows that it was not trained on.
    """

    features: Mapping[str, ParamValue]
    setting: Mapping[str, Any]
    terms: int
    error: float

    def __str__(self) -> str:
        said = [words.format(self.features[key]) for key, words in _WORDS.items() if key in self.features]
        return f"{_KINDS[str(self.features['features'])]}{', '.join(said)}, l1={self.setting['l1']:g}"


_KINDS = {"none": "straight lines", "spline": "splines of ", "polynomial": "polynomials of "}
_WORDS = {"features__degree": "degree {}", "features__n_knots": "{} knots"}


def choose(table: Dataset, taught: tuple[DataFrame, Floats], asked: tuple[DataFrame, Floats]) -> Student:
    """Train students of every kind, and return the smallest of those nearest to the teacher.

    Parameters
    ----------
    table : Dataset
        Says which columns are numbers, and which categories.
    taught, asked : pair of DataFrame and array
        Rows with the teacher's predictions: those to learn from, and others to be judged by.
    """
    students = [each for features in FEATURES for each in _class(table, features, taught, asked)]
    allowed = max(NEARLY * min(each.error for each in students), ENOUGH * float(asked[1].std()))
    near = (each for each in students if each.error <= allowed)
    return min(near, key=lambda each: (each.terms, FEATURES.index(each.features), each.error))


def _class(
    table: Dataset,
    features: Mapping[str, ParamValue],
    taught: tuple[DataFrame, Floats],
    asked: tuple[DataFrame, Floats],
) -> list[Student]:
    """Train all settings on one kind of features; none where these would be too many."""
    (X, y), (X_asked, y_asked) = taught, asked
    columns = _columns(table, features, len(y))
    if columns is None or _width(columns, X, y) > MOST_TERMS:
        return []
    Z, scale = np.ascontiguousarray(columns.fit_transform(X, y)), TargetScale.of(y)
    Z_asked = np.ascontiguousarray(columns.transform(X_asked))
    students = []
    for setting, model in zip(SETTINGS, fit_cohort(Z, scale.standardize(y), SETTINGS), strict=True):
        predicted = model.predict(Z_asked) * scale.deviation + scale.mean
        error = float(np.sqrt(np.mean(np.square(predicted - y_asked))))
        students.append(Student(features, setting, int(np.count_nonzero(model.coef_)), error))
    return [each for each in students if each.terms]


def _columns(table: Dataset, features: Mapping[str, ParamValue], rows: int) -> Any:
    try:
        return make_preprocessor(table, features, rows=rows)
    except ParameterError:  # too many features for this table
        return None


def _width(columns: Any, X: DataFrame, y: Floats) -> int:
    """Return how many columns it makes, as a few rows tell."""
    width: int = columns.fit_transform(X.iloc[:FEW_ROWS], y[:FEW_ROWS]).shape[1]
    return width


def train(table: Dataset, student: Student, X: DataFrame, y: Floats) -> Pipeline:
    """Train a chosen student; what it doesn't use is not in the pipeline."""
    columns, scale = make_preprocessor(table, student.features, rows=len(y)), TargetScale.of(y)
    Z = np.ascontiguousarray(columns.fit_transform(X, y))
    (model,) = fit_cohort(Z, scale.standardize(y), [student.setting])
    kept = np.flatnonzero(model.coef_)
    weights, intercept = scale.restore(model.coef_[kept], np.asarray(model.intercept_))
    return pruned(columns, kept, weights, float(intercept), X, y)
