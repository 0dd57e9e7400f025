"""Fit many settings at the price of few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bigtrain.errors import ParameterError
from bigtrain.numerics.blas import one_thread
from bigtrain.numerics.cohort import Cohort
from bigtrain.numerics.setting import Setting

from .folds import CohortFolds, Rows, fit_folds, scales_of
from .given import SETTING_NAMES, plain
from .regressor import GradientRegressor

Array: TypeAlias = NDArray[Any]
SettingLike: TypeAlias = Setting | Mapping[str, Any] | GradientRegressor

_OF_THE_ROWS = ("n_features_in_", "feature_names_in_", "_flat")
"""What a fitted model knows of the rows it was given."""


@overload
def fit_cohort(
    X: ArrayLike, y: ArrayLike, settings: Sequence[SettingLike], *, sample_weight: ArrayLike | None = ...,
    folds: None = ..., standardize: bool = ..., plan: str = ..., n_jobs: int = ..., curves: bool = ...,
) -> list[GradientRegressor]: ...  # fmt: skip


@overload
def fit_cohort(
    X: ArrayLike, y: ArrayLike, settings: Sequence[SettingLike], *, sample_weight: ArrayLike | None = ...,
    folds: Iterable[tuple[Rows, Rows]], standardize: bool = ..., plan: str = ..., n_jobs: int = ...,
    curves: bool = ...,
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
    """Train a list of settings together, different optimizers mixed, each as if it were alone.

    Parameters
    ----------
    X : array or CSR of shape (n, p)
        Features.
    y : array of shape (n,) or (n, m)
        Targets.
    settings : sequence of mapping, Setting or GradientRegressor
        Hyper-parameters by `GradientRegressor`'s names; what is left out has its default.
    sample_weight : array of shape (n,), optional
        How much each row counts. Default: 1.
    folds : iterable of (train, test) row numbers, optional
        Cross-validate instead; what a scikit-learn splitter's ``split`` gives.
    standardize : bool, default False
        Centre and scale the features by the means and deviations of the rows trained on (each fold's own).
        Coefficients are returned for the features as they were given. Not for sparse rows.
    plan : str, default "auto"
        As in `GradientRegressor`.
    n_jobs : int, default 1
        Folds that train side by side, in threads; −1 for one a core. The result doesn't depend on it.
    curves : bool, default True
        Whether to score held-out rows during training and not only at its end.

    Returns
    -------
    list of GradientRegressor, or CohortFolds
        A fitted estimator a setting; with `folds`, scores, curves and coefficients of each setting on each
        fold, and out-of-fold predictions on request.

    Raises
    ------
    ParameterError
        If a setting is out of bounds or names no hyper-parameter.

    Notes
    -----
    With the squared loss on the full batch, the products of a fold's training rows are the total less those
    of its held-out rows, so that all folds together read the rows once.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import KFold
    >>> from bigtrain import fit_cohort
    >>> X = np.random.default_rng(0).normal(size=(100, 3))
    >>> y = X @ [1.0, 0.0, -2.0] + 0.5
    >>> settings = [{"optimizer": "adam", "learning_rate": 0.1, "l1": l1} for l1 in (0.0, 0.1, 1.0)]
    >>> [int((model.coef_ == 0).sum()) for model in fit_cohort(X, y, settings)]
    [0, 1, 1]
    >>> fit_cohort(X, y, settings, folds=KFold(5).split(X)).scores.mean(axis=1).argmin()
    np.int64(0)
    """
    if folds is None:
        with one_thread():  # held throughout, for each part would set it and put it back
            cohort = EstimatorCohort(
                X, y, settings, sample_weight=sample_weight, standardize=standardize, plan=plan
            )
            cohort.advance()
        return cohort.models()
    checked = [_as_setting(setting) for setting in settings]
    host = GradientRegressor(plan=plan)
    return fit_folds(
        host._data(X, y, sample_weight, reset=True),
        checked,
        list(folds),
        standardize=standardize,
        plan=host._plan(),
        n_jobs=n_jobs,
        curves=curves,
        flat=host._flat,
    )


class EstimatorCohort:
    """What `fit_cohort` trains, some epochs at a time: to be watched, and thinned out.

    Parameters are those of `fit_cohort`.
    """

    def __init__(
        self,
        X: ArrayLike,
        y: ArrayLike,
        settings: Sequence[SettingLike],
        *,
        sample_weight: ArrayLike | None = None,
        standardize: bool = False,
        plan: str = "auto",
    ) -> None:
        self._settings = [_as_setting(setting) for setting in settings]
        self._host = GradientRegressor(plan=plan)
        plan = self._host._plan()
        data = self._host._data(X, y, sample_weight, reset=True)
        with one_thread():
            self._scales = scales_of(data) if standardize else None
            data = data.scaled(*self._scales) if self._scales else data
            self._cohort = Cohort(data, self._settings, plan=plan)

    def advance(self, epochs: int | None = None) -> bool:
        """Train for some epochs more (None: to the end); return whether any setting goes on."""
        return self._cohort.advance(epochs)

    def keep(self, members: NDArray[np.bool_]) -> None:
        """Go on with some settings alone, by a mask (K,); the others stay as they are."""
        self._cohort.keep(members)

    def models(self) -> list[GradientRegressor]:
        """Return an estimator for each setting, fitted so far."""
        seen = {name: value for name, value in vars(self._host).items() if name in _OF_THE_ROWS}
        models = [_as_estimator(setting, self._host.plan) for setting in self._settings]
        for model, member in zip(models, self._cohort.members(), strict=True):
            model.__dict__.update(seen)
            model._adopt(member)
            if self._scales:
                model._rescale(*self._scales)
        return models


def _as_setting(given: Setting | Mapping[str, Any] | GradientRegressor) -> Setting:
    """Return what was given as a setting, which the cohort will check."""
    if isinstance(given, GradientRegressor):
        return given._setting()
    if isinstance(given, Setting):
        return given
    if not given.keys() <= SETTING_NAMES:
        raise ParameterError(
            "a setting has no such hyper-parameter",
            where="settings",
            received=min(given.keys() - SETTING_NAMES),
            allowed=", ".join(SETTING_NAMES),
        )
    return Setting(**plain(given))


def _as_estimator(setting: Setting, plan: str) -> GradientRegressor:
    """Return an estimator of a setting's hyper-parameters.

    `__init__` does no more than keep what it is given, one by one: a whole cohort's are kept at once here.
    """
    model = GradientRegressor.__new__(GradientRegressor)
    model.__dict__ = dict(zip(_KEPT, (*setting, plan, *_OTHERS.values()), strict=True))
    return model


_OTHERS = {
    name: value for name, value in vars(GradientRegressor()).items() if name not in (*SETTING_NAMES, "plan")
}
_KEPT = (*SETTING_NAMES, "plan", *_OTHERS)
