"""What one trained column may be: the hyper-parameters, their bounds and their defaults.

Imports nothing slow: a search space is checked against this table before numpy is loaded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bigtrain.errors import ParameterError

OPTIMIZERS = (
    "gd", "sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop",
    "adam", "amsgrad", "adamax", "nadam", "adamw", "lion",
)  # fmt: skip
SCHEDULES = ("constant", "inverse_scaling", "step", "exponential", "cosine", "warmup_cosine", "adaptive")
LOSSES = ("squared", "huber", "log_cosh", "quantile", "epsilon_insensitive")
PLANS = ("auto", "rows", "gram", "batch_gram")


@dataclass(frozen=True, slots=True)
class Setting:
    """The hyper-parameters of one column, by the names of scikit-learn and of the papers.

    The defaults are those of `GradientRegressor`, whose documentation says what each one means.
    """

    optimizer: str = "momentum"
    learning_rate: float = 0.1
    schedule: str = "constant"
    power_t: float = 0.5
    decay: float = 0.5
    decay_every: int = 10
    warmup: float = 0.1
    momentum: float = 0.9
    beta_1: float = 0.9
    beta_2: float = 0.999
    rho: float = 0.9
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    l1_step: str = "proximal"
    loss: str = "squared"
    huber_delta: float = 1.35
    quantile: float = 0.5
    epsilon_insensitive: float = 0.1
    batch_size: int | None = None
    shuffle: bool | str = True
    max_iter: int = 1000
    tol: float | None = 1e-5
    n_iter_no_change: int = 5
    early_stopping: bool = False
    validation_fraction: float = 0.1
    average: bool = False
    fit_intercept: bool = True
    random_state: int | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """What values one hyper-parameter allows, and which optimizers read it.

    Attributes
    ----------
    kind : str
        ``"real"``, ``"integer"``, ``"choice"`` or ``"flag"``.
    low, high : float
        Bounds of a number; a bound in `open_bounds` is itself excluded.
    choices : tuple
        The values of a choice.
    nullable : bool
        Whether None is allowed too.
    optimizers : tuple of str
        The optimizers that read it; empty: all do.
    """

    kind: str
    low: float = -math.inf
    high: float = math.inf
    open_bounds: str = ""
    choices: tuple[Any, ...] = ()
    nullable: bool = False
    optimizers: tuple[str, ...] = ()

    def describe(self) -> str:
        """Say in words what is allowed."""
        if self.kind in ("choice", "flag"):
            return "one of " + ", ".join(str(c) for c in self.choices or (True, False))
        noun = "an integer" if self.kind == "integer" else "a number"
        above = "" if self.low == -math.inf else f" {'>' if 'low' in self.open_bounds else '>='} {self.low:g}"
        below = (
            "" if self.high == math.inf else f" {'<' if 'high' in self.open_bounds else '<='} {self.high:g}"
        )
        return (
            noun
            + " and".join(part for part in (above, below) if part)
            + (" or null" if self.nullable else "")
        )

    def allows(self, value: Any) -> bool:
        """Whether `value` is of the right kind and within the bounds."""
        kind = type(value)
        if value is None:
            return self.nullable
        if self.kind == "flag":
            return kind is bool
        if self.kind == "choice":
            return any(value is c or (kind is type(c) and value == c) for c in self.choices)
        if kind is not int and (kind is not float or self.kind == "integer"):
            return False
        above = value > self.low if "low" in self.open_bounds else value >= self.low
        below = value < self.high if "high" in self.open_bounds else value <= self.high
        # isfinite() of an integer that no float can hold raises.
        fits = abs(value) < 2**63 if kind is int else math.isfinite(value)
        return fits and above and below


PARAMETERS: Mapping[str, Parameter] = {
    "optimizer": Parameter("choice", choices=OPTIMIZERS),
    "learning_rate": Parameter("real", 0, open_bounds="low"),
    "schedule": Parameter("choice", choices=SCHEDULES),
    "power_t": Parameter("real", 0),
    "decay": Parameter("real", 0, 1, open_bounds="low"),
    "decay_every": Parameter("integer", 1),
    "warmup": Parameter("real", 0, 1, open_bounds="high"),
    "momentum": Parameter("real", 0, 1, open_bounds="high", optimizers=("momentum", "nesterov")),
    "beta_1": Parameter(
        "real", 0, 1, open_bounds="high", optimizers=("adam", "amsgrad", "adamax", "nadam", "adamw", "lion")
    ),
    "beta_2": Parameter(
        "real", 0, 1, open_bounds="high", optimizers=("adam", "amsgrad", "adamax", "nadam", "adamw", "lion")
    ),
    "rho": Parameter("real", 0, 1, open_bounds="high", optimizers=("adadelta", "rmsprop")),
    "epsilon": Parameter(
        "real",
        0,
        open_bounds="low",
        optimizers=("adagrad", "adadelta", "rmsprop", "adam", "amsgrad", "adamax", "nadam", "adamw"),
    ),
    "weight_decay": Parameter("real", 0, optimizers=("adamw", "lion")),
    "l1": Parameter("real", 0),
    "l2": Parameter("real", 0),
    "l1_step": Parameter("choice", choices=("proximal", "subgradient")),
    "loss": Parameter("choice", choices=LOSSES),
    "huber_delta": Parameter("real", 0, open_bounds="low"),
    "quantile": Parameter("real", 0, 1, open_bounds="low high"),
    "epsilon_insensitive": Parameter("real", 0),
    "batch_size": Parameter("integer", 1, nullable=True),
    "shuffle": Parameter("choice", choices=(True, False, "batches")),
    "max_iter": Parameter("integer", 1),
    "tol": Parameter("real", 0, nullable=True),
    "n_iter_no_change": Parameter("integer", 1),
    "early_stopping": Parameter("flag"),
    "validation_fraction": Parameter("real", 0, 1, open_bounds="low high"),
    "average": Parameter("flag"),
    "fit_intercept": Parameter("flag"),
    "random_state": Parameter("integer", 0, 2**32 - 1, nullable=True),
}


def check_setting(setting: Setting) -> None:
    """Raise `ParameterError` for the first hyper-parameter that is out of bounds or can't go with another."""
    for name, parameter in PARAMETERS.items():
        value = getattr(setting, name)
        if not parameter.allows(value):
            raise ParameterError(
                "this value is not allowed", where=name, received=value, allowed=parameter.describe()
            )
    check_l1(setting.optimizer, setting.l1, setting.l1_step)


@lru_cache(maxsize=4096)
def _known_good(setting: Setting) -> None:
    check_setting(setting)


def check_settings(settings: Sequence[Setting]) -> None:
    """Check each setting, once for all the folds that train it."""
    for setting in settings:
        try:
            _known_good(setting)
        except TypeError:  # a value that can't be hashed is of no allowed kind: this says which
            check_setting(setting)


def check_l1(optimizer: str, l1: float, l1_step: str) -> None:
    """Refuse an L1 penalty under an optimizer whose step has no proximal counterpart."""
    if optimizer == "lion" and l1 > 0 and l1_step == "proximal":
        raise ParameterError(
            "lion steps by the sign of its momentum, so there is no proximal step for l1",
            where="l1",
            received=l1,
            allowed="0 with lion",
            hint="use another optimizer, or l1_step='subgradient'",
        )
