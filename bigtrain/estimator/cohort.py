"""Fit many settings at the price of few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bigtrain.numerics.cohort import Cohort
from bigtrain.numerics.setting import Setting

from .folds import CohortFolds, Rows, fit_folds
from .regressor import GradientRegressor, as_setting

Array: TypeAlias = NDArray[Any]
SettingLike: TypeAlias = Setting | Mapping[str, Any] | GradientRegressor


@overload
def fit_cohort(
    X: ArrayLike, y: ArrayLike, settings: Sequence[SettingLike], *, sample_weight: ArrayLike | None = ...,
    folds: None = ..., standardize: bool = ..., plan: str = ..., n_jobs: int = ..., curves: bool = ...,
) -> list[GradientRegressor]: ...  # fmt: skip


@overload
def fit_cohort(
    X: ArrayLike, y: ArrayLike, settings: Sequence[SettingLike], *, sample_weight: ArrayLike | None = ...,
    folds: Iterable[tuple[Rows, Rows]], standardize: bool = ..., plan: str = ..., n_jobs: int = ..., curves: bool = ...,
) -> CohortFolds: ...  # fmt: skip


def fit_cohort(
    X: ArrayLike,
    y: ArrayLike,
    settings: Sequence[SettingLike],
    *,
    sample_weight: ArrayLike | None = None,
    folds: Iterable[tuple[Rows, Rows]] | None = None,
    standardize: bool = False,
    plan: str = "auto",
    n_jobs: int = 1,
    curves: bool = True,
) -> list[GradientRegressor] | CohortFolds:
    """Train a list of settings together, different optimizers mixed.

    DOCSTRING
    """
    checked = [as_setting(setting) for setting in settings]
    host = GradientRegressor(plan=plan)
    plan = host._plan()
    data = host._data(X, y, sample_weight, reset=True)
    if folds is not None:
        return fit_folds(
            data,
            checked,
            list(folds),
            standardize=standardize,
            plan=plan,
            n_jobs=n_jobs,
            curves=curves,
            flat=host._flat,
        )
    models = [GradientRegressor(**asdict(setting), plan=plan) for setting in checked]
    cohort = Cohort(data, checked, plan=plan)
    cohort.advance()
    for k, model in enumerate(models):
        for name in ("n_features_in_", "feature_names_in_", "_flat"):
            if hasattr(host, name):
                setattr(model, name, getattr(host, name))
        model._adopt(cohort, k)
    return models
