"""The forms in which one knob is written, each read and checked by itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from bigtrain.errors import ConfigError
from bigtrain.parameter import Parameter
from bigtrain.space.knobs import Range
from bigtrain.wording import did_you_mean

RANGE_KEYS = ("low", "high", "log", "step")
KNOB_FORMS = "a value, a list of values, {low, high, log, step}, or {choices: {option: {knob: …}}}"
MERGED = (
    "files are merged key by key: in words, interval(a,b) or choice(a,b), a knob replaces another whole, "
    "and after `override /space: none` nothing is left of any"
)
NO_LOG = "log: false takes it away, whichever file it is of"
SCALARS = (str, int, float, bool, type(None))
MOST_STEPS = 1_000_000
MOST = 2**63
"""Integers from here on fit no machine's."""


def check_allowed(values: Iterable[Any], parameter: Parameter, where: str) -> None:
    """Refuse a value that a parameter doesn't allow."""
    for value in values:
        if not parameter.allows(value):
            allowed = parameter.describe()
            raise ConfigError("this value is not allowed", where=where, received=value, allowed=allowed)


def read_options(data: Any, where: str) -> dict[Any, Any]:
    """Return the values a knob can have, each with the data of its own knobs."""
    if isinstance(data, Mapping):
        for key in RANGE_KEYS:
            if key in data:
                raise ConfigError(
                    "a range's key beside choices", where=f"{where}.{key}", allowed=KNOB_FORMS, hint=MERGED
                )
        _only_keys(data, ("choices",), where)
        data, where = data["choices"], f"{where}.choices"
        if isinstance(data, Mapping) and data:
            return dict(data)
    elif not isinstance(data, (list, tuple)):
        data = [data]
    if not isinstance(data, (list, tuple)) or not data:
        raise ConfigError("at least one value is needed", where=where, received=data, allowed=KNOB_FORMS)
    for value in data:
        if not isinstance(value, SCALARS):
            raise ConfigError("this is no plain value", where=where, received=value, allowed=KNOB_FORMS)
    if len(set(data)) < len(data):
        raise ConfigError("a value is listed twice", where=where, received=list(data))
    return dict.fromkeys(data)


def read_range(name: str, data: Mapping[Any, Any], parameter: Parameter, where: str) -> Range:
    """Return the range that `data` says, in the parameter's kind and ending on a step."""
    _only_keys(data, RANGE_KEYS, where)
    for key in ("low", "high"):
        if not _is_number(data.get(key)):
            received = data.get(key)
            raise ConfigError("a finite number is needed", where=f"{where}.{key}", received=received)
    low, high = (_bound(data[key], parameter) for key in ("low", "high"))
    if parameter.kind not in ("real", "integer", "any"):
        raise ConfigError(
            "a range is of numbers", where=where, received=dict(data), allowed=parameter.describe()
        )
    check_allowed((low, high), parameter, where)
    if low >= high:
        hint = f"for one value write {name}: {low}"
        raise ConfigError("low must be below high", where=where, received=dict(data), hint=hint)
    whole = parameter.kind == "integer" or (isinstance(low, int) and isinstance(high, int))
    log, step = _scale(data, low, high, where, whole=whole)
    if step is None:
        return Range(low, high, log)
    last = _last(low, high, step)
    return Range(low, int(last) if whole else float(last), log, step)


def _bound(value: float, parameter: Parameter) -> float:
    """Return a bound in the parameter's kind: Hydra's ``interval(1,8)`` says 1.0 where 1 is meant."""
    if parameter.kind == "real":
        return float(value)
    return int(value) if parameter.kind == "integer" and value == int(value) else value


def _scale(
    data: Mapping[Any, Any], low: float, high: float, where: str, *, whole: bool
) -> tuple[bool, float | None]:
    log, step = data.get("log", False), data.get("step")
    if not isinstance(log, bool):
        raise ConfigError("log is true or false", where=f"{where}.log", received=log)
    if log and low <= 0:
        raise ConfigError("log needs low above 0", where=f"{where}.low", received=low, hint=NO_LOG)
    if step is None:
        return log, None
    if log:
        raise ConfigError("log and step don't go together", where=where, received=dict(data), hint=NO_LOG)
    where = f"{where}.step"
    if not _is_number(step) or step <= 0:
        raise ConfigError("a step is a number above 0", where=where, received=step)
    if whole and step != int(step):
        raise ConfigError("a step between integers is an integer", where=where, received=step)
    if (high - low) / step > MOST_STEPS:
        hint = "a range without a step has every value"
        raise ConfigError(f"more than {MOST_STEPS:,} steps", where=where, received=step, hint=hint)
    last = _last(low, high, step)
    if last <= low:
        raise ConfigError("a step is no more than high - low", where=where, received=step)
    if Decimal(str(float(last))) != last:
        hint = "round low, or the step"
        raise ConfigError("so many digits can't be counted exactly", where=where, received=step, hint=hint)
    return log, int(step) if whole else float(step)


def _last(low: float, high: float, step: float) -> Decimal:
    """Return the last value of a range: counted in decimals, as it is written, and as Optuna counts."""
    first, width = Decimal(str(low)), Decimal(str(step))
    return first + (Decimal(str(high)) - first) // width * width


def _only_keys(data: Mapping[Any, Any], allowed: Sequence[str], where: str) -> None:
    for key in data:
        if key not in allowed:
            hint = did_you_mean(str(key), ("choices", "when", *allowed))
            raise ConfigError("unknown key of a knob", where=f"{where}.{key}", allowed=KNOB_FORMS, hint=hint)


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < MOST
    return isinstance(value, float) and math.isfinite(value)
