"""What Hydra, OmegaConf and pydantic find wrong, said in one line with its exit code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import yaml
from hydra.errors import MissingConfigException, OverrideParseException
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from bigtrain.config.about import record_of
from bigtrain.config.allowed import allowed_words
from bigtrain.config.schema import NAME, NOT_ASKED, SweepConfig
from bigtrain.config.sources import shipped_root
from bigtrain.errors import BigtrainError, ConfigError, UsageError, causes
from bigtrain.wording import did_you_mean, did_you_mean_or_all

_NOT_FOUND = re.compile(r"(?:Could not find|Cannot find primary config|In '[^']*': Could not find) '([^']+)'")
_SAID = (
    (
        r"Could not append to config\. An item is already at '(.*)'",
        "there is such a key already",
        "without + it is replaced",
    ),
    (
        r"Could not delete(?: from config\.)? '([^']*)'",
        "there is no such key to remove",
        "--cfg job shows all",
    ),
    (
        r"Ambiguous value for argument '(.*)'",
        "several values need -m",
        "a list is KEY=[a,b], a text that has commas KEY='\"a,b\"'",
    ),
    (r"Multiple values for ([\w/]+)\.", "a group has one option", "choose it without +"),
    (r"()Config group override must be", "a group takes the name of one of its options", "--help lists them"),
)
"""What Hydra says of an override, as a pattern whose group is the key; and what we say, with a hint."""

_SAID_OF_FILES = (
    (
        r"In '([^']*)': ConfigTypeError raised while composing config",
        "a list can't go over a mapping, nor a mapping over a list",
        "a knob's choice(a,b) can",
    ),
    (r"()maximum recursion depth exceeded", "a defaults list comes back to itself", None),
)
"""The same of files; the group is Hydra's name of one."""


def in_our_words(error: Exception) -> BigtrainError:
    """Return the error as one of ours, whose text is one line."""
    for cause in causes(error):
        if isinstance(cause, BigtrainError):
            return cause
    if isinstance(error, ValidationError):
        return _refused_value(error)
    if isinstance(error, OverrideParseException):
        hint = "an override is KEY=VALUE; quote lists and {…} for the shell"
        return UsageError("this override can't be read", where=error.override, hint=hint)
    if isinstance(error, MissingConfigException):
        return _no_such_option(error)
    # OmegaConf puts the key on its own errors, and on others that pass through it.
    if key := getattr(error, "full_key", None):
        return ConfigError(str(error).strip().partition("\n")[0], where=str(key))
    return _refused_override(str(error))


def unknown_key(path: Sequence[str]) -> ConfigError:
    """Refuse a key that there is not: say which was meant, or which option of its group has it."""
    model: type[BaseModel] = SweepConfig
    where = ".".join(path)
    for part in path[:-1]:
        below = record_of(model.model_fields.get(part))
        if below is None:
            return ConfigError("unknown key", where=where)
        model = below
    here = [name for name in model.model_fields if name not in NOT_ASKED]
    if path[-1] in here and len(path) > 1:
        having = [f"{path[0]}={option}" for option in _options_with(path[0], path[-1])]
        problem = f"the chosen {path[0]} has no such key"
        return ConfigError(
            problem, where=where, hint=f"it belongs to {', '.join(having)}" if having else None
        )
    before = where[: -len(path[-1])] if path[-1] else ""
    hint = _in_a_group(path) or did_you_mean_or_all(path[-1], here, before)
    return ConfigError("unknown key", where=where, hint=hint)


def _in_a_group(path: Sequence[str]) -> str | None:
    """Return a question with the one key of a group that is called as what was said without a group."""
    groups = ((name, record_of(field)) for name, field in SweepConfig.model_fields.items())
    having = [name for name, record in groups if record and path[-1] in record.model_fields]
    return f"did you mean {having[0]}.{path[-1]}?" if len(path) == len(having) == 1 else None


def _options_with(group: str, key: str) -> Iterator[str]:
    """Yield the shipped options of a group whose files have a key."""
    for path in sorted((shipped_root() / "conf" / group).glob("*.yaml")):
        if key in (yaml.safe_load(path.read_text("utf-8")) or {}):
            yield path.stem


def _refused_value(error: ValidationError) -> BigtrainError:
    """Return the first of pydantic's findings."""
    first = error.errors()[0]
    received, path = first["input"], [str(part) for part in first["loc"]]
    if first["type"] in ("extra_forbidden", "invalid_key"):
        return unknown_key(path)
    field, path = _field_at(path)
    where = ".".join(path)
    if first["type"] == "missing":
        return ConfigError("this key is missing", where=where)
    is_name = path[-1] in ("name", "model", "alias")
    allowed = NAME if is_name else allowed_words(field)
    if is_name and re.search(r"[/\\]|^\.", str(received)):
        return ConfigError("a name is no path", where=where, received=received, allowed=allowed)
    if first["type"] == "value_error":
        problem = str(first["ctx"]["error"])
        return ConfigError(problem, where=where, received=received)
    problem, hint = "this value is not allowed", _in_a_group(path)
    return ConfigError(problem, where=where, received=received, allowed=allowed, hint=hint)


def _field_at(path: Sequence[str]) -> tuple[FieldInfo, list[str]]:
    """Return the schema's field at the beginning of a path, with its own path."""
    field, so_far = SweepConfig.model_fields[path[0]], [path[0]]
    for part in path[1:]:
        below = record_of(field)
        if below is None:
            break
        field = below.model_fields[part]
        so_far.append(part)
    return field, so_far


def _no_such_option(error: MissingConfigException) -> ConfigError:
    missing = error.missing_cfg_file or ""
    found = _NOT_FOUND.search(str(error))
    group, _, option = str(missing or (found[1] if found else "")).rpartition("/")
    options = list(error.options or re.findall(r"^\t(\S+)$", str(error), re.MULTILINE))
    if not group:
        return ConfigError(str(error).partition("\n")[0])
    return ConfigError(
        "there is no such option",
        where=group,
        received=option,
        allowed=", ".join(options) or None,
        hint=did_you_mean(option, options, before=f"{group}="),
    )


def _refused_override(text: str) -> BigtrainError:
    """Return what Hydra said of an override."""
    first = text.strip().partition("\n")[0]
    if found := re.match(r"Could not override '([^']*)'", first):
        return unknown_key(re.split(r"[./]", found[1]))
    for pattern, problem, hint in _SAID:
        if found := re.match(pattern, first):
            return UsageError(problem, where=found[1] or None, hint=hint)
    for pattern, problem, file_hint in _SAID_OF_FILES:
        if found := re.match(pattern, first):
            return ConfigError(problem, where=found[1] or None, hint=file_hint)
    return ConfigError(first or "Hydra refused this configuration")
