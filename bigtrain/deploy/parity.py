"""Compare an exported model with the pipeline it came of, on rows that try it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import VotingRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline

from bigtrain.errors import RefusedError
from bigtrain.wording import counted

Floats = NDArray[np.float64]
Predict = Callable[[pd.DataFrame], Floats]

TOLERANCE = 1e-9
"""Largest difference, relative to the prediction or to the median one, whichever is larger."""

TIE = 1e-9
"""Neighbours whose distances differ by less, relatively, are equally near."""

FAR = 100.0
"""How far beyond the ends of a column the extremes lie, in lengths of the column."""

MOST_ROWS = 20_000
"""Rows of a holdout that are compared."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How well two ways to predict agree.

    Attributes
    ----------
    rows : int
        Rows compared.
    largest : float
        The largest difference, in the target's unit.
    relative : float
        The largest, relative to the prediction or to the median one.
    undecided : int
        Rows left out, since two neighbours are equally near and either may count.
    """

    rows: int
    largest: float
    relative: float
    undecided: int

    def __str__(self) -> str:
        left_out = f", {self.undecided} with equally near neighbours left out" if self.undecided else ""
        return (
            f"{counted(self.rows, 'row')}{left_out}: largest difference {self.largest:.2g} "
            f"(relative {self.relative:.1g})"
        )


def edge_rows(rows: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return rows at the edges of what may come, made of some that did come.

    For each column: the cell missing; a category unseen; a number at the least and greatest of these rows,
    a hair beyond, and far beyond. And rows in which all is missing, or every category unseen.

    Parameters
    ----------
    rows : DataFrame
        At least one row.
    columns : mapping
        ``double`` or ``string`` by column.
    """
    base = rows.iloc[0].astype(object)  # whatever its columns are, a cell of any kind fits in
    made = [base.copy()]
    for name, kind in columns.items():
        cells = _numbers_at_edges(rows[name]) if kind == "double" else [np.nan, "\0unseen"]
        for cell in cells:
            row = base.copy()
            row[name] = cell
            made.append(row)
    texts = [name for name, kind in columns.items() if kind == "string"]
    unseen, missing = base.copy(), base.copy()
    unseen[texts] = "\0unseen"
    missing[:] = np.nan
    kinds = {name: float if kind == "double" else object for name, kind in columns.items()}
    return pd.DataFrame([*made, unseen, missing], columns=list(columns)).astype(kinds).reset_index(drop=True)


def _numbers_at_edges(column: pd.Series) -> list[float]:
    seen = column.dropna().to_numpy(float)
    if not seen.size:
        return [0.0, 1.0]
    low, high = float(seen.min()), float(seen.max())
    length = (high - low) or max(abs(high), 1.0)
    beside = [float(np.nextafter(low, -np.inf)), float(np.nextafter(high, np.inf))]
    return [np.nan, 0.0, low, high, *beside, low - FAR * length, high + FAR * length]


def compare(pipeline: Any, predict: Predict, rows: pd.DataFrame, what: str) -> Parity:
    """Compare on some rows.

    Parameters
    ----------
    pipeline : estimator
        The reference.
    predict : callable
        What was exported.
    rows : DataFrame
        What to predict.
    what : str
        What was exported, for a refusal.

    Raises
    ------
    RefusedError
        If a difference is larger than `TOLERANCE`.
    """
    with warnings.catch_warnings(action="ignore"):  # unseen categories are meant to be
        expected = np.asarray(pipeline.predict(rows), dtype=np.float64)
        decided = ~undecided_rows(pipeline, rows)
    difference = np.abs(predict(rows) - expected)[decided]
    expected = expected[decided]
    scale = np.maximum(np.abs(expected), np.median(np.abs(expected)) if len(expected) else 0.0)
    relative = np.divide(difference, scale, out=difference.copy(), where=scale > 0)
    parity = Parity(
        rows=len(expected),
        largest=float(difference.max(initial=0.0)),
        relative=float(relative.max(initial=0.0)),
        undecided=int((~decided).sum()),
    )
    if not parity.relative <= TOLERANCE:  # also where it is NaN
        raise RefusedError(
            f"predicts something else than the registered model, on {parity}",
            where=what,
            allowed=f"a difference of {TOLERANCE:g}",
            hint="format=sklearn exports the model itself",
        )
    return parity


def undecided_rows(model: Any, rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows have two neighbours that are equally near, only one of which counts."""
    undecided = np.zeros(len(rows), dtype=bool)
    if isinstance(model, VotingRegressor):
        for each in model.estimators_:
            undecided |= undecided_rows(each, rows)
    elif isinstance(model, Pipeline) and isinstance(model[-1], KNeighborsRegressor):
        knn = model[-1]
        if knn.n_neighbors < knn.n_samples_fit_:
            distances, _ = knn.kneighbors(model[:-1].transform(rows), knn.n_neighbors + 1)
            undecided = distances[:, -1] - distances[:, -2] <= TIE * distances[:, -1]
    return undecided
