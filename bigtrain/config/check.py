"""From plain data to a frozen `SweepConfig`, or one line that says what is wrong with it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from bigtrain.config.schema import DataConfig, SweepConfig
from bigtrain.config.words import with_words
from bigtrain.errors import BigtrainError, ConfigError, RefusedError
from bigtrain.numerics.setting import PARAMETERS
from bigtrain.space import check_values, parse_space

CODE_KEYS = ("_target_", "_partial_", "_args_")
FILE_KINDS = ("csv", "parquet")


def check_config(plain: Mapping[str, Any]) -> SweepConfig:
    """Check a composed configuration whole.

    Parameters
    ----------
    plain : mapping
        The composed configuration as plain data, every interpolation resolved.

    Returns
    -------
    SweepConfig
        Frozen, its name resolved.

    Raises
    ------
    ConfigError
        For the first thing that is wrong, with its key.
    RefusedError
        If ``_target_`` stands anywhere, since it could run any code; or if a name is a path.
    """
    _refuse_code(plain, "")
    fixed = _fixed_parameters(plain)
    space = parse_space(with_words(plain.get("space")), PARAMETERS, fixed)
    name = plain.get("name") or data_name(plain.get("data"))
    resolved = {**plain, "name": name, "space": space.to_data()}
    try:
        config = SweepConfig.model_validate({**resolved, "space": space, "resolved": resolved})
    except ValidationError as error:
        raise _in_one_line(error) from None
    _check_data(config.data)
    return config


def data_name(data: Any) -> str:
    """Return the name of a table: of its file, reduced to letters, digits, ``.``, ``_`` and ``-``."""
    path, kind = (data.get("path"), str(data.get("kind"))) if isinstance(data, Mapping) else (None, "sweep")
    return re.sub(r"[^A-Za-z0-9._-]+", "-", Path(str(path)).stem).strip("-._")[:128] or kind if path else kind


def _refuse_code(value: Any, path: str) -> None:
    if isinstance(value, Mapping):
        for key, below in value.items():
            if key in CODE_KEYS:
                where, hint = path or "configuration", "name a part by its kind instead"
                raise RefusedError(f"{key} could run any code", where=where, hint=hint)
            _refuse_code(below, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for index, below in enumerate(value):
            _refuse_code(below, f"{path}[{index}]")


def _fixed_parameters(plain: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the estimator's fixed hyper-parameters, checked by the same table as the space."""
    estimator = plain.get("estimator")
    fixed = estimator.get("params") if isinstance(estimator, Mapping) else None
    if not isinstance(fixed, Mapping):
        return {}
    for name, value in fixed.items():
        check_values(str(name), (value,), PARAMETERS, f"estimator.params.{name}")
    return fixed


def _check_data(data: DataConfig) -> None:
    for key, value in (("path", data.path), ("target", data.target)):
        if data.kind in FILE_KINDS and value is None:
            raise ConfigError(
                f"data={data.kind} needs a {key}", where=f"data.{key}", hint=f"data.{key}=… says which"
            )


def _in_one_line(error: ValidationError) -> BigtrainError:
    """Return the first of pydantic's findings in our words."""
    first = error.errors()[0]
    path = [str(part) for part in first["loc"] if not isinstance(part, int)]
    where = ".".join(path)
    if first["type"] == "extra_forbidden":
        return ConfigError("unknown key", where=where, hint=key_suggestion(path))
    if first["type"] == "missing":
        return ConfigError("this key is missing", where=where)
    if path[-1] in ("name", "model", "alias") and re.search(r"[/\\]|^\.", str(first["input"])):
        allowed = "letters, digits, '.', '_' and '-'"
        return RefusedError("a name is no path", where=where, received=first["input"], allowed=allowed)
    return ConfigError(
        "this value is not allowed",
        where=where,
        received=first["input"],
        allowed=_allowed(first["type"], first["msg"]),
    )


def _allowed(kind: str, message: str) -> str:
    """Return what pydantic would accept, without its opening words."""
    if kind == "string_pattern_mismatch":
        return "1 to 128 letters, digits, '.', '_' and '-', beginning with a letter or digit"
    return re.sub(r"^Input should be ", "", message)


def key_suggestion(path: Sequence[str]) -> str:
    """Say which key was probably meant by the last part of `path`."""
    model: type[BaseModel] = SweepConfig
    for part in path[:-1]:
        below = model.model_fields[part].annotation
        if not (isinstance(below, type) and issubclass(below, BaseModel)):
            break
        model = below
    here = [name for name in model.model_fields if name != "resolved"]
    close = difflib.get_close_matches(str(path[-1]), here, 1)
    return f"did you mean {close[0]}?" if close else f"there are: {', '.join(here)}"
