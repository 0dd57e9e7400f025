"""A command in Hydra's manner: its configuration, its options, and errors that are one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from textwrap import indent
from typing import Any

import hydra
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.hydra import Hydra
from hydra._internal.utils import create_config_search_path
from hydra.types import RunMode
from hydra.version import setbase
from omegaconf import DictConfig, OmegaConf, open_dict

from bigtrain.config.check import check_config
from bigtrain.config.line import CommandLine, Job, read_line
from bigtrain.config.overrides import whole_knobs
from bigtrain.config.refusals import in_our_words
from bigtrain.config.schema import SweepConfig
from bigtrain.config.sources import ORIGINS, register_sources
from bigtrain.ending import ending
from bigtrain.errors import UsageError

HYDRA_VERSION = "1.3"

Task = Callable[[SweepConfig], None]


def command(task: Task, config_name: str) -> Callable[[], None]:
    """Return the main function of a command.

    Parameters
    ----------
    task : callable
        What to do with the checked configuration; in a multirun, with each of them.
    config_name : str
        The file of conf/ that begins the defaults list.

    Returns
    -------
    callable
        Takes `sys.argv`; exits with 0, or with the code of what went wrong after one line on stderr.
        With ``debug=true`` on the command line a traceback comes before it.
    """

    def main() -> None:
        arguments = sys.argv[1:]
        debug = "debug=true" in (argument.lower() for argument in arguments)
        with ending(debug=debug):
            line = read_line(arguments)
            register_sources(line.folders)
            if line.shows:
                _show(line, config_name)
                return
            jobs = line.jobs(_sweeper_params(line, config_name))
            if len(jobs) > 1:
                for job in jobs:  # what is wrong with the last is known before the first begins
                    _compose_job(job, config_name, line)
            for job in jobs:
                _run(job, task, config_name, line, debug=debug)

    return main


def compose(overrides: Sequence[str] = (), config_name: str = "sweep") -> SweepConfig:
    """Compose and check a configuration in Python, as the command line would.

    Parameters
    ----------
    overrides : sequence of str
        ``KEY=VALUE`` and its kin.
    config_name : str
        The file of conf/ that begins the defaults list.

    Raises
    ------
    BigtrainError
        For the first thing that is wrong.

    Examples
    --------
    >>> compose(["n_trials=8"]).n_trials
    8
    """
    register_sources()
    line = read_line(overrides)
    return _compose_job(Job(line.overrides, ()), config_name, line)


def _compose_job(job: Job, config_name: str, line: CommandLine) -> SweepConfig:
    with _composing(job.overrides):
        composed = _compose(line.config_name or config_name, _arguments(job, config_name, line))
        return check_config(job.named(_plain(composed)))


def _run(job: Job, task: Task, config_name: str, line: CommandLine, *, debug: bool) -> None:
    """Run one job inside Hydra, whose own ``hydra.*`` say where and how."""
    began: list[bool] = []

    def hydra_job(composed: DictConfig) -> None:
        # Every end is settled in here: Hydra would announce an exception that passed through it.
        with ending(debug=debug):
            with _composing(job.overrides):
                config = check_config(job.named(_plain(composed)))
            began.append(True)
            task(config)

    try:
        # Not by Hydra's main function, which composes everything once more to learn its mode.
        arguments = [*_arguments(job, config_name, line), "hydra.mode=RUN"]
        _hydra().run(line.config_name or config_name, hydra_job, arguments)
    except Exception as error:
        if began or isinstance(error, BrokenPipeError):
            raise
        raise ORIGINS.locate(in_our_words(error), job.overrides) from error


def _sweeper_params(line: CommandLine, config_name: str) -> list[str]:
    """Return what a configuration says that a multirun should vary."""
    if not line.multirun:
        return []
    others = [override for override in line.overrides if override.startswith(("hydra.", "hydra/"))]
    with _composing(others):
        composed = _compose(line.config_name or config_name, others, return_hydra_config=True)
        params = composed.hydra.sweeper.params or {}
        return [f"{key}={value}" for key, value in params.items()]


def _show(line: CommandLine, config_name: str) -> None:
    """Let Hydra show its help, or what it composed."""
    jobs = line.jobs()
    if len(jobs) > 1 and not {"--help", "--hydra-help"} & {*line.options}:
        hint = f"{' '.join(jobs[0].own)} is the first of {len(jobs)}"
        raise UsageError("one sweep is shown at a time", where="-m", hint=hint)
    with _composing(line.overrides):
        arguments = _arguments(jobs[0], config_name, line)
        _hydra_main(config_name, [*line.options, *arguments])
    if line.shown_keys is not None and not line.multirun:
        _show_understood(line, config_name)


def _show_understood(line: CommandLine, config_name: str) -> None:
    """Check what was shown, and write the space as a comment below it."""
    space = _compose_job(Job(line.overrides, ()), config_name, line).space
    if line.shown_keys in ("", "space"):
        text = f"the space as understood: {space.summary()}\n{space.describe()}"
        sys.stdout.write(indent(f"{text}\n", "# "))


def _hydra_main(config_name: str, arguments: Sequence[str]) -> None:
    """Let Hydra show what other arguments than ours ask for, with its errors raised rather than printed."""
    before, full = sys.argv[1:], os.environ.get("HYDRA_FULL_ERROR")
    sys.argv[1:] = arguments
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        hydra.main(version_base=HYDRA_VERSION, config_path=None, config_name=config_name)(lambda _: None)()
    finally:
        sys.argv[1:] = before
        del os.environ["HYDRA_FULL_ERROR"]
        if full is not None:
            os.environ["HYDRA_FULL_ERROR"] = full


def _arguments(job: Job, config_name: str, line: CommandLine) -> list[str]:
    """Return the job's overrides as Hydra must have them to replace whole knobs."""

    def space(others: list[str]) -> Any:
        composed = _compose(line.config_name or config_name, others)
        return OmegaConf.to_container(composed.get("space") or OmegaConf.create(), resolve=True)

    return whole_knobs(job.overrides, space)


def _compose(config_name: str, overrides: list[str], *, return_hydra_config: bool = False) -> DictConfig:
    composed = _hydra().compose_config(
        config_name, overrides, run_mode=RunMode.RUN, with_log_configuration=False, from_shell=False
    )
    if not return_hydra_config:
        with open_dict(composed):
            del composed["hydra"]
    return composed


def _hydra() -> Hydra:
    """Return what `hydra.initialize` makes, but for the search of who calls.

    That reads every frame's source and looks at every module's file, which takes longer than to compose once
    much is imported.
    """
    setbase(HYDRA_VERSION)
    return Hydra("app", ConfigLoaderImpl(create_config_search_path(None)))


def _plain(composed: DictConfig) -> dict[str, Any]:
    plain = OmegaConf.to_container(composed, resolve=True, throw_on_missing=True)
    return {str(key): value for key, value in plain.items()} if isinstance(plain, dict) else {}


@contextmanager
def _composing(overrides: Sequence[str]) -> Iterator[None]:
    """Say in our words whatever Hydra and OmegaConf find wrong: most of it is no class of theirs."""
    try:
        yield
    except BrokenPipeError:
        raise
    except Exception as error:
        raise ORIGINS.locate(in_our_words(error), overrides) from error
