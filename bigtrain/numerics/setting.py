"""What one trained column may be: the hyper-parameters, their bounds and their defaults.

Imports nothing slow: a search space is checked against this table before numpy is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from bigtrain.errors import ParameterError
from bigtrain.parameter import Parameter

OPTIMIZERS = (
    "gd", "sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop",
    "adam", "amsgrad", "adamax", "nadam", "adamw", "lion",
)  # fmt: skip
SCHEDULES = ("constant", "inverse_scaling", "step", "exponential", "cosine", "warmup_cosine", "adaptive")
LOSSES = ("squared", "huber", "log_cosh", "quantile", "epsilon_insensitive")
PLANS = ("auto", "rows", "gram", "batch_gram")


class Setting(NamedTuple):
    """The hyper-parameters of one column, by the names of scikit-learn and of the papers.

    The defaults are those of `GradientRegressor`, whose documentation says what each one means. A cohort is
    laid out from hundreds of these: a tuple is made, and turned into columns by `zip`, several times as fast
    as an object with attributes.
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


_ALLOWED = {
    "optimizer": Parameter("choice", choices=OPTIMIZERS),
    "learning_rate": Parameter("real", 0, open_bounds="low"),
    "schedule": Parameter("choice", choices=SCHEDULES),
    "power_t": Parameter("real", 0, needs=("schedule", ("inverse_scaling",))),
    "decay": Parameter(
        "real", 0, 1, open_bounds="low", needs=("schedule", ("step", "exponential", "adaptive"))
    ),
    "decay_every": Parameter("integer", 1, needs=("schedule", ("step", "exponential"))),
    "warmup": Parameter("real", 0, 1, open_bounds="high", needs=("schedule", ("warmup_cosine",))),
    "momentum": Parameter("real", 0, 1, open_bounds="high", needs=("optimizer", ("momentum", "nesterov"))),
    "beta_1": Parameter(
        "real",
        0,
        1,
        open_bounds="high",
        needs=("optimizer", ("adam", "amsgrad", "adamax", "nadam", "adamw", "lion")),
    ),
    "beta_2": Parameter(
        "real",
        0,
        1,
        open_bounds="high",
        needs=("optimizer", ("adam", "amsgrad", "adamax", "nadam", "adamw", "lion")),
    ),
    "rho": Parameter("real", 0, 1, open_bounds="high", needs=("optimizer", ("adadelta", "rmsprop"))),
    "epsilon": Parameter(
        "real",
        0,
        open_bounds="low",
        needs=(
            "optimizer",
            ("adagrad", "adadelta", "rmsprop", "adam", "amsgrad", "adamax", "nadam", "adamw"),
        ),
    ),
    "weight_decay": Parameter("real", 0, needs=("optimizer", ("adamw", "lion"))),
    "l1": Parameter("real", 0),
    "l2": Parameter("real", 0),
    "l1_step": Parameter("choice", choices=("proximal", "subgradient")),
    "loss": Parameter("choice", choices=LOSSES),
    "huber_delta": Parameter("real", 0, open_bounds="low", needs=("loss", ("huber",))),
    "quantile": Parameter("real", 0, 1, open_bounds="low high", needs=("loss", ("quantile",))),
    "epsilon_insensitive": Parameter("real", 0, needs=("loss", ("epsilon_insensitive",))),
    "batch_size": Parameter("integer", 1, nullable=True),
    "shuffle": Parameter("choice", choices=(True, False, "batches")),
    "max_iter": Parameter("integer", 1),
    "tol": Parameter("real", 0, nullable=True),
    "n_iter_no_change": Parameter("integer", 1),
    "early_stopping": Parameter("flag"),
    "validation_fraction": Parameter("real", 0, 1, open_bounds="low high", needs=("early_stopping", (True,))),
    "average": Parameter("flag"),
    "fit_intercept": Parameter("flag"),
    "random_state": Parameter("integer", 0, 2**32 - 1, nullable=True),
}

PARAMETERS: Mapping[str, Parameter] = {
    name: replace(_ALLOWED[name], default=default) for name, default in Setting()._asdict().items()
}
"""What each hyper-parameter allows, with the default of `Setting`."""


def check_setting(setting: Setting) -> None:
    """Raise `ParameterError` for the first hyper-parameter that is out of bounds or can't go with another."""
    for (name, parameter), value in zip(PARAMETERS.items(), setting, strict=True):
        if not parameter.allows(value):
            raise ParameterError(
                "this value is not allowed", where=name, received=value, allowed=parameter.describe()
            )
    check_l1(setting.optimizer, setting.l1, setting.l1_step)


def check_settings(settings: Sequence[Setting]) -> None:
    """Check each setting; a value that many of them hold, as a default is, is looked at once."""
    columns = zip(PARAMETERS.values(), zip(*settings, strict=True), strict=False)  # no columns of no settings
    allowed = all(all(map(parameter.allows, _distinct(values))) for parameter, values in columns)
    for setting in settings:
        if allowed:
            check_l1(setting.optimizer, setting.l1, setting.l1_step)
        else:
            check_setting(setting)


def _distinct(values: Sequence[Any]) -> Iterable[Any]:
    """Return values without repetition: 1 is equal to True and isn't a flag, so that kinds count too."""
    kinds = set(map(type, values))
    if len(kinds) == 1 and kinds <= _COMPARED and values.count(values[0]) == len(values):
        return values[:1]
    return dict(zip(map(id, values), values, strict=True)).values()


_COMPARED = {str, int, float, bool, type(None)}
"""Kinds of which equal values are as good as the same."""


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
