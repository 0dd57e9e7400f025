"""From plain data to a frozen `SweepConfig`, or one line that says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bigtrain.config.refusals import in_our_words, unknown_key
from bigtrain.config.schema import NOT_ASKED, DataConfig, SweepConfig
from bigtrain.config.strict_yaml import CODE_KEYS
from bigtrain.config.words import with_words
from bigtrain.errors import ConfigError, RefusedError
from bigtrain.families import FAMILIES, PREPROCESSING
from bigtrain.parameter import Parameter
from bigtrain.space import Catalogue, Space, check_allowed, parse_space
from bigtrain.wording import did_you_mean_or_all

FILE_KINDS = ("csv", "parquet")
START_FORM = "[{parameter: value, …}, …]"


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
        If ``_target_`` stands anywhere, since it could run any code.
    """
    _refuse_code(plain, "")
    for key in NOT_ASKED:
        if key in plain:
            raise unknown_key([key])
    catalogue = _catalogue(plain)
    space = parse_space(with_words(plain.get("space")), catalogue)
    _check_start(plain, space)
    name = plain.get("name")
    resolved = {
        **plain,
        "name": data_name(plain.get("data")) if name is None else name,
        "objectives": plain.get("objectives") or [f"cv_{plain.get('scoring')}"],
        "space": space.to_data(),
    }
    try:
        config = SweepConfig.model_validate({**resolved, "space": space, "resolved": resolved})
    except ValidationError as error:
        raise in_our_words(error) from None
    _check_data(config.data)
    _check_objectives(config)
    _check_blend(config)
    _check_pruner(config)
    _check_nested(config)
    _check_split(config)
    _check_engine(config)
    return config


def data_name(data: Any) -> str:
    """Return the name of a table: of its file, reduced to letters, digits, ``.``, ``_`` and ``-``."""
    kind, path = (data.get("kind"), data.get("path")) if isinstance(data, Mapping) else (None, None)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(str(path)).stem).strip("-._")[:128] if path else ""
    return plain or str(kind)


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


def _catalogue(plain: Mapping[str, Any]) -> Catalogue:
    """Return what the space is checked against, what is fixed of it checked by the same tables."""
    estimator = plain.get("estimator")
    kind, params = (
        (estimator.get("kind"), estimator.get("params")) if isinstance(estimator, Mapping) else (0, 0)
    )
    # Where one of them is of another type than it should be, the schema says so.
    if not isinstance(kind, str) or kind not in FAMILIES:
        return Catalogue()
    FAMILIES[kind].check_installed("estimator.kind")
    family = FAMILIES[kind].parameters
    return Catalogue(
        kind,
        params=_fixed(params, family, f"{kind} has no such parameter", "estimator.params"),
        preprocess=_fixed(plain.get("preprocess"), PREPROCESSING, "there is no such parameter", "preprocess"),
    )


def _fixed(given: Any, table: Mapping[str, Parameter], unknown: str, where: str) -> dict[str, Any]:
    """Return fixed values, each known to the table, allowed by it and of its kind."""
    values = given if isinstance(given, Mapping) else {}
    for name, value in values.items():
        if name not in table:
            hint = did_you_mean_or_all(str(name), table)
            raise ConfigError(unknown, where=f"{where}.{name}", hint=hint)
        check_allowed((value,), table[name], f"{where}.{name}")
    return {name: table[name].in_kind(value) for name, value in values.items()}


def _check_start(plain: Mapping[str, Any], space: Space) -> None:
    """Refuse a starting point that is no point of the space."""
    start = plain.get("start") or ()
    if not isinstance(start, (list, tuple)):
        raise ConfigError("this is no list of settings", where="start", received=start, allowed=START_FORM)
    for i, settings in enumerate(start):
        if not isinstance(settings, Mapping):
            raise ConfigError(
                "these are no settings", where=f"start[{i}]", received=settings, allowed=START_FORM
            )
    space.starting_points(start)


def _check_data(data: DataConfig) -> None:
    for key, value in (("path", data.path), ("target", data.target)):
        where = f"data.{key}"
        if data.kind in FILE_KINDS and not value:
            raise ConfigError(f"data={data.kind} needs a {key}", where=where, hint=f"{where}=… says which")
        if data.kind not in FILE_KINDS and value:
            raise ConfigError(
                f"data={data.kind} reads no file", where=where, hint="data=csv or data=parquet does"
            )


def _check_objectives(config: SweepConfig) -> None:
    objectives, where = config.objectives, "objectives"
    if objectives[0] != f"cv_{config.scoring}":
        hint = f"begin with cv_{config.scoring}, or choose another scoring"
        raise ConfigError(
            "the scoring is the first objective", where=where, received=list(objectives), hint=hint
        )
    if len(set(objectives)) < len(objectives):
        raise ConfigError("an objective is listed twice", where=where, received=list(objectives))
    if len(objectives) > 1 and config.sampler.kind == "cmaes":
        hint = "sampler=nsgaii or sampler=tpe"
        raise ConfigError("cmaes knows one objective", where=where, received=list(objectives), hint=hint)


def _check_blend(config: SweepConfig) -> None:
    if config.blend and len(config.objectives) > 1:
        hint = "blend=0, or one objective"
        raise ConfigError(
            "a blend is made to score well, and is never simple",
            where="blend",
            received=config.blend,
            hint=hint,
        )
    if config.blend and config.nested:
        hint = "leave out one of the two"
        raise ConfigError(
            "the outer score is of single trials", where="blend", received=config.blend, hint=hint
        )


def _check_nested(config: SweepConfig) -> None:
    if config.nested and config.timeout:
        hint = "leave out one of the two"
        raise ConfigError(
            "every outer fold repeats the search, and seconds repeat nothing",
            where="nested",
            received=config.nested,
            hint=hint,
        )


def _check_pruner(config: SweepConfig) -> None:
    if config.sampler.kind == "rustuna" and config.pruner.kind != "none":
        hint = "sampler=tpe does, or pruner=none"
        raise ConfigError(
            "rustuna learns nothing from pruned trials",
            where="pruner",
            received=config.pruner.kind,
            hint=hint,
        )


def _check_split(config: SweepConfig) -> None:
    split, where = config.split, "split.column"
    if split.kind == "group" and not split.column:
        raise ConfigError("split=group needs a column", where=where, hint="split.column=NAME says which")
    if split.kind in ("folds", "repeated") and split.column:
        hint = "split=group or split=time does"
        raise ConfigError(
            f"split={split.kind} reads no column", where=where, received=split.column, hint=hint
        )


def _check_engine(config: SweepConfig) -> None:
    engine = config.engine
    if engine.kind == "threads" and engine.trial_timeout is not None:
        raise ConfigError(
            "a thread can't be ended from outside",
            where="engine.trial_timeout",
            received=engine.trial_timeout,
            hint="engine=processes, whose workers can",
        )
    if engine.kind != "dask" and engine.address is not None:
        raise ConfigError(
            f"engine={engine.kind} has no scheduler", where="engine.address", hint="engine=dask has one"
        )
    if engine.kind == "dask" and find_spec("distributed") is None:
        hint = "pip install 'bigtrain[dask]', or engine=processes on this machine alone"
        raise ConfigError("Dask is not installed", where="engine", received="dask", hint=hint)
