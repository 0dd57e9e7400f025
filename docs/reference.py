"""The configuration reference, from the schema's own descriptions and the comments of conf/."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo

from bigtrain.config.about import about, record_of
from bigtrain.config.allowed import allowed_words
from bigtrain.config.schema import NOT_ASKED, SweepConfig

ROOT = Path(__file__).parent.parent


def configuration() -> str:
    """Return all keys and all options, as Markdown."""
    own = {name: field for name, field in SweepConfig.model_fields.items() if name not in NOT_ASKED}
    groups = {name: record for name, field in own.items() if (record := record_of(field))}
    files = _options()
    top = {name: field for name, field in own.items() if name not in {*groups, *files}}
    parts = [*_section("The sweep", "", "", top, [])]
    for group in [*groups, *(name for name in files if name not in groups)]:
        fields = groups[group].model_fields if group in groups else {}
        text = about(own[group]) if group in own else ""
        parts += _section(f"`{group}`", text, f"{group}.", fields, files.get(group, []))
    return "\n".join(parts)


def _options() -> dict[str, list[Path]]:
    """Return the files of each group: those of conf/, and the recipes."""
    found: dict[str, list[Path]] = {}
    for path in (*sorted(ROOT.glob("conf/*/*.yaml")), *sorted(ROOT.glob("sweeps/*.yaml"))):
        found.setdefault(path.parent.name, []).append(path)
    return found


def _section(
    title: str, text: str, prefix: str, fields: dict[str, FieldInfo], files: list[Path]
) -> Iterator[str]:
    yield f"## {title}\n"
    if text:
        yield f"{text}\n"
    if fields:
        yield "| key | takes | by default | what it decides |\n| --- | --- | --- | --- |"
        yield from (_row(f"{prefix}{name}", field) for name, field in fields.items() if not record_of(field))
        yield ""
    for path in files:
        yield f"### `{path.parent.name}={path.stem}`\n\n```yaml\n{path.read_text('utf-8').rstrip()}\n```\n"


def _row(key: str, field: FieldInfo) -> str:
    cells = (f"`{key}`", _allowed(field), _default(field), field.description or "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _allowed(field: FieldInfo) -> str:
    try:
        return allowed_words(field)
    except PydanticInvalidForJsonSchema:  # a type that is no JSON: its description says what it takes
        return ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ""
    value: Any = field.get_default(call_default_factory=True)
    return "`null`" if value is None else f"`{value}`".replace("()", "[]").lower()
