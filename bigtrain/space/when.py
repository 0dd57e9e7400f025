"""Knobs that depend on another beside them, moved to where they belong: under its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bigtrain.errors import ConfigError
from bigtrain.records import ParamValue
from bigtrain.space.forms import SCALARS
from bigtrain.space.knobs import Choice, Fixed, Knob, Tree, shown_value
from bigtrain.wording import did_you_mean_or_all


@dataclass(frozen=True, slots=True)
class Condition:
    """Under which options of which other knob one exists; `where` is the condition's own key."""

    knob: str
    options: tuple[ParamValue, ...]
    where: str


def read_condition(data: Any, where: str) -> Condition:
    """Return the condition that stands under ``when``.

    Raises
    ------
    ConfigError
        If it is not one knob with some of its options.
    """
    allowed = "{knob: [option, …]}"
    if not isinstance(data, Mapping) or len(data) != 1:
        raise ConfigError("a condition names one knob", where=where, received=data, allowed=allowed)
    ((name, given),) = data.items()
    options = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    if not options or not all(isinstance(option, SCALARS) for option in options):
        raise ConfigError("a condition lists options", where=where, received=given, allowed=allowed)
    return Condition(str(name), options, f"{where}.{name}")


def nest(tree: Tree, conditions: Mapping[str, Condition], where: str) -> Tree:
    """Return the tree in which each knob that has a condition stands under the options it names.

    One whose own condition depends on another that has one goes first, so that it is carried along.

    Raises
    ------
    ConfigError
        If a condition names a knob or an option that isn't there, or conditions go round in a circle.
    """
    nested, left = dict(tree), dict(conditions)
    while left:
        ends = [name for name in left if all(name != other.knob for other in left.values())]
        if not ends:
            name = next(iter(left))
            raise ConfigError("this condition depends on itself", where=f"{where}.{name}.when")
        for name in ends:
            condition = left.pop(name)
            knob = nested.pop(name)
            if condition.knob not in nested:
                hint = did_you_mean_or_all(condition.knob, nested)
                raise ConfigError("there is no such knob beside this one", where=condition.where, hint=hint)
            nested[condition.knob] = _under(nested[condition.knob], name, knob, condition)
    return nested


def _under(target: Knob, name: str, knob: Knob, condition: Condition) -> Choice:
    """Return the knob `target` with another under those of its options that the condition names."""
    options: Mapping[ParamValue, Tree] = (
        target.options
        if isinstance(target, Choice)
        else {target.value: {}}
        if isinstance(target, Fixed)
        else {}
    )
    for option in condition.options:
        if option not in options:
            allowed = ", ".join(map(shown_value, options)) or "the options of a choice"
            raise ConfigError(
                f"{condition.knob} has no such option",
                where=condition.where,
                received=option,
                allowed=allowed,
            )
        if name in options[option]:
            raise ConfigError(
                "a trial would have this knob twice", where=condition.where, hint=f"{option} has it already"
            )
    return Choice(
        {
            option: {**below, name: knob} if option in condition.options else below
            for option, below in options.items()
        }
    )
