"""From plain data to a checked space: everything that can be wrong is found before the first trial."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bigtrain.errors import ConfigError
from bigtrain.numerics.setting import OPTIMIZERS, PARAMETERS, Parameter, Setting
from bigtrain.records import ParamValue
from bigtrain.space.knobs import Choice, Fixed, Knob, Range, Tree
from bigtrain.space.space import Space

RANGE_KEYS = ("low", "high", "log", "step")
KNOB_FORMS = "a value, a list of values, {low, high, log, step}, or {choices: {option: {knob: …}}}"
SCALARS = (str, int, float, bool, type(None))
DEEPEST = 8


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
        where the parameter is one), or ``{choices: {option: {knob: …}}}``, whose options carry knobs of their own.
    parameters : mapping of str to Parameter
        What the estimator has, and what each of it allows.
    fixed : mapping, optional
        What the estimator is given besides, for checks of one thing against another.
    where : str
        The key at which the space stands, for messages.

    Raises
    ------
    ConfigError
        For the first thing that is wrong, with its key.
    """
    tree = _parse_tree(data, parameters, where, depth=0)
    space = Space(tree)
    _check_names(space, where)
    optimizer = (fixed or {}).get("optimizer", Setting().optimizer)
    for settings, path in _cases(tree, where, {"optimizer": [optimizer]}):
        _check_case(settings, path, parameters)
    return space


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
    knob = _read_knob(data, parameters, where, depth)
    if isinstance(knob, Range) and parameters[name].kind == "real":
        knob = replace(knob, low=float(knob.low), high=float(knob.high))
    check_values(name, _values(knob), parameters, where)
    return knob


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


def _read_knob(data: Any, parameters: Mapping[str, Parameter], where: str, depth: int) -> Knob:
    if isinstance(data, Mapping) and "choices" in data:
        _only_keys(data, ("choices",), where)
        return _read_choices(data["choices"], parameters, f"{where}.choices", depth)
    if isinstance(data, Mapping):
        return _read_range(data, where)
    if isinstance(data, (list, tuple)):
        return _read_values(data, where)
    if not isinstance(data, SCALARS):
        raise ConfigError("this is no knob", where=where, received=data, allowed=KNOB_FORMS)
    return Fixed(data)


def _read_choices(data: Any, parameters: Mapping[str, Parameter], where: str, depth: int) -> Knob:
    if isinstance(data, (list, tuple)):
        return _read_values(data, where)
    if not isinstance(data, Mapping) or not data:
        raise ConfigError("at least one option is needed", where=where, received=data, allowed=KNOB_FORMS)
    return Choice(
        {
            option: _parse_tree(below, parameters, f"{where}.{option}", depth + 1)
            for option, below in data.items()
        }
    )


def _read_values(data: Sequence[Any], where: str) -> Knob:
    if not data:
        raise ConfigError("at least one value is needed", where=where, received=data)
    for value in data:
        if not isinstance(value, SCALARS):
            raise ConfigError("a list holds plain values", where=where, received=value, allowed=KNOB_FORMS)
    # 1, 1.0 and True are equal, and one option to Optuna.
    if len(set(data)) < len(data):
        raise ConfigError("a value is listed twice", where=where, received=list(data))
    return Choice({value: {} for value in data}) if len(data) > 1 else Fixed(data[0])


def _read_range(data: Mapping[Any, Any], where: str) -> Range:
    _only_keys(data, RANGE_KEYS, where)
    for key in ("low", "high"):
        if not _is_number(data.get(key)):
            received = data.get(key)
            raise ConfigError("a finite number is needed", where=f"{where}.{key}", received=received)
    low, high, log, step = data["low"], data["high"], data.get("log", False), data.get("step")
    if not isinstance(log, bool):
        raise ConfigError("log is true or false", where=f"{where}.log", received=log)
    if step is not None and (not _is_number(step) or not 0 < step <= high - low):
        raise ConfigError(
            "a step is above 0 and no more than high - low", where=f"{where}.step", received=step
        )
    if low >= high:
        hint = f"for one value write {where.rpartition('.')[2]}: {low}"
        raise ConfigError("low must be below high", where=where, received=dict(data), hint=hint)
    if log and low <= 0:
        raise ConfigError("log needs low above 0", where=f"{where}.low", received=low)
    if log and step is not None:
        raise ConfigError("log and step don't go together", where=where, received=dict(data))
    return Range(low, high, log, step)


def _only_keys(data: Mapping[Any, Any], allowed: Sequence[str], where: str) -> None:
    for key in data:
        if key not in allowed:
            close = difflib.get_close_matches(str(key), ("choices", *RANGE_KEYS), 1)
            raise ConfigError(
                "unknown key of a knob",
                where=f"{where}.{key}",
                allowed=KNOB_FORMS,
                hint=f"did you mean {close[0]}?" if close else None,
            )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _values(knob: Knob) -> tuple[ParamValue, ...]:
    """Return the values that must be allowed for all of a knob to be."""
    if isinstance(knob, Fixed):
        return (knob.value,)
    return (knob.low, knob.high) if isinstance(knob, Range) else tuple(knob.options)


def _check_names(space: Space, where: str) -> None:
    """Refuse two knobs of one branch name, which the sampler would take for one."""
    names = [name for name, _ in _all_branch_names(space.tree)]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError("two options of this name have the same knob", where=f"{where}.{name}")


def _all_branch_names(tree: Tree, path: str = "") -> Iterator[tuple[str, Knob]]:
    for name, knob in tree.items():
        yield f"{path}{name}", knob
        if isinstance(knob, Choice):
            for option, below in knob.options.items():
                yield from _all_branch_names(below, f"{path}{option}.")


Case = dict[str, list[ParamValue]]


def _cases(tree: Tree, where: str, outer: Case) -> Iterator[tuple[Case, str]]:
    """Yield, for every option that has knobs and for the whole, what the settings may be there."""
    own = {name: list(_values(knob)) for name, knob in tree.items()}
    for name in own.keys() & (outer.keys() - {"optimizer"}):
        raise ConfigError("this knob exists above already", where=f"{where}.{name}")
    yield {**outer, **own}, where
    for name, knob in tree.items():
        if isinstance(knob, Choice):
            for option, below in knob.options.items():
                if below:
                    inner = {**outer, **own, name: [option]}
                    yield from _cases(below, f"{where}.{name}.choices.{option}", inner)


def _check_case(case: Case, where: str, parameters: Mapping[str, Parameter]) -> None:
    """Refuse what no optimizer of this case reads, or what it can't do."""
    optimizers = [o for o in case["optimizer"] if o in OPTIMIZERS]
    for name in case:
        readers = parameters[name].optimizers if name in parameters else ()
        idle = [o for o in optimizers if readers and o not in readers]
        if idle:
            raise ConfigError(
                f"{name} is not read by {', '.join(map(str, idle))}",
                where=f"{where}.{name}",
                hint=f"put it under optimizer.choices of {', '.join(readers)}",
            )
    penalised = any(isinstance(v, (int, float)) and v > 0 for v in case.get("l1", []))
    if penalised and "lion" in optimizers and "subgradient" not in case.get("l1_step", []):
        raise ConfigError(
            "lion steps by a sign, so there is no proximal step for l1",
            where=f"{where}.l1",
            hint="put l1 under the other optimizers, or l1_step: subgradient",
        )
