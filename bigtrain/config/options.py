"""A command whose line is a few KEY=VALUE: read, checked against a record, run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bigtrain.config.allowed import allowed_words
from bigtrain.config.schema import TrackingConfig
from bigtrain.ending import ending
from bigtrain.errors import ConfigError, UsageError
from bigtrain.wording import did_you_mean, write_as_key


class Options(BaseModel):
    """What every command takes; a command adds its own fields, each with a description."""

    # Lax, unlike a configuration: on a command line all is text.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    tracking: TrackingConfig = Field(
        TrackingConfig(uri=None, artifacts=None), description="The MLflow store."
    )
    debug: bool = Field(False, description="Show tracebacks.")


Kind = TypeVar("Kind", bound=Options)


class Command(Protocol):
    """The main function of a command."""

    def __call__(self, arguments: Sequence[str] | None = None) -> None:
        """Run it with these arguments, those of `sys.argv` by default."""


def options_command(run: Callable[[Kind], None], kind: type[Kind], usage: str) -> Command:
    """Return the main function of a command.

    Parameters
    ----------
    run : callable
        What to do with the options.
    kind : type
        The record of the options.
    usage : str
        What ``--help`` says.

    Returns
    -------
    callable
        Takes the arguments, those of `sys.argv` by default; returns, or exits with the code of what went
        wrong after one line on stderr. With ``debug=true`` a traceback comes before it.
    """

    def main(arguments: Sequence[str] | None = None) -> None:
        line = sys.argv[1:] if arguments is None else arguments
        if {"--help", "-h"} & set(line):
            sys.stdout.write(usage)
            return
        with ending(debug="debug=true" in line):
            run(read_options(line, kind))

    return main


def read_options(arguments: Sequence[str], kind: type[Kind]) -> Kind:
    """Read a command line into a record.

    Raises
    ------
    UsageError
        For what is no KEY=VALUE, is no key of the record, or is said twice.
    ConfigError
        For a key that is missing or has a value it doesn't take.
    """
    said: dict[str, Any] = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals or key not in _keys(kind):
            raise _not_an_option(argument, arguments, kind)
        *above, last = key.split(".")
        record = said
        for part in above:
            record = record.setdefault(part, {})
        if last in record:
            raise UsageError("said twice", where=key, received=value)
        record[last] = value
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        raise _refused(error, kind) from None


def _keys(kind: type[BaseModel], above: str = "") -> list[str]:
    """Return all keys, with a dot where a record is inside another."""
    keys = []
    for name, field in kind.model_fields.items():
        type_ = field.annotation
        inner = isinstance(type_, type) and issubclass(type_, BaseModel)
        keys += _keys(type_, f"{above}{name}.") if inner else [above + name]  # type: ignore[arg-type]
    return keys


def _not_an_option(argument: str, line: Sequence[str], kind: type[Options]) -> UsageError:
    keys, key = _keys(kind), argument.partition("=")[0]
    return UsageError(
        "not an option",
        received=argument,
        allowed=", ".join(f"{name}=…" for name in keys),
        hint=write_as_key(argument, line, keys) or did_you_mean(key, [f"{name}=…" for name in keys]),
    )


def _refused(error: ValidationError, kind: type[Options]) -> ConfigError | UsageError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    field = kind.model_fields[str(first["loc"][0])]
    if first["type"] == "missing":
        return UsageError("is missing", where=f"{where}=…", hint=field.description)
    if first["type"] == "value_error":
        return ConfigError(str(first["ctx"]["error"]), where=where, received=first["input"])
    return ConfigError(
        "this value is not allowed", where=where, received=first["input"], allowed=allowed_words(field)
    )
