"""What a key allows, in words, from the types of the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
NOUNS = {
    "integer": "an integer",
    "number": "a finite number",
    "boolean": "true or false",
    "null": "null",
    "object": "a mapping of keys to values",
}


def allowed_words(field: FieldInfo) -> str:
    """Say what values a field of the schema takes: ``an integer >= 1``, ``rmse, mae, r2``.

    Parameters
    ----------
    field : FieldInfo
        A field of one of the schema's records.
    """
    type_: Any = field.annotation
    return _words(TypeAdapter(Annotated[type_, *field.metadata] if field.metadata else type_).json_schema())


def _words(schema: Mapping[str, Any]) -> str:
    """Return the words of one JSON schema."""
    if "anyOf" in schema:
        return " or ".join(_words(option) for option in schema["anyOf"])
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema["type"] == "string":
        return "text"
    if schema["type"] == "array":
        return f"a list of {_words(schema['items'])}"
    bounds = " and ".join(f"{sign} {_number(schema[key])}" for key, sign in BOUNDS.items() if key in schema)
    return f"{NOUNS[schema['type']]} {bounds}".strip()


def _number(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
