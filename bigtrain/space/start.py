"""Where a search begins: settings by the estimator's names, as the params of a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from bigtrain.errors import ConfigError
from bigtrain.parameter import Parameter
from bigtrain.records import ParamValue
from bigtrain.space.catalogue import ESTIMATOR, Catalogue
from bigtrain.space.describe import shown_knob
from bigtrain.space.knobs import Choice, Range, Tree
from bigtrain.space.walk import walk
from bigtrain.wording import did_you_mean_or_all


def starting_params(
    tree: Tree, catalogue: Catalogue, settings: Mapping[str, ParamValue], where: str
) -> dict[str, ParamValue]:
    """Return the params of the trial that has `settings`, and otherwise what is nearest to the defaults.

    Parameters
    ----------
    tree : mapping of str to knob
        The space.
    catalogue : Catalogue
        The defaults.
    settings : mapping
        Values by the estimator's names.
    where : str
        The key at which they stand.

    Raises
    ------
    ConfigError
        If no trial of the space has them all.
    """
    params: dict[str, ParamValue] = {}
    family = str(settings.get(ESTIMATOR, catalogue.kind))

    def pick(branch: str, knob: Range | Choice) -> ParamValue:
        nonlocal family
        name = branch.rpartition(".")[2]
        known = catalogue.having(name, family)
        parameter = catalogue.parameters(known)[name]
        if name in settings:
            params[branch] = _given(settings[name], knob, parameter, f"{where}.{name}")
        else:
            params[branch] = nearest(catalogue.value(known, name), knob)
        if name == ESTIMATOR:
            family = str(params[branch])
        return params[branch]

    own = dict(walk(tree, pick))
    trial = catalogue.complete(own)
    for name, value in settings.items():
        if name not in trial:
            hint = did_you_mean_or_all(str(name), own)
            raise ConfigError("this starting point has no such knob", where=f"{where}.{name}", hint=hint)
        if trial[name] != value:
            raise ConfigError(
                "the space fixes this", where=f"{where}.{name}", received=value, allowed=str(trial[name])
            )
    return params


def _given(value: Any, knob: Range | Choice, parameter: Parameter, where: str) -> ParamValue:
    """Return a value that is asked for, in the parameter's kind; refuse one that the space doesn't have."""
    own: ParamValue = parameter.in_kind(value) if parameter.allows(value) else None
    if not parameter.allows(value) or not _has(knob, own):
        raise ConfigError(
            "the space has no such value", where=where, received=value, allowed=shown_knob(knob)
        )
    return own


def _has(knob: Range | Choice, value: ParamValue) -> bool:
    if isinstance(knob, Choice):
        return value in knob.options
    return _is_number(value) and nearest(value, knob) == value


def nearest(value: ParamValue, knob: Range | Choice) -> ParamValue:
    """Return a knob's value that is nearest to another; to what is no number, its first or middle one."""
    if isinstance(knob, Choice):
        return _nearest_option(value, list(knob.options))
    if not _is_number(value):
        return knob.grid(3)[len(knob.grid(3)) // 2]
    inside = min(max(value, knob.low), knob.high)
    if knob.step is not None:
        return min(knob.low + round((inside - knob.low) / knob.step) * knob.step, knob.high)
    return round(inside) if knob.integer else float(inside)


def _nearest_option(value: ParamValue, options: Sequence[ParamValue]) -> ParamValue:
    if value in options:
        return value
    numbers = [option for option in options if _is_number(option)]
    if not numbers or not _is_number(value):
        return options[0]
    distances = {abs(number - value): number for number in reversed(numbers)}
    return distances[min(distances)]


def _is_number(value: ParamValue) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
