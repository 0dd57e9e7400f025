"""What Hydra and OmegaConf find wrong, said in one line with its exit code."""

from __future__ import annotations

import difflib
import re

from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException

from bigtrain.config.check import key_suggestion
from bigtrain.errors import BigtrainError, ConfigError, UsageError

_UNKNOWN_KEY = re.compile(r"Could not (?:override|append to config|delete from config)\W+'?([\w.@/-]+)")
_NOT_FOUND = re.compile(r"(?:Could not find|Cannot find primary config|In '[^']*': Could not find) '([^']+)'")


def in_our_words(error: BigtrainError | HydraException | OmegaConfBaseException) -> BigtrainError:
    """Return the error as one of ours, whose text is one line."""
    if isinstance(error, BigtrainError):
        return error
    ours = next((e for e in _chain(error) if isinstance(e, BigtrainError)), None)
    if ours is not None:
        return ours
    if isinstance(error, OverrideParseException):
        hint = "an override is KEY=VALUE; quote lists and {…} for the shell"
        return UsageError("this override can't be read", where=error.override, hint=hint)
    if isinstance(error, MissingConfigException):
        return _no_such_option(error)
    text = str(error)
    if found := _UNKNOWN_KEY.search(text):
        path = found[1].split(".")
        return ConfigError("unknown key", where=found[1], hint=key_suggestion(path))
    return ConfigError(text.split("full_key", maxsplit=1)[0].strip())


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain


def _no_such_option(error: MissingConfigException) -> ConfigError:
    missing = error.missing_cfg_file or ""
    found = _NOT_FOUND.search(str(error))
    group, _, option = str(missing or (found[1] if found else "")).rpartition("/")
    options = list(error.options or re.findall(r"^\t(\S+)$", str(error), re.MULTILINE))
    if not group:
        return ConfigError(str(error).partition("\n")[0])
    close = difflib.get_close_matches(option, options, 1)
    return ConfigError(
        "there is no such option",
        where=group,
        received=option,
        allowed=", ".join(options) or None,
        hint=f"did you mean {group}={close[0]}?" if close else None,
    )
