"""The configuration reference, from the schema's own descriptions and the comments of conf/."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo

from bigtrain.config.allowed import allowed_words
from bigtrain.config.schema import SweepConfig

ROOT = Path(__file__).parent.parent
HIDDEN = {"resolved"}


def configuration() -> str:
    """Return all keys and all options, as Markdown."""
    own = {name: field for name, field in SweepConfig.model_fields.items() if name not in HIDDEN}
    groups = {name: record for name, field in own.items() if (record := _record(field))}
    files = _options()
    top = {name: field for name, field in own.items() if name not in {*groups, *files}}
    parts = [*_section("The sweep", "", "", top, [])]
    for group in [*groups, *(name for name in files if name not in groups)]:
        record = groups.get(group)
        fields = record.model_fields if record else {}
        about = (record.__doc__ or "") if record else ""
        parts += _section(f"`{group}`", about, f"{group}.", fields, files.get(group, []))
    return "\n".join(parts)


def _record(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _options() -> dict[str, list[Path]]:
    """Return the files of each group: those of conf/, and the recipes."""
    found: dict[str, list[Path]] = {}
    for path in (*sorted(ROOT.glob("conf/*/*.yaml")), *sorted(ROOT.glob("sweeps/*.yaml"))):
        found.setdefault(path.parent.name, []).append(path)
    return found


def _section(
    title: str, about: str, prefix: str, fields: dict[str, FieldInfo], files: list[Path]
) -> Iterator[str]:
    yield f"## {title}\n"
    if about:
        yield f"{about}\n"
    if fields:
        yield "| key | takes | by default | what it decides |\n| --- | --- | --- | --- |"
        yield from (_row(f"{prefix}{name}", field) for name, field in fields.items() if not _record(field))
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
