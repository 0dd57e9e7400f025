"""The command line: Hydra's options, and overrides that stand for one job or for several."""

from __future__ import annotations

import hashlib
import io
import re
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from hydra._internal.utils import get_args_parser
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from bigtrain.config.check import data_name
from bigtrain.config.overrides import quoted
from bigtrain.config.schema import SweepConfig
from bigtrain.config.strict_yaml import CODE_KEYS
from bigtrain.config.words import is_word
from bigtrain.errors import ConfigError, NoInputError, RefusedError, UsageError
from bigtrain.wording import write_as_key

FLAGS = ("help", "hydra_help", "shell_completion", "resolve")
VALUES = ("cfg", "info", "package", "config_name")
SHOWING = ("help", "hydra_help", "shell_completion", "cfg", "info")
HELP = "--help tells what there is"
LONGEST_NAME = 128
SAYING_NOTHING = ("debug=", "engine", "fresh=", "tracking", "verbose=")
"""What tells of no trial; and a store's address may hold a password."""
_PIECE = re.compile(r"\[*\{*\w+:(?!//)")
"""How what was between braces begins."""
_CODE_KEY = re.compile(rf"(^|[.{{,~+\s'\"])({'|'.join(CODE_KEYS)})['\"]?\s*([:=]|$)")


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What was typed.

    Attributes
    ----------
    options : tuple of str
        Hydra's options that change nothing but what is shown.
    overrides : tuple of str
        ``KEY=VALUE`` and its kin.
    folders : tuple of Path
        Where configurations are looked for before anywhere else.
    config_name : str, optional
        The file that begins the defaults list.
    shows : bool
        Whether something is to be shown rather than run.
    shown_keys : str, optional
        The keys of ``--cfg job``: ``""`` for all; None where it is not asked for.
    multirun : bool
        Whether an override may have several values, one for each job.
    """

    options: tuple[str, ...]
    overrides: tuple[str, ...]
    folders: tuple[Path, ...]
    config_name: str | None
    shows: bool
    shown_keys: str | None
    multirun: bool

    def jobs(self, params: Sequence[str] = ()) -> list[Job]:
        """Return a job for each combination of values in a multirun, else the one there is.

        Parameters
        ----------
        params : sequence of str
            Overrides that the configuration itself says should vary.
        """
        if not self.multirun:
            return [Job(self.overrides, ())]
        values = [_values(override) for override in (*params, *self.overrides)]
        swept = [i for i, one in enumerate(values) if len(one) > 1]
        return [Job(each, tuple(each[i] for i in swept)) for each in product(*values)]


@dataclass(frozen=True, slots=True)
class Job:
    """One sweep's overrides, `own` being those that the other sweeps of a multirun don't share."""

    overrides: tuple[str, ...]
    own: tuple[str, ...]

    def named(self, plain: Mapping[str, Any]) -> dict[str, Any]:
        """Name the sweep after what it has of its own, unless that is a name."""
        base = plain.get("name") or data_name(plain.get("data"))
        if not self.own or not isinstance(base, str) or any(o.startswith("name=") for o in self.own):
            return dict(plain)
        telling = [o.lstrip("+") for o in self.own if not o.lstrip("+").startswith(SAYING_NOTHING)]
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join([base, *telling]))
        if len(name) > LONGEST_NAME:
            digest = hashlib.sha256(repr(self.own).encode()).hexdigest()[:8]
            name = f"{name[: LONGEST_NAME - 9]}-{digest}"
        return {**plain, "name": name}


def read_line(arguments: Sequence[str]) -> CommandLine:
    """Read a command line.

    Raises
    ------
    UsageError
        If it has an option that there is not.
    RefusedError
        If it could run any code: ``_target_``, or a pickled configuration.
    NoInputError
        If a folder that it names is missing.
    """
    known = _parse(arguments)
    overrides = known.overrides if known.multirun else [_as_typed(override) for override in known.overrides]
    _refuse_pieces(known.overrides)
    for override in overrides:
        if found := _CODE_KEY.search(override.partition("=")[0] + "=") or _CODE_KEY.search(
            _mapping(override)
        ):
            hint = "name a part by its kind instead"
            raise RefusedError(f"{found[2]} could run any code", where=override, hint=hint)
        if override.lstrip("+").startswith("hydra.mode="):
            raise UsageError("a multirun is asked for by -m", where=override)
    if known.experimental_rerun is not None:
        hint = "the run's config.yaml says what it was asked"
        raise RefusedError("a pickle could run any code", where="--experimental-rerun", hint=hint)
    shows = any(getattr(known, name) for name in SHOWING)
    if known.resolve and not shows:
        raise UsageError("nothing is shown that could be resolved; --cfg job shows all", where="--resolve")
    flags = [_option(name) for name in FLAGS if getattr(known, name)]
    values = [(_option(name), getattr(known, name)) for name in VALUES if getattr(known, name) is not None]
    return CommandLine(
        options=(*flags, *(word for pair in values for word in pair)),
        overrides=tuple(overrides),
        folders=tuple(_folder(path) for path in (known.config_dir, known.config_path) if path is not None),
        config_name=known.config_name,
        shows=shows,
        shown_keys=(known.package or "") if known.cfg == "job" else None,
        multirun=known.multirun,
    )


def _parse(arguments: Sequence[str]) -> Namespace:
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            known, unknown = get_args_parser().parse_known_intermixed_args(list(arguments))
    except SystemExit as stop:
        if not stop.code:
            raise
        problem = said.getvalue().strip().rpartition("error: ")[2]
        raise UsageError(problem, hint=HELP) from None
    if unknown:
        hint = write_as_key(unknown[0], arguments, SweepConfig.model_fields) or HELP
        raise UsageError("there is no such option", received=unknown[0], hint=hint)
    return known


def _refuse_pieces(overrides: Sequence[str]) -> None:
    """Refuse what a shell made of ``space.l1={low:0,high:1}``: ``space.l1=low:0 space.l1=high:1``."""
    pieces: dict[str, list[str]] = {}
    for key, _, value in (override.partition("=") for override in overrides):
        if _PIECE.match(value):
            pieces.setdefault(key, []).append(value)
    for key, values in pieces.items():
        if len(values) > 1:
            hint = f"quote it: '{key}=…'"
            raise UsageError("the shell took {…} apart", where=key, received=" ".join(values), hint=hint)


def _as_typed(override: str) -> str:
    """Quote a value that Hydra's grammar has no place for: ``data.path=/home/me/Größe (1).csv``."""
    key, equals, text = override.partition("=")
    if not equals or is_word(text) or text.startswith(tuple("[{'\"(")) or _is_read(override):
        return override
    again = f"{key}={quoted(text)}"
    return again if _is_read(again) else override


def _is_read(override: str) -> bool:
    try:
        OverridesParser.create().parse_override(override)
    except HydraException:
        return False
    return True


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _mapping(override: str) -> str:
    """Return the value of an override where it may have keys."""
    value = override.partition("=")[2]
    return value if "{" in value else ""


def _folder(path: str) -> Path:
    if not Path(path).is_dir():
        raise NoInputError("there is no such folder", where=path)
    return Path(path).resolve()


def _values(override: str) -> list[str]:
    """Return the override once for each value that a multirun takes from it."""
    try:
        parsed = OverridesParser.create().parse_override(override)
    except HydraException:
        return [override]
    if not parsed.is_sweep_override():
        return [override]
    if parsed.is_discrete_sweep():
        return [f"{parsed.get_key_element()}={value}" for value in parsed.sweep_string_iterator()]
    if parsed.key_or_group.startswith("space."):
        return [override]
    raise ConfigError("a multirun takes single values", where=override, allowed="a,b,c or range(a,b)")
