"""`python -m bigtrain.sweep`: the main job."""

from __future__ import annotations

import gc
from pathlib import Path

from bigtrain import tracking
from bigtrain.config import SweepConfig
from bigtrain.config.app import command
from bigtrain.report import Console


def run(config: SweepConfig) -> None:
    """Say what was understood, at once, then do it."""
    console = Console(config)
    console.announce()
    tracking.refuse_if_held(config.tracking.uri, config.tracking.artifacts, Path.cwd(), config.name)
    # What is imported stays: to look through it for garbage, again and again, takes a sixth of the time.
    gc.disable()
    from bigtrain.job import run_job  # noqa: PLC0415 - takes seconds: the first line must not wait for it

    gc.freeze()
    gc.enable()
    run_job(config, console)


main = command(run, "sweep")

if __name__ == "__main__":
    main()
