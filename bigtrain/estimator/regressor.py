"""A linear regression trained by gradient descent, as a scikit-learn estimator."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from bigtrain.errors import ParameterError
from bigtrain.numerics.blas import one_thread
from bigtrain.numerics.cohort import Cohort, Member, State
from bigtrain.numerics.curves import Curve, Point, points
from bigtrain.numerics.setting import PLANS, Setting
from bigtrain.numerics.stop_reason import StopReason
from bigtrain.numerics.training_data import TrainingData

from .given import SETTING_NAMES, pass_unchanged, plain

Array: TypeAlias = NDArray[Any]


class GradientRegressor(RegressorMixin, MultiOutputMixin, BaseEstimator):  # type: ignore[misc]
    """Linear regression by gradient descent: 13 optimizers, 7 schedules, 5 losses, l1 and l2.

    J(w, b) = Σ sᵢ·L(xᵢᵀw + b − yᵢ) / Σ sᵢ + l1·Σ|w| + l2·Σw²

    with weights and intercept from zero, and the intercept unpenalised. A single fit is a cohort of one: see
    `fit_cohort` for many. The defaults suit features of unit scale (`StandardScaler`); where PyTorch's
    definition of an optimizer differs from others', PyTorch's is followed (``bigtrain.numerics.optimizers``).

    Parameters
    ----------
    optimizer : str, default "momentum"
        ``gd`` (all rows, whatever `batch_size`), ``sgd``, ``momentum``, ``nesterov``, ``adagrad``,
        ``adadelta``, ``rmsprop``, ``adam``, ``amsgrad``, ``adamax``, ``nadam``, ``adamw`` or ``lion``.
    learning_rate : float, default 0.1
        The rate at the first step, > 0.
    schedule : str, default "constant"
        ``constant``; ``inverse_scaling``, 1/(t + 1)^power_t by steps t done; ``step`` and ``exponential``,
        times `decay` every `decay_every` epochs, at once or little by little; ``cosine``, to 0 at max_iter;
        ``warmup_cosine``, rising over the part `warmup` of all steps first; ``adaptive``, times `decay`
        whenever the objective stalls, until 1e-6 of the rate is left.
    power_t, decay, decay_every, warmup : float, float, int, float, default 0.5, 0.5, 10, 0.1
        What the schedules read.
    momentum : float in [0, 1), default 0.9
        Of ``momentum`` and ``nesterov``.
    beta_1, beta_2 : float in [0, 1), default 0.9, 0.999
        Of Adam's family and ``lion``.
    rho : float in [0, 1), default 0.9
        Of ``adadelta`` and ``rmsprop``.
    epsilon : float, default 1e-8
        Keeps the adaptive optimizers from dividing by zero.
    weight_decay : float, default 0
        Decoupled decay of ``adamw`` and ``lion``: not another spelling of `l2`.
    l1, l2 : float, default 0
        Penalties. (scikit-learn's ElasticNet has l1 = alpha·l1_ratio and l2 = alpha·(1 − l1_ratio)/2.)
    l1_step : {"proximal", "subgradient"}, default "proximal"
        After each step, a soft threshold of l1 times the step that the coordinate really takes: exact zeros,
        and the same optimum under every optimizer. Or l1·sign(w) added to the slope, literally.
    loss : str, default "squared"
        ``squared`` (½r²), ``huber`` (`huber_delta`), ``log_cosh``, ``quantile`` (`quantile`) or
        ``epsilon_insensitive`` (`epsilon_insensitive`).
    huber_delta, quantile, epsilon_insensitive : float, default 1.35, 0.5, 0.1
        The losses' own knobs, in the unit of y.
    batch_size : int or None, default None
        Rows of a step; None for all.
    shuffle : bool or "batches", default True
        Draw the rows of mini-batches afresh each epoch; or their members once and their order each epoch
        (``"batches"``), so that the plan batch_gram sums each batch up once and not in every epoch; or take
        the rows as they come.
    max_iter : int, default 1000
        Epochs at most.
    tol : float or None, default 1e-5
        The least progress of the objective in an epoch, relative to it, that counts; None takes all epochs.
    n_iter_no_change : int, default 5
        Epochs without progress after which training ends.
    early_stopping : bool, default False
        Hold `validation_fraction` (default 0.1) of the rows back, let the loss on them and not the objective
        end training, and keep the weights that did best on them.
    average : bool, default False
        Return the mean of the weights after every step (Polyak and Juditsky 1992).
    fit_intercept : bool, default True
        Whether there is an intercept.
    warm_start : bool, default False
        Begin `fit` with the weights of the last one, with a fresh optimizer.
    plan : {"auto", "rows", "gram", "batch_gram"}, default "auto"
        How slopes are computed; the result is the same to rounding. On the rows of a batch; or, for the
        squared loss, on the products XᵀX of all rows (gram) or of each mini-batch (batch_gram). auto counts
        operations, and keeps to the rows where XᵀX would lose digits; a plan that isn't open to this fit is
        refused.
    random_state : int, RandomState or None, default None
        Of shuffling and of the held-back rows.
    verbose : int, default 0
        1 prints the objective of each epoch.

    Attributes
    ----------
    coef_ : ndarray of shape (p,) or (m, p)
        Weights, in float32 where X is.
    intercept_ : ndarray of shape () or (m,)
        Intercepts.
    n_iter_ : int
        Epochs done; of several targets the most.
    loss_curve_, validation_curve_ : list of (int, float)
        (epoch, objective), the mean over the epoch's batches, each before its step; and (epoch, loss on the
        held-back rows), empty without early stopping.
    stop_reason_ : StopReason
        How training ended; ``stop_reason_.sentence`` says it in words.
    plan_, plan_reason_ : str
        The plan that was taken, and why.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Examples
    --------
    >>> import numpy as np
    >>> from bigtrain import GradientRegressor
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> model = GradientRegressor("adam", learning_rate=0.1).fit(X, X @ [3.0, -1.0] + 2.0)
    >>> model.coef_.round(2), model.stop_reason_.name
    (array([ 3., -1.]), 'CONVERGED')
    """

    n_features_in_: int
    feature_names_in_: Array
    _state: State | None
    _curves: tuple[Curve, Curve]

    def __init__(
        self,
        optimizer: str = "momentum",
        *,
        learning_rate: float = 0.1,
        schedule: str = "constant",
        power_t: float = 0.5,
        decay: float = 0.5,
        decay_every: int = 10,
        warmup: float = 0.1,
        momentum: float = 0.9,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        rho: float = 0.9,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        l1: float = 0.0,
        l2: float = 0.0,
        l1_step: str = "proximal",
        loss: str = "squared",
        huber_delta: float = 1.35,
        quantile: float = 0.5,
        epsilon_insensitive: float = 0.1,
        batch_size: int | None = None,
        shuffle: bool | str = True,
        max_iter: int = 1000,
        tol: float | None = 1e-5,
        n_iter_no_change: int = 5,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        average: bool = False,
        fit_intercept: bool = True,
        warm_start: bool = False,
        plan: str = "auto",
        random_state: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.power_t = power_t
        self.decay = decay
        self.decay_every = decay_every
        self.warmup = warmup
        self.momentum = momentum
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.rho = rho
        self.epsilon = epsilon
        self.weight_decay = weight_decay
        self.l1 = l1
        self.l2 = l2
        self.l1_step = l1_step
        self.loss = loss
        self.huber_delta = huber_delta
        self.quantile = quantile
        self.epsilon_insensitive = epsilon_insensitive
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.average = average
        self.fit_intercept = fit_intercept
        self.warm_start = warm_start
        self.plan = plan
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train until the objective settles, `max_iter` epochs are done, or training diverges.

        Parameters
        ----------
        X : array or CSR of shape (n, p)
            Features; float32 is trained in float32.
        y : array of shape (n,) or (n, m)
            Targets; each of m is trained as if it were alone.
        sample_weight : array of shape (n,), optional
            How much each row counts. Default: 1.

        Returns
        -------
        self
        """
        with one_thread():  # held throughout, for each part would set it and put it back
            for _ in self._epochs(X, y, sample_weight, step=1 if self.verbose else None):
                pass
        self._warn()
        return self

    def fit_epochs(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Iterator[Self]:
        """Train as `fit` does, and hand over the usable model after each epoch, to watch and to stop.

        Examples
        --------
        >>> import numpy as np
        >>> from bigtrain import GradientRegressor
        >>> X = np.arange(10.0).reshape(-1, 1) / 10
        >>> model = GradientRegressor("gd", learning_rate=0.5)
        >>> for epoch, _ in enumerate(model.fit_epochs(X, 2 * X.ravel()), start=1):
        ...     if model.score(X, 2 * X.ravel()) > 0.5:
        ...         break
        """
        yield from self._epochs(X, y, sample_weight, step=1)

    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train one epoch on these rows, going on where the last call left weights, state and schedule."""
        known, start = hasattr(self, "coef_"), None
        state = getattr(self, "_state", None)
        data = self._data(X, y, sample_weight, reset=not known)
        if known and state is None:
            start = self._weights()
        cohort = Cohort(data, [self._setting(partial=True)], plan=self._plan(), start=start, resume=state)
        cohort.advance(1)
        self._adopt(*cohort.members())
        self._state = cohort.state
        return self

    def predict(self, X: ArrayLike) -> Array:
        """Return ``X·coef_ + intercept_``, of shape (n,) or (n, m)."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=False)
        return np.asarray(X @ self.coef_.T + self.intercept_)

    @property
    def sparsity_(self) -> float:
        """The part of the coefficients that is exactly zero."""
        check_is_fitted(self)
        return float(np.mean(self.coef_ == 0))

    @property
    def loss_curve_(self) -> list[Point]:
        """Points (epoch, objective)."""
        return points(self._curves[0])

    @property
    def validation_curve_(self) -> list[Point]:
        """Points (epoch, loss on the held-back rows)."""
        return points(self._curves[1])

    def _epochs(self, X: Any, y: Any, sample_weight: Any, step: int | None) -> Iterator[Self]:
        start = self._weights() if self.warm_start and hasattr(self, "coef_") else None
        data = self._data(X, y, sample_weight, reset=True)
        if start is not None and start.shape[-1] != data.n_features + 1:
            start = None
        cohort = Cohort(data, [self._setting()], plan=self._plan(), start=start)
        self._state = None
        live = True
        while live:
            live = cohort.advance(step)
            self._adopt(*cohort.members())
            if self.verbose:
                sys.stdout.write("epoch {}: objective {:.6g}\n".format(*self.loss_curve_[-1]))
            yield self

    def _data(self, X: Any, y: Any, sample_weight: Any, *, reset: bool) -> TrainingData:
        if pass_unchanged(X, y):
            validate_data(self, X, y, skip_check_array=True, reset=reset)
        else:
            X, y = validate_data(
                self, X, y, accept_sparse="csr", dtype=[np.float64, np.float32], multi_output=True,
                y_numeric=True, reset=reset,
            )  # fmt: skip
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
            if not sample_weight.any():
                raise ParameterError("no row counts", where="sample_weight", allowed="some weights above 0")
        self._flat = y.ndim == 1
        return TrainingData(X, y, sample_weight)

    def _setting(self, *, partial: bool = False) -> Setting:
        """Return the hyper-parameters as one column's setting, which the cohort will check."""
        values = plain({name: getattr(self, name) for name in SETTING_NAMES})
        if partial:
            values |= {"tol": None, "early_stopping": False}
        if isinstance(values["random_state"], np.random.RandomState):
            values["random_state"] = int(values["random_state"].randint(2**31))
        return Setting(**values)

    def _plan(self) -> str:
        if self.plan not in PLANS:
            raise ParameterError(
                "this value is not allowed",
                where="plan",
                received=self.plan,
                allowed=f"one of {', '.join(PLANS)}",
            )
        return self.plan

    def _weights(self) -> Array:
        """Coefficients and intercepts as rows of p + 1."""
        coef = np.atleast_2d(self.coef_)
        return np.column_stack([coef, np.broadcast_to(self.intercept_, len(coef))])

    def _adopt(self, member: Member) -> None:
        """Take over what a member of a cohort has learned."""
        coef, intercept = member.coef, member.intercept
        self.coef_ = coef if self._flat or coef.ndim == 2 else coef[None]
        self.intercept_ = np.asarray(intercept) if self._flat or np.ndim(intercept) else np.array([intercept])
        self.n_iter_ = member.n_iter
        self._curves = member.loss_curve, member.validation_curve
        self.stop_reason_ = member.stop_reason
        self.plan_, self.plan_reason_ = member.plan, member.plan_reason

    def _rescale(self, mean: Array, scale: Array) -> None:
        """Take weights on (x − mean)/scale back to the features as they were given."""
        dtype = self.coef_.dtype
        self.coef_ = (self.coef_ / scale).astype(dtype)
        self.intercept_ = (self.intercept_ - self.coef_ @ mean).astype(dtype)

    def _warn(self) -> None:
        settled = self.stop_reason_ is StopReason.MAX_ITER and self.tol is None
        if self.stop_reason_ in (StopReason.MAX_ITER, StopReason.DIVERGED) and not settled:
            warnings.warn(self.stop_reason_.sentence, ConvergenceWarning, stacklevel=3)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
