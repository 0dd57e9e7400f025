"""What a table goes through before a model sees it, in scikit-learn's own classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.kernel_approximation import Nystroem
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

from bigtrain.data import Dataset
from bigtrain.errors import ParameterError
from bigtrain.families import PREPROCESSING
from bigtrain.records import ParamValue
from bigtrain.wording import counted

Settings: TypeAlias = Mapping[str, ParamValue]

MAX_CATEGORIES = 100
"""Columns that one category column may become; rarer categories share the last one."""

BLOCK = 8
"""Columns whose scales are learned at a time: of 50,000 rows, 3 MB."""

LARGEST_TABLE = 2**28
"""Cells that made features may fill (2 GB)."""


def complete(settings: Settings) -> dict[str, ParamValue]:
    """Return every preprocessing parameter that is read, in one order: equal steps have equal settings."""
    values = {name: settings.get(name, parameter.default) for name, parameter in PREPROCESSING.items()}
    return {
        name: value
        for name, value in values.items()
        if not (needs := PREPROCESSING[name].needs) or values[needs[0]] in needs[1]
    }


class QuickImputer(SimpleImputer):  # type: ignore[misc]  # scikit-learn ships no types
    """Learns what `SimpleImputer` learns of medians, in a tenth of the time, and is one from then on."""

    def fit(self, X: pd.DataFrame, y: object = None) -> SimpleImputer:
        """Learn the median of each column."""
        # scikit-learn's masked median sorts whole columns; of one row, the medians are that row.
        medians = [_median(X[name].to_numpy(dtype=np.float64)) for name in X]
        super().fit(pd.DataFrame([medians], columns=X.columns), y)
        self.__class__ = SimpleImputer
        return self


class QuickScaler(StandardScaler):  # type: ignore[misc]  # likewise
    """Learns what `StandardScaler` learns of columns without holes, in a third of the time, and is one then.

    What it is fitted on it scales in place: in a pipeline, what the step before it has made.
    """

    def fit(self, X: NDArray[Any], y: object = None) -> StandardScaler:
        """Learn means and variances of some columns at a time: what is made of them stays in the caches."""
        parts = [StandardScaler().fit(X[:, first : first + BLOCK]) for first in range(0, X.shape[1], BLOCK)]
        super().fit(X[:1], y)
        self.n_samples_seen_ = parts[0].n_samples_seen_
        for name in ("mean_", "var_", "scale_"):
            setattr(self, name, np.concatenate([getattr(part, name) for part in parts]))
        self.__class__ = StandardScaler
        return self

    def fit_transform(self, X: NDArray[Any], y: object = None) -> NDArray[Any]:
        """Fit it, and scale X itself."""
        return np.asarray(self.fit(X, y).transform(X, copy=False))


def _median(cells: NDArray[np.float64]) -> float:
    """Return the median of the cells that are known, NaN where none is."""
    known = cells[~np.isnan(cells)]
    if not len(known):
        return math.nan
    # Of one place alone NumPy finds the cell by whole vectors, six times as fast as of two.
    middle = len(known) // 2
    parted = np.partition(known, middle)
    upper = float(parted[middle])
    return upper if len(known) % 2 else (float(parted[:middle].max()) + upper) / 2


def make_preprocessor(
    dataset: Dataset,
    settings: Settings | None = None,
    *,
    rows: int | None = None,
    seed: int = 0,
    imputer: type[SimpleImputer] = SimpleImputer,
    scaler: type[StandardScaler] = StandardScaler,
) -> ColumnTransformer:
    """Return an unfitted transformer for the columns of `dataset`.

    Numbers: missing cells get the median, then they are scaled; polynomial or spline features are made of
    the scaled ones and standardised again, since gradient descent wants columns of one size. Categories: one
    column each, in which a missing cell is a category of its own (no imputer before it, since that has no
    ONNX converter for text) and an unseen one counts as rare, or as none where nothing was rare; or one
    number for each, its place in the alphabet or the mean target of its rows, standardised.

    Parameters
    ----------
    dataset : Dataset
        The table.
    settings : mapping, optional
        `scaler`, `encoder`, `features` and what these read; what is left out has its default.
    rows : int, optional
        Rows it will be fitted on. Default: all.
    seed : int, default 0
        Of the steps that draw: quantiles of many rows, the parts of the target encoder.
    imputer, scaler : type, default SimpleImputer and StandardScaler
        What learns medians, and means and variances.

    Raises
    ------
    ParameterError
        If the features to be made would not fit into memory.
    """
    values = complete(settings or {})
    rows = len(dataset.y) if rows is None else rows
    numbers = [
        imputer(strategy="median", keep_empty_features=True),
        *_scaler(values, rows, seed, scaler),
        *_expansion(values, rows, len(dataset.numeric)),
    ]
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(*numbers), list(dataset.numeric)),
            ("categories", _encoder(values, seed), list(dataset.categorical)),
        ],
        verbose_feature_names_out=False,
    )


def make_features(settings: Settings, rows: int, seed: int) -> Nystroem | None:
    """Return the unfitted step that makes features of all columns together, if one was asked for."""
    values = complete(settings)
    if values["features"] != "nystroem":
        return None
    components = min(int(values["features__n_components"] or 0), rows)
    return Nystroem(gamma=values["features__gamma"], n_components=components, random_state=seed)


def _scaler(values: Settings, rows: int, seed: int, standard: type[StandardScaler]) -> list[Any]:
    makers: dict[str, Callable[[], list[Any]]] = {
        "standard": lambda: [standard()],
        "robust": lambda: [RobustScaler()],
        "minmax": lambda: [MinMaxScaler()],
        "quantile": lambda: [
            QuantileTransformer(n_quantiles=min(1000, rows), output_distribution="normal", random_state=seed)
        ],
        "none": list,
    }
    return makers[str(values["scaler"])]()


def _expansion(values: Settings, rows: int, columns: int) -> list[Any]:
    degree, made = int(values.get("features__degree") or 0), columns
    step: PolynomialFeatures | SplineTransformer
    if values["features"] == "polynomial":
        made, step = math.comb(columns + degree, degree), PolynomialFeatures(degree, include_bias=False)
    elif values["features"] == "spline":
        knots = int(values["features__n_knots"] or 0)
        made, step = columns * (knots + degree), SplineTransformer(knots, degree=degree, include_bias=False)
    else:
        return []
    if made * rows > LARGEST_TABLE:
        raise ParameterError(
            f"{values['features']} features of {counted(columns, 'column')} would be {made:,} "
            f"on {counted(rows, 'row')}",
            where="features__degree",
            received=degree,
            hint="lower it, or choose features: nystroem",
        )
    return [step, StandardScaler()]


def _encoder(values: Settings, seed: int) -> Any:
    if values["encoder"] == "ordinal":
        places = OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-2, encoded_missing_value=-1
        )
        return make_pipeline(places, StandardScaler())
    if values["encoder"] == "target":
        means = TargetEncoder(target_type="continuous", cv=KFold(5, shuffle=True, random_state=seed))
        return make_pipeline(means, StandardScaler())
    return OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MAX_CATEGORIES, sparse_output=False
    )


class Preprocessing:
    """The fitted steps before the model, and the rows they were fitted on, transformed.

    Parameters
    ----------
    dataset : Dataset
        The table.
    rows : array of int
        The rows to learn from.
    settings : mapping
        As in `make_preprocessor`.
    seed : int
        Of the steps that draw.
    """

    def __init__(self, dataset: Dataset, rows: NDArray[Any], settings: Settings, seed: int) -> None:
        self._dataset = dataset
        stock = make_preprocessor(dataset, settings, rows=len(rows), seed=seed)
        columns = make_preprocessor(
            dataset, settings, rows=len(rows), seed=seed, imputer=QuickImputer, scaler=QuickScaler
        )
        self.steps: list[tuple[str, Any]] = [("preprocess", columns)]
        if features := make_features(settings, len(rows), seed):
            self.steps.append(("features", features))
        X = columns.fit_transform(dataset.X.iloc[rows], dataset.y[rows])
        columns.transformers = stock.transformers  # it is shipped, and keeps what it was made of
        self.X = np.ascontiguousarray(features.fit_transform(X) if features else X)

    def transform(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """Return other rows of the table as the model sees them."""
        X = self._dataset.X.iloc[rows]
        for _, step in self.steps:
            X = step.transform(X)
        return np.ascontiguousarray(X)
