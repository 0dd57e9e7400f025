"""YAML read strictly: what is broken, doubled or a bomb is refused with its line before Hydra sees it."""

from __future__ import annotations

from pathlib import Path

import yaml

from bigtrain.errors import ConfigError, NoInputError

MOST_BYTES = 1_000_000
DEEPEST = 40


def check_yaml(path: Path) -> None:
    """Refuse a YAML file that Hydra would choke on, or take for something else than it looks like.

    Aliases are refused altogether: a configuration needs none (``${…}`` refers to values), and a few lines
    of them can stand for more data than a machine holds.

    Raises
    ------
    NoInputError
        If the file can't be read.
    ConfigError
        If it is no YAML mapping, is not UTF-8, has a key twice or an alias, is nested too deep or too big;
        with line and column.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise NoInputError(error.strerror or "can't be read", where=str(path)) from None
    if len(raw) > MOST_BYTES:
        raise ConfigError(f"larger than {MOST_BYTES:,} bytes", where=str(path))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        hint = "save the file as UTF-8"
        raise ConfigError("this is not UTF-8", where=f"{path}:{line}", hint=hint) from None
    _check_text(text, str(path))


def _check_text(text: str, path: str) -> None:
    try:
        root = _compose(text, path)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        raise ConfigError(f"broken YAML: {_problem(error)}", where=where) from None
    except yaml.YAMLError as error:
        raise ConfigError(f"broken YAML: {error}", where=path) from None
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise ConfigError("a configuration is a mapping of keys to values", where=_at(path, root))
    if root is not None:
        _check_keys(root, path)


def _problem(error: yaml.MarkedYAMLError) -> str:
    if error.problem and "\\t" in error.problem:
        return "a tab can't indent, use spaces"
    return ", ".join(part for part in (error.context, error.problem) if part)


def _compose(text: str, path: str) -> yaml.Node | None:
    """Return the tree of a text, after a first pass that no alias or depth can make expensive."""
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            hint = "write the value out, or refer to it by ${key}"
            raise ConfigError("aliases are not allowed", where=_at(path, event), hint=hint)
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
            if depth > DEEPEST:
                raise ConfigError(f"nested deeper than {DEEPEST}", where=_at(path, event))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
    return yaml.compose(text, yaml.CSafeLoader)


def _check_keys(node: yaml.Node, path: str) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise ConfigError("this key stands there twice", where=_at(path, key), received=name)
            seen.add(name)
            _check_keys(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_keys(item, path)


def _at(path: str, node: yaml.Node | yaml.Event) -> str:
    mark = node.start_mark
    return f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
