"""What each key decides, from the schema's own words: for ``--help`` and for the reference."""

from __future__ import annotations

from textwrap import fill

from omegaconf import OmegaConf
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bigtrain.config.schema import NOT_ASKED, SweepConfig

WIDTH = 110
_COLUMN = 2 + max(map(len, SweepConfig.model_fields)) + 2


def register_about() -> None:
    """Let Hydra's help have ``${bigtrain.about:}``, a paragraph for each key at the top."""
    OmegaConf.register_new_resolver("bigtrain.about", _paragraphs, replace=True)


def record_of(field: FieldInfo | None) -> type[BaseModel] | None:
    """Return the record that a field holds, or None for a plain value."""
    type_ = field.annotation if field else None
    return type_ if isinstance(type_, type) and issubclass(type_, BaseModel) else None


def about(field: FieldInfo) -> str:
    """Return a field's description, that of its record where it holds one."""
    record = record_of(field)
    return field.description or (record.__doc__ if record else None) or ""


def _paragraphs() -> str:
    own = ((name, field) for name, field in SweepConfig.model_fields.items() if name not in NOT_ASKED)
    return "\n".join(_paragraph(name, about(field)) for name, field in own)


def _paragraph(name: str, text: str) -> str:
    return fill(text, WIDTH, initial_indent=f"  {name}".ljust(_COLUMN), subsequent_indent=" " * _COLUMN)
