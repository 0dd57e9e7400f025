"""From plain data to a checked space: everything that can be wrong is found before the first trial."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from bigtrain.errors import ConfigError
from bigtrain.numerics.setting import PARAMETERS
from bigtrain.parameter import Parameter
from bigtrain.records import ParamValue
from bigtrain.space.check import check_space
from bigtrain.space.knobs import Choice, Fixed, Knob, Range, Tree
from bigtrain.space.space import Space

RANGE_KEYS = ("low", "high", "log", "step")
KNOB_FORMS = "a value, a list of values, {low, high, log, step}, or {choices: {option: {knob: …}}}"
SCALARS = (str, int, float, bool, type(None))
DEEPEST = 8
MOST_STEPS = 1_000_000
MOST = 2**63
"""Integers from here on fit no machine's."""


def parse_space(
    data: Any,
    parameters: Mapping[str, Parameter] = PARAMETERS,
    fixed: Mapping[str, ParamValue] | None = None,
    where: str = "space",
) -> Space:
    """Parse and check a search space.

    Parameters
    ----------
    data : mapping
        Knobs by name; each is a value (fixed), a list of values, ``{low, high, log, step}`` (integers
        where the parameter is one), or ``{choices: {option: {knob: …}}}``, whose options carry knobs of
        their own.
    parameters : mapping of str to Parameter
        What the estimator has, and what each of it allows.
    fixed : mapping, optional
        What the estimator is given besides, for checks of one thing against another.
    where : str
        The key at which the space stands, for messages.

    Returns
    -------
    Space
        Its numbers are of the parameter's kind (``l1: 0`` is 0.0), its ranges end on a step.

    Raises
    ------
    ConfigError
        For the first thing that is wrong, with its key.

    Examples
    --------
    >>> parse_space({"l1": {"low": 0, "high": 0.25, "step": 0.1}, "batch_size": [32, None]}).to_data()
    {'l1': {'low': 0.0, 'high': 0.2, 'step': 0.1}, 'batch_size': [32, None]}
    """
    tree = _parse_tree(data, parameters, where, depth=0)
    check_space(tree, parameters, fixed or {}, where)
    return Space(tree)


def check_values(name: str, values: Iterable[Any], parameters: Mapping[str, Parameter], where: str) -> None:
    """Refuse a parameter that the estimator doesn't have, or a value that it doesn't allow."""
    if name not in parameters:
        close = difflib.get_close_matches(name, parameters, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(parameters)}"
        raise ConfigError("the estimator has no such parameter", where=where, hint=hint)
    for value in values:
        if not parameters[name].allows(value):
            allowed = parameters[name].describe()
            raise ConfigError("this value is not allowed", where=where, received=value, allowed=allowed)


def _parse_tree(data: Any, parameters: Mapping[str, Parameter], where: str, depth: int) -> Tree:
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise ConfigError("this is no set of knobs", where=where, received=data, allowed="{knob: …}")
    if depth > DEEPEST:
        raise ConfigError(f"choices nested deeper than {DEEPEST}", where=where)
    return {
        str(name): _parse_knob(str(name), knob, parameters, f"{where}.{name}", depth)
        for name, knob in data.items()
    }


def _parse_knob(name: str, data: Any, parameters: Mapping[str, Parameter], where: str, depth: int) -> Knob:
    check_values(name, (), parameters, where)
    parameter = parameters[name]
    if isinstance(data, Mapping) and "choices" not in data:
        return _read_range(name, data, parameters, where)
    options = _read_options(data, where)
    check_values(name, options, parameters, where)
    # 1, 1.0 and True are equal, and one option to Optuna.
    if len({parameter.in_kind(option) for option in options}) < len(options):
        raise ConfigError("a value is listed twice", where=where, received=list(options))
    below = {
        parameter.in_kind(option): _parse_tree(inner, parameters, f"{where}.choices.{option}", depth + 1)
        for option, inner in options.items()
    }
    # What is chosen from one is not searched.
    return Choice(below) if len(below) > 1 or any(below.values()) else Fixed(next(iter(below)))


def _read_options(data: Any, where: str) -> dict[Any, Any]:
    """Return the values a knob can have, each with the data of its own knobs."""
    if isinstance(data, Mapping):
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


def _read_range(name: str, data: Mapping[Any, Any], parameters: Mapping[str, Parameter], where: str) -> Range:
    _only_keys(data, RANGE_KEYS, where)
    for key in ("low", "high"):
        if not _is_number(data.get(key)):
            received = data.get(key)
            raise ConfigError("a finite number is needed", where=f"{where}.{key}", received=received)
    parameter = parameters[name]
    low, high = (_bound(data[key], parameter) for key in ("low", "high"))
    if parameter.kind not in ("real", "integer", "any"):
        raise ConfigError(
            "a range is of numbers", where=where, received=dict(data), allowed=parameter.describe()
        )
    check_values(name, (low, high), parameters, where)
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
        raise ConfigError("log needs low above 0", where=f"{where}.low", received=low)
    if step is None:
        return log, None
    if log:
        raise ConfigError("log and step don't go together", where=where, received=dict(data))
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
            close = difflib.get_close_matches(str(key), {"choices", *allowed}, 1)
            raise ConfigError(
                "unknown key of a knob",
                where=f"{where}.{key}",
                allowed=KNOB_FORMS,
                hint=f"did you mean {close[0]}?" if close else None,
            )


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < MOST
    return isinstance(value, float) and math.isfinite(value)
