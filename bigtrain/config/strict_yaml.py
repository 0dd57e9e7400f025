"""YAML read strictly: what is broken, doubled or a bomb is refused with its line before Hydra sees it."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml
from yaml.reader import Reader

from bigtrain.errors import ConfigError, NoInputError, RefusedError

MOST_BYTES = 1_000_000
DEEPEST = 40
MOST_REFERENCES = 30
"""References may refer to references: a chain of n of them can ask for about 3 ** (n / 3) values."""

CODE_KEYS = ("_target_", "_partial_", "_args_")
"""Keys that would let a configuration call anything."""


def read_yaml(path: Path) -> str:
    """Return the text of a YAML file, unless Hydra would choke on it or take it for what it isn't.

    Aliases are refused altogether: a configuration needs none (``${…}`` refers to values), and a few lines
    of them can stand for more data than a machine holds. So are tags, which ask for objects.

    Raises
    ------
    NoInputError
        If the file can't be read.
    ConfigError
        If it is no YAML mapping, is not UTF-8, has a key twice, an alias or a tag, is nested too deep or
        too big; with line and column.
    RefusedError
        If it has a key that would let it run any code.
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
    return text


@lru_cache(maxsize=512)
def _check_text(text: str, path: str) -> None:
    if odd := Reader.NON_PRINTABLE.search(text):
        line, column = text.count("\n", 0, odd.start()) + 1, odd.start() - text.rfind("\n", 0, odd.start())
        where = f"{path}:{line}:{column}"
        raise ConfigError("this character is not allowed in YAML", where=where, received=odd[0])
    if text.count("${") > MOST_REFERENCES:
        line = text[: text.rfind("${")].count("\n") + 1
        raise ConfigError(f"more than {MOST_REFERENCES} references ${{…}}", where=f"{path}:{line}")
    try:
        root = _compose(text, path)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        raise ConfigError(f"broken YAML: {_problem(error, text)}", where=where) from None
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise ConfigError("a configuration is a mapping of keys to values", where=_at(path, root))
    if root is not None:
        _check_keys(root, path)


def _problem(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark
    if mark and re.match(r"[ ]*\t", "".join(text.splitlines()[mark.line : mark.line + 1])):
        return "a tab can't indent, use spaces"
    return ", ".join(part for part in (error.context, error.problem) if part)


def _compose(text: str, path: str) -> yaml.Node | None:
    """Return the tree of a text, after a first pass that no alias or depth can make expensive."""
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            hint = "write the value out, or refer to it by ${key}"
            raise ConfigError("aliases are not allowed", where=_at(path, event), hint=hint)
        if tag := getattr(event, "tag", None):
            raise ConfigError("tags are not allowed", where=_at(path, event), received=tag)
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
            if not isinstance(key, yaml.ScalarNode):
                raise ConfigError("a key is plain text", where=_at(path, key))
            name = str(key.value)
            if name in CODE_KEYS:
                hint = "name a part by its kind instead"
                raise RefusedError(f"{name} could run any code", where=_at(path, key), hint=hint)
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
