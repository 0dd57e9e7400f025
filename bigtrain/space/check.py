"""What a whole space must keep, beyond each of its knobs: one knob a name, each read wherever it exists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeAlias

from bigtrain.errors import ConfigError
from bigtrain.records import ParamValue
from bigtrain.space.catalogue import ESTIMATOR, Catalogue
from bigtrain.space.knobs import Choice, Fixed, Knob, Range, Tree, shown_value

Case: TypeAlias = dict[str, tuple[ParamValue, str]]
"""Values that some trial has, by name, each with the key at which it stands."""


def check_space(tree: Tree, catalogue: Catalogue, where: str) -> None:
    """Refuse a space some trial of which would be no trial.

    Parameters
    ----------
    tree : mapping of str to knob
        The knobs, each checked by itself.
    catalogue : Catalogue
        What each family has, and what every trial is given besides the space.
    where : str
        The key at which the space stands.

    Raises
    ------
    ConfigError
        If two knobs of one trial have the same name, one changes nothing in some of its trials, or a trial's
        optimizer can't do what it is asked.
    """
    _check_names(tree, where)
    _check_branch_names(tree, where)
    for name in {inner: None for own, knob in tree.items() for inner, _ in _keys(own, knob, "")}:
        _check_read(name, tree, catalogue, where)
    _check_l1(tree, catalogue, where)
    _check_patience(tree, catalogue, where)


def _check_names(tree: Tree, where: str, above: Mapping[str, str] = MappingProxyType({})) -> None:
    """Refuse a name that exists twice in one trial: above itself, or under two knobs side by side."""
    taken = dict(above)
    for name, knob in tree.items():
        keys = dict(_keys(name, knob, where))
        for twice in [key for key in keys if key in taken]:
            problem, hint = "a trial would have this knob twice", f"it has it at {taken[twice]}"
            raise ConfigError(problem, where=keys[twice], hint=hint)
        taken |= keys
    here = {**above, **{name: f"{where}.{name}" for name in tree}}
    for name, knob in tree.items():
        for option, inner in _options(knob):
            _check_names(inner, f"{where}.{name}.choices.{option}", here)


def _keys(name: str, knob: Knob, where: str) -> Iterator[tuple[str, str]]:
    """Yield the name of a knob and those below it, each with the key at which it stands."""
    yield name, f"{where}.{name}"
    for option, inner in _options(knob):
        for inner_name, inner_knob in inner.items():
            yield from _keys(inner_name, inner_knob, f"{where}.{name}.choices.{option}")


def _options(knob: Knob) -> Iterator[tuple[ParamValue, Tree]]:
    if isinstance(knob, Choice):
        yield from knob.options.items()


def _check_branch_names(tree: Tree, where: str) -> None:
    """Refuse two knobs of one branch name, which the sampler would take for one."""
    seen: set[str] = set()
    for name in _branch_names(tree):
        if name in seen:
            raise ConfigError("two options of this name have the same knob", where=f"{where}.{name}")
        seen.add(name)


def _branch_names(tree: Tree, path: str = "") -> Iterator[str]:
    for name, knob in tree.items():
        yield f"{path}{name}"
        for option, inner in _options(knob):
            yield from _branch_names(inner, f"{path}{option}.")


def _check_read(name: str, tree: Tree, catalogue: Catalogue, where: str) -> None:
    """Refuse a knob that some trial has and doesn't read."""
    meanings = [table[name] for table in map(catalogue.parameters, catalogue.families) if name in table]
    needed = {parameter.needs[0] for parameter in meanings if parameter.needs}
    if not needed:
        return
    idle: dict[ParamValue, str] = {}
    for case in _cases(tree, {ESTIMATOR, name, *needed}, where):
        if name not in case:
            continue
        needs = catalogue.parameters(_family(case, catalogue))[name].needs
        if needs and (actual := _value(case, catalogue, needs[0])) not in needs[1]:
            idle[actual], (other, readers) = case[name][1], needs
    if idle:
        raise ConfigError(
            f"{name} is not read where {other} is {_some(idle)}",
            where=next(iter(idle.values())),
            hint=f"put it under {other}.choices of {_some(readers)}",
        )


def _some(values: Iterable[ParamValue]) -> str:
    return ", ".join(map(shown_value, values))


def _check_l1(tree: Tree, catalogue: Catalogue, where: str) -> None:
    """Refuse an L1 penalty under an optimizer whose step has no proximal counterpart."""
    for case in _cases(tree, (ESTIMATOR, "optimizer", "l1", "l1_step"), where):
        if "l1_step" not in catalogue.parameters(_family(case, catalogue)):
            continue
        l1 = _value(case, catalogue, "l1")
        if (
            _value(case, catalogue, "optimizer") == "lion"
            and isinstance(l1, (int, float))
            and l1 > 0
            and _value(case, catalogue, "l1_step") == "proximal"
        ):
            raise ConfigError(
                "lion steps by a sign, so there is no proximal step for l1",
                where=case["l1"][1] if "l1" in case else "estimator.params.l1",
                hint="put l1 under the other optimizers, or l1_step: subgradient under lion",
            )


def _check_patience(tree: Tree, catalogue: Catalogue, where: str) -> None:
    """Refuse a number of epochs to wait where nothing is waited for."""
    reading = ("tol", "schedule", "early_stopping")
    for case in _cases(tree, (ESTIMATOR, "n_iter_no_change", *reading), where):
        if "n_iter_no_change" not in case or "schedule" not in catalogue.parameters(_family(case, catalogue)):
            continue
        tol, schedule, early = (_value(case, catalogue, name) for name in reading)
        if tol is None and schedule != "adaptive" and not early:
            raise ConfigError(
                "n_iter_no_change is not read where tol is null",
                where=case["n_iter_no_change"][1],
                hint="give tol a value, or leave it out; early_stopping and schedule: adaptive read it too",
            )


def _value(case: Case, catalogue: Catalogue, name: str) -> ParamValue:
    """Return what the trials of a case have of a parameter."""
    if name in case:
        return case[name][0]
    return catalogue.value(_family(case, catalogue), name)


def _family(case: Case, catalogue: Catalogue) -> str:
    """Return the family of a case's trials; of a foreign estimator's parameter, whatever it says."""
    family = str(case[ESTIMATOR][0]) if ESTIMATOR in case else catalogue.kind
    return family if family in catalogue.families else catalogue.kind


def _cases(tree: Tree, names: Collection[str], where: str) -> list[Case]:
    """Return every combination of values of `names` that a trial may have; of a range, the upper bound.

    There are few: names stand for one knob a trial, and a choice that has none of them counts once.
    """
    cases: list[Case] = [{}]
    for name, knob in tree.items():
        own = {_frozen(case): case for case in _cases_of(name, knob, names, where)}
        cases = [{**case, **more} for case in cases for more in own.values()]
    return cases


def _cases_of(name: str, knob: Knob, names: Collection[str], where: str) -> Iterator[Case]:
    key = f"{where}.{name}"
    if isinstance(knob, Choice):
        for option, inner in knob.options.items():
            own: Case = {name: (option, key)} if name in names else {}
            for below in _cases(inner, names, f"{key}.choices.{option}"):
                yield {**own, **below}
    else:
        yield {name: (_highest(knob), key)} if name in names else {}


def _highest(knob: Fixed | Range) -> ParamValue:
    return knob.value if isinstance(knob, Fixed) else knob.high


def _frozen(case: Case) -> tuple[tuple[str, tuple[ParamValue, str]], ...]:
    return tuple(sorted(case.items()))
