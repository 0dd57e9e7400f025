"""A command in Hydra's manner: its configuration, its options, and errors that are one line."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from bigtrain.config.check import check_config
from bigtrain.config.overrides import swept_keys, whole_knobs
from bigtrain.config.refusals import in_our_words
from bigtrain.config.schema import SweepConfig
from bigtrain.config.sources import register_sources
from bigtrain.errors import BigtrainError

HYDRA_VERSION = "1.3"
USAGE, INTERRUPTED, TERMINATED = 64, 130, 143


class TerminatedError(KeyboardInterrupt):
    """The process was asked to end (SIGTERM)."""


def command(task: Callable[[SweepConfig], None], config_name: str) -> Callable[[], None]:
    """Return the main function of a command.

    Parameters
    ----------
    task : callable
        What to do with the checked configuration.
    config_name : str
        The file of conf/ that begins the defaults list.

    Returns
    -------
    callable
        Takes `sys.argv`; exits with 0, or with the code of what went wrong after one line on stderr.
        With ``debug=true`` on the command line a traceback comes instead.
    """

    def main() -> None:
        arguments = sys.argv[1:]
        debug = "debug=true" in (argument.lower() for argument in arguments)
        swept = swept_keys(arguments)

        def job(composed: DictConfig) -> None:
            # Inside Hydra's job: an exception that passed through it would be announced by Hydra as well.
            with _ending(debug):
                task(check_config(_named_by_job(_to_container(composed), swept)))

        with _ending(debug), _raw_hydra_errors():
            register_sources()
            sys.argv[1:] = whole_knobs(arguments, lambda others: _compose_space(config_name, others))
            hydra.main(version_base=HYDRA_VERSION, config_path=None, config_name=config_name)(job)()

    return main


def compose(overrides: Sequence[str] = (), config_name: str = "sweep") -> SweepConfig:
    """Compose and check a configuration in Python, as the command line would.

    >>> compose(["n_trials=8"]).n_trials
    8
    """
    register_sources()
    arguments = whole_knobs(list(overrides), lambda others: _compose_space(config_name, others))
    return check_config(_to_container(_compose(config_name, arguments)))


def _compose(config_name: str, overrides: list[str]) -> DictConfig:
    with hydra.initialize(version_base=HYDRA_VERSION, config_path=None):
        return hydra.compose(config_name, overrides)


def _compose_space(config_name: str, overrides: list[str]) -> Any:
    return _to_container(_compose(config_name, overrides)).get("space") or {}


def _to_container(composed: DictConfig) -> dict[str, Any]:
    return OmegaConf.to_container(composed, resolve=True, throw_on_missing=True)  # type: ignore[return-value]


def _named_by_job(plain: dict[str, Any], swept: Sequence[str]) -> dict[str, Any]:
    """In a multirun, name each job's sweep after what it has of its own."""
    if not swept or "name" in swept or not HydraConfig.initialized():
        return plain
    own = [o for o in HydraConfig.get().overrides.task if o.lstrip("+").partition("=")[0] in swept]
    base = check_config(plain).name
    return {**plain, "name": re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join([base, *own]))[:128]}


@contextmanager
def _ending(debug: bool) -> Iterator[None]:
    """Turn every way to end into an exit code, and every error into one line."""
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    except KeyboardInterrupt as stop:
        sys.exit(TERMINATED if isinstance(stop, TerminatedError) else INTERRUPTED)
    except SystemExit as stop:
        # 2 is argparse's code for an unknown option
        sys.exit(USAGE if stop.code == 2 else stop.code)
    except (BigtrainError, HydraException, OmegaConfBaseException) as error:
        if debug:
            raise
        said = in_our_words(error)
        sys.stderr.write(f"error: {said}\n")
        sys.exit(said.exit_code)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _terminate(signum: int, frame: FrameType | None) -> None:
    raise TerminatedError


@contextmanager
def _raw_hydra_errors() -> Iterator[None]:
    """Let Hydra raise its errors instead of printing them over several lines."""
    before = os.environ.get("HYDRA_FULL_ERROR")
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = before
