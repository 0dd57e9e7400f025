"""The command line's knobs: each replaces what the files say of it, whole.

Hydra merges, which is wrong for a knob: ``{low: 1, high: 2}`` over ``{low: 0.1, high: 1, log: true}`` would
keep the old ``log``, and a list can't replace a mapping at all. So overrides of ``space`` are applied to the
composed space first, and what comes out is handed to Hydra as deletions and additions of whole knobs.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, QuotedString
from hydra.errors import HydraException, MissingConfigException

from bigtrain.config.places import places
from bigtrain.config.words import is_word, with_words
from bigtrain.errors import UsageError
from bigtrain.wording import did_you_mean_or_all

GROUP = "space"

FILES = {"optimizer": "optimizer", "estimator": "space"}
"""By knob, the group of conf/ that has a file for an option: what is searched under it."""

ComposeSpace: TypeAlias = Callable[[list[str]], Any]


def whole_knobs(overrides: Sequence[str], compose_space: ComposeSpace) -> list[str]:
    """Return the overrides of one job, those of knobs rewritten so that Hydra replaces them whole.

    Parameters
    ----------
    overrides : sequence of str
        ``KEY=VALUE`` and its kin, without several values.
    compose_space : callable
        Given the other overrides, returns the composed space as plain data.

    Raises
    ------
    UsageError
        If an override of the space can't be parsed, or removes what isn't there.
    """
    ours = [override for override in overrides if _is_ours(override)]
    others = [_always_added(override) for override in overrides if override not in ours]
    if not ours:
        return others
    before = compose_space(others)
    after = copy.deepcopy(before)
    for override in ours:
        after = _applied(after, override, compose_space)
    return [*others, *_as_overrides(before, after)]


def _always_added(override: str) -> str:
    """Let a fixed parameter be given whether the files give it or not."""
    return f"++{override}" if override.startswith(("estimator.params.", "preprocess.")) else override


def _is_ours(override: str) -> bool:
    """Whether an override is of a knob, or gives the space whole; ``space=NAME`` is Hydra's affair."""
    key, _, text = override.lstrip("~+").partition("=")
    whole = key == GROUP and (text.strip() in ("null", "") or text.lstrip().startswith("{"))
    return key.startswith(f"{GROUP}.") or (whole and not override.startswith("~"))


def _applied(space: dict[str, Any], override: str, compose_space: ComposeSpace) -> dict[str, Any]:
    """Return the space after one override."""
    if not override.lstrip("+").startswith(f"{GROUP}="):
        _apply(space, override, compose_space)
        return space
    value = _value(override, override.partition("=")[2])
    return value if isinstance(value, dict) else {}


def _apply(space: dict[str, Any], argument: str, compose_space: ComposeSpace) -> None:
    key = argument.lstrip("~+").partition("=")[0]
    for tree, (*path, name) in places(space, key.removeprefix(f"{GROUP}.").split(".")):
        node = tree
        for part in path:
            node = _step(node, part, key)
        if argument.startswith("~"):
            _remove(node, name, argument)
        else:
            value = _value(argument, argument.partition("=")[2])
            options = _options(node.get(name))
            node[name] = _with_knobs(name, value, node, compose_space) if options else value


def _remove(node: dict[str, Any], name: str, argument: str) -> None:
    if name not in node:
        before = argument[: -len(name)] if argument.endswith(name) else ""
        hint = did_you_mean_or_all(name, map(str, node), before)
        raise UsageError("there is no such knob to remove", where=argument, hint=hint)
    del node[name]


def _options(knob: Any) -> Mapping[Any, Any]:
    """Return the options of a choice, each with the knobs it has; nothing of any other knob."""
    options = knob.get("choices") if isinstance(knob, Mapping) else None
    return options if isinstance(options, Mapping) else {}


def _with_knobs(name: str, value: Any, node: Mapping[str, Any], compose_space: ComposeSpace) -> Any:
    """Return what stands in for a choice of a node: each option that is asked for, with the knobs it has.

    An option that isn't in the choice has those of its file which the node has not given to all options.
    """
    options, said = _options(node[name]), with_words(value, f"{GROUP}.{name}")
    wanted = said if isinstance(said, list) else [said]
    if not all(option is None or isinstance(option, (str, int, float)) for option in wanted):
        return value
    below = {
        option: options[option]
        if option in options
        else {knob: own for knob, own in _of_file(name, option, compose_space).items() if knob not in node}
        for option in wanted
    }
    return {"choices": below} if any(below.values()) else value


def _of_file(name: str, option: Any, compose_space: ComposeSpace) -> Mapping[Any, Any]:
    """Return what an option's own file says is searched under it; nothing where there is no such file."""
    if name not in FILES or not str(option).isidentifier():
        return {}
    place = f"{GROUP}.{name}.choices.{option}"
    try:
        composed = compose_space([f"{GROUP}=none", f"+{FILES[name]}@{place}={option}"])
    except MissingConfigException:
        return {}
    below: Mapping[Any, Any] = _options(composed.get(name)).get(option) or {}
    return below


def _step(node: dict[str, Any], part: str, key: str) -> dict[str, Any]:
    below = node.setdefault(part, {})
    if not isinstance(below, dict):
        raise UsageError(f"{part} has nothing below it", where=key, hint=f"give {part} whole")
    return below


def _value(argument: str, text: str) -> Any:
    """Return the value of an override; Hydra's words stay text, which the space understands."""
    if is_word(text):
        return text
    try:
        override: Override = OverridesParser.create().parse_override(f"knob={text}")
    except HydraException:
        hint = "quote it for the shell: 'space.l1={low:1e-6,high:1e-2,log:true}'"
        raise UsageError("this override can't be read", where=argument, hint=hint) from None
    if override.is_sweep_override():
        raise UsageError("several values need -m", where=argument, hint=f"[{text}] is a choice of them")
    return _plain(override.value())


def _plain(value: Any) -> Any:
    if isinstance(value, QuotedString):
        return value.text
    if isinstance(value, Mapping):
        return {_plain(key): _plain(below) for key, below in value.items()}
    return [_plain(below) for below in value] if isinstance(value, list) else value


def _as_overrides(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return what Hydra needs to be told: knobs anew from the first changed on, which keeps their order."""
    old, new = list(before.items()), list(after.items())
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    gone = [f"~{GROUP}.{key}" for key, _ in old[same:]]
    return [*gone, *(f"+{GROUP}.{key}={_literal(knob)}" for key, knob in new[same:])]


def _literal(value: Any) -> str:
    """Return a value in the grammar of Hydra's overrides."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_literal_key(k)}:{_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_literal, value)) + "]"
    return repr(value) if isinstance(value, (int, float)) else quoted(str(value))


def _literal_key(key: Any) -> str:
    return str(key) if isinstance(key, str) and key.isidentifier() else _literal(key)


def quoted(text: str) -> str:
    """Return a text as Hydra quotes one: a backslash counts for itself, except before a quote or the end."""
    escaped = re.sub(r"(\\*)('|\Z)", lambda found: found[1] * 2 + ("\\'" if found[2] else ""), text)
    return f"'{escaped}'"
