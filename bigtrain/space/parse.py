"""From plain data to a checked space: everything that can be wrong is found before the first trial."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bigtrain.errors import ConfigError
from bigtrain.families import FAMILIES
from bigtrain.parameter import Parameter
from bigtrain.space.catalogue import ESTIMATOR, Catalogue
from bigtrain.space.check import check_space
from bigtrain.space.forms import check_allowed, read_options, read_range
from bigtrain.space.knobs import Choice, Fixed, Knob, Tree
from bigtrain.space.space import Space
from bigtrain.space.when import Condition, nest, read_condition
from bigtrain.wording import did_you_mean, did_you_mean_or_all

DEEPEST = 8


def parse_space(data: Any, catalogue: Catalogue | None = None, where: str = "space") -> Space:
    """Parse and check a search space.

    Parameters
    ----------
    data : mapping
        Knobs by name; each is a value (fixed), a list of values, ``{low, high, log, step}`` (integers
        where the parameter is one), or ``{choices: {option: {knob: …}}}``, whose options carry knobs of
        their own. With ``when: {knob: [option, …]}`` a knob exists under these options of one beside it.
    catalogue : Catalogue, optional
        What each family has, and what every trial is given besides; that of the gradient family by default.
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
    catalogue = catalogue or Catalogue()
    tree = _parse_tree(data, _Scope(catalogue, (catalogue.kind,)), where)
    check_space(tree, catalogue, where)
    return Space(tree, catalogue)


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where a knob stands: in trials of which families, and how deep."""

    catalogue: Catalogue
    families: tuple[str, ...]
    depth: int = 0

    def parameter(self, name: str, where: str) -> Parameter:
        """Return what a name means to every family here, refusing it where one has no such parameter."""
        for family in self.families:
            if name not in self.catalogue.parameters(family):
                raise ConfigError(
                    f"{family} has no such parameter", where=where, hint=self._hint(name, family)
                )
        meanings = [self.catalogue.parameters(family)[name] for family in self.families]
        if len({parameter.kind for parameter in meanings}) > 1:
            hint = "put it under estimator.choices"
            raise ConfigError(f"{', '.join(self.families)} mean different things", where=where, hint=hint)
        return meanings[0]

    def _hint(self, name: str, family: str) -> str:
        having = [other for other, table in self.catalogue.families.items() if name in table]
        if having:
            under = [other for other in self.families if other in having]
            put = f"put it under estimator.choices of {', '.join(under)}"
            return put if under else f"it belongs to {', '.join(having)}"
        own = (*self.catalogue.families[family], *self.catalogue.common)
        return did_you_mean(name, [*own, ESTIMATOR]) or did_you_mean_or_all(name, own)

    def within(self, name: str, options: Iterable[Any]) -> _Scope:
        """Return the scope of what stands under some options of a knob."""
        named = tuple(option for option in options if option in self.catalogue.families)
        return replace(self, families=named or self.families) if name == ESTIMATOR else self

    def beside(self, data: Mapping[Any, Any]) -> _Scope:
        """Return the scope of knobs that stand side by side, one of which may be, or hold, the estimator."""
        return replace(self, families=tuple(dict.fromkeys(self._families(data))))

    def _families(self, data: Any) -> Iterator[str]:
        tree = data if isinstance(data, Mapping) else {}
        if ESTIMATOR in tree:
            yield from self.within(ESTIMATOR, _options(tree[ESTIMATOR])).families
            return
        holding = [knob for knob in tree.values() if any(map(_holds_estimator, _options(knob).values()))]
        for knob in holding:
            for below in _options(knob).values():
                yield from self._families(below)
        if not holding:
            yield from self.families


def _options(knob: Any) -> Mapping[Any, Any]:
    """Return the options of a knob as they are written, with the data under each; nothing is checked."""
    choices = knob.get("choices") if isinstance(knob, Mapping) else knob
    if isinstance(choices, Mapping):
        return choices
    values = choices if isinstance(choices, (list, tuple)) else [choices]
    return {value: None for value in values if isinstance(value, (str, int, float, bool))}


def _holds_estimator(data: Any, depth: int = 0) -> bool:
    if not isinstance(data, Mapping) or depth > DEEPEST:
        return False
    inner = (below for knob in data.values() for below in _options(knob).values())
    return ESTIMATOR in data or any(_holds_estimator(below, depth + 1) for below in inner)


def _parse_tree(data: Any, scope: _Scope, where: str) -> Tree:
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise ConfigError("this is no set of knobs", where=where, received=data, allowed="{knob: …}")
    if scope.depth > DEEPEST:
        raise ConfigError(f"choices nested deeper than {DEEPEST}", where=where)
    scope = scope.beside(data)
    knobs: dict[str, Knob] = {}
    conditions: dict[str, Condition] = {}
    for key, given in data.items():
        name, knob, here = str(key), given, scope
        if isinstance(given, Mapping) and "when" in given:
            conditions[name] = read_condition(given["when"], f"{where}.{name}.when")
            here = scope.within(conditions[name].knob, conditions[name].options)
            knob = {part: value for part, value in given.items() if part != "when"}
        knobs[name] = _parse_knob(name, knob, here, f"{where}.{name}")
    tree = nest(knobs, conditions, where)
    # What the other knobs mean may depend on it, so it is asked first.
    return {ESTIMATOR: tree[ESTIMATOR], **tree} if ESTIMATOR in tree else tree


def _parse_knob(name: str, data: Any, scope: _Scope, where: str) -> Knob:
    parameter = scope.parameter(name, where)
    if isinstance(data, Mapping) and "choices" not in data:
        return read_range(name, data, parameter, where)
    options = read_options(data, where)
    for family in scope.families:
        check_allowed(options, scope.catalogue.parameters(family)[name], where)
    # 1, 1.0 and True are equal, and one option to Optuna.
    if len({parameter.in_kind(option) for option in options}) < len(options):
        raise ConfigError("a value is listed twice", where=where, received=list(options))
    if name == ESTIMATOR:
        _check_installed(options, where)
    inner = replace(scope, depth=scope.depth + 1)
    below = {
        parameter.in_kind(option): _parse_tree(
            knobs, inner.within(name, (option,)), f"{where}.choices.{option}"
        )
        for option, knobs in options.items()
    }
    # What is chosen from one is not searched.
    return Choice(below) if len(below) > 1 or any(below.values()) else Fixed(next(iter(below)))


def _check_installed(options: Iterable[Any], where: str) -> None:
    for option in options:
        if option in FAMILIES:
            FAMILIES[option].check_installed(where)
