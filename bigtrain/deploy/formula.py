"""A linear model as a formula that a person can read, in the table's own units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from bigtrain.deploy.encoders import ENCODERS, category_table
from bigtrain.errors import RefusedError

Floats = NDArray[np.float64]

LINEAR = (LinearRegression, Ridge, ElasticNet, Lasso)
HINT = "format=onnx exports every family"


@dataclass(frozen=True, slots=True)
class Number:
    """What a column of numbers adds: coefficient × cell, and `if_missing` in place of a missing cell."""

    coefficient: float
    if_missing: float


@dataclass(frozen=True, slots=True)
class Category:
    """What a column of categories adds: for each known one, for a missing cell, and for an unseen one."""

    values: dict[str, float]
    if_missing: float
    if_unseen: float


@dataclass(frozen=True, slots=True)
class Formula:
    """A sum: the intercept and what each column adds."""

    intercept: float
    numbers: dict[str, Number]
    categories: dict[str, Category]

    def predict(self, rows: pd.DataFrame) -> Floats:
        """Return the sum for each row."""
        total = np.full(len(rows), self.intercept)
        for name, number in self.numbers.items():
            cells = rows[name].to_numpy(float)
            total += number.coefficient * np.where(np.isnan(cells), number.if_missing, cells)
        for name, category in self.categories.items():
            missing = rows[name].isna().to_numpy()
            added = rows[name].map(category.values).to_numpy(float)
            added = np.where(np.isnan(added), category.if_unseen, added)
            total += np.where(missing, category.if_missing, added)
        return total

    def text(self, digits: int = 6) -> str:
        """Return it as one line: ``prediction = 3.2 + 0.51·area - 2·age + kind[flat: 1.2, …]``."""
        parts = [f"{self.intercept:.{digits}g}"]
        for name, number in self.numbers.items():
            sign = "-" if number.coefficient < 0 else "+"
            parts.append(f"{sign} {abs(number.coefficient):.{digits}g}·{name}")
        for name, category in self.categories.items():
            known = ", ".join(f"{key}: {value:.{digits}g}" for key, value in category.values.items())
            parts.append(f"+ {name}[{known}]")
        return f"prediction = {' '.join(parts)}"


def formula_of(pipeline: Any) -> Formula:
    """Return a linear pipeline as a formula.

    Each scaler is undone: what is left is one coefficient a column of numbers, and one addend a category.

    Raises
    ------
    RefusedError
        If the model is no sum over its columns, with what it is instead.
    """
    model = pipeline.steps[-1][1] if isinstance(pipeline, Pipeline) else pipeline
    if not isinstance(model, LINEAR):
        raise _no_sum(model, "is no linear model")
    if len(pipeline.steps) != 2 or not isinstance(pipeline[0], ColumnTransformer):
        raise _no_sum(pipeline[1], "mixes the columns")
    formula = Formula(float(np.squeeze(model.intercept_)), {}, {})
    weights = np.asarray(model.coef_, dtype=np.float64).reshape(-1)
    for _, branch, names in pipeline[0].transformers_:
        if len(names) == 0 or branch == "drop":
            continue
        steps = [step for _, step in branch.steps] if isinstance(branch, Pipeline) else [branch]
        add = _add_categories if isinstance(steps[0], ENCODERS) else _add_numbers
        formula, weights = add(formula, steps, list(names), weights)
    return formula


def _no_sum(step: Any, why: str) -> RefusedError:
    return RefusedError(f"{type(step).__name__} {why}, so it has no formula", where="format=json", hint=HINT)


def _add_numbers(
    formula: Formula, steps: list[Any], names: list[str], weights: Floats
) -> tuple[Formula, Floats]:
    """Add columns of numbers; return the formula, and the weights that are left."""
    fill = np.full(len(names), np.nan)
    if isinstance(steps[0], SimpleImputer) and len(steps[0].statistics_) == len(names):
        fill, steps = np.nan_to_num(np.asarray(steps[0].statistics_, dtype=np.float64)), steps[1:]
    slope, shift = _affine(steps, len(names))
    own = weights[: len(names)]
    intercept = formula.intercept + float(own @ shift)
    numbers = {
        name: Number(float(coefficient), float(missing))
        for name, coefficient, missing in zip(names, own * slope, fill, strict=True)
    }
    return Formula(intercept, formula.numbers | numbers, formula.categories), weights[len(names) :]


def _add_categories(
    formula: Formula, steps: list[Any], names: list[str], weights: Floats
) -> tuple[Formula, Floats]:
    """Add columns of categories, each looked up in what its encoder makes of it."""
    tables = [category_table(steps[0], names, index) for index in range(len(names))]
    slope, shift = _affine(steps[1:], sum(table.shape[1] for _, table in tables))
    own, weights = weights[: len(slope)], weights[len(slope) :]
    intercept = formula.intercept + float(own @ shift)
    own = own * slope
    categories = {}
    for name, (known, table) in zip(names, tables, strict=True):
        *values, missing, unseen = (float(value) for value in table @ own[: table.shape[1]])
        categories[name] = Category(dict(zip(known, values, strict=True)), missing, unseen)
        own = own[table.shape[1] :]
    return Formula(intercept, formula.numbers, formula.categories | categories), weights


def _affine(steps: list[Any], width: int) -> tuple[Floats, Floats]:
    """Return what scalers do to each column: ``slope × cell + shift``."""
    slope, shift = np.ones(width), np.zeros(width)
    for step in steps:
        if step == "passthrough":
            continue
        if isinstance(step, MinMaxScaler) and not step.clip:
            slope, shift = slope * step.scale_, shift * step.scale_ + step.min_
        elif isinstance(step, (StandardScaler, RobustScaler)):
            center = step.center_ if isinstance(step, RobustScaler) else step.mean_
            scale = np.ones(width) if step.scale_ is None else step.scale_
            slope, shift = slope / scale, (shift - (0.0 if center is None else center)) / scale
        else:
            raise _no_sum(step, "bends a column")
    return slope, shift
