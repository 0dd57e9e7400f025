"""`python -m bigtrain.sweep`: the main job."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bigtrain.ending import ending

if TYPE_CHECKING:
    from bigtrain.config import SweepConfig
    from bigtrain.report import Console
    from bigtrain.standby import Standby

SAVING = "bigtrain.registry.saved_model:save_model", "bigtrain.registry.saved_model:rehearse"
"""What takes two seconds to load, and is needed only at the end."""


def run(config: SweepConfig) -> None:
    """Say what was understood, at once, then do it."""
    from bigtrain.report import Console  # noqa: PLC0415 - all that is imported in here can be interrupted in order

    console = Console(config)
    try:
        _run(config, console)
    except KeyboardInterrupt:
        console.interrupted()
        raise


def _run(config: SweepConfig, console: Console) -> None:
    from bigtrain import tracking  # noqa: PLC0415
    from bigtrain.files import open_bytes  # noqa: PLC0415

    console.announce()
    if config.data.path:
        open_bytes(config.data.path).close()  # a name with a slip in it is told before seconds of imports
    place = config.tracking.uri, config.tracking.artifacts, Path.cwd(), config.name
    tracking.refuse_if_held(*place)
    is_over = not config.fresh and tracking.has_finished(*place, config.n_trials)
    with nullcontext() if is_over else saver_beside() as saver:
        the_job()(config, console, saver)


def saver_beside() -> AbstractContextManager[Standby | None]:
    """Have a process load what saving takes while this one loads the rest, where there is a core for it."""
    from bigtrain.standby import Standby, several_cores  # noqa: PLC0415 - as all that is imported late

    if several_cores() and "mlflow" not in sys.modules:
        with suppress(OSError):  # it can be done here as well
            return Standby(*SAVING)
    return nullcontext()


@cache
def the_job() -> Callable[[SweepConfig, Console, Standby | None], None]:
    """Import what runs a sweep, which takes seconds."""
    # What is imported stays: to look through it for garbage, again and again, takes a sixth of the time, and
    # later most of a second of every thousand trials. What an earlier job leaves does not: only once.
    gc.disable()
    try:
        from bigtrain.job import run_job  # noqa: PLC0415 - the first line must not wait for it
    finally:
        gc.freeze()
        gc.enable()
    return run_job


def main() -> None:
    """Run the command; from here on it ends in order when it is interrupted."""
    with ending(debug=True):
        from bigtrain.config.app import command  # noqa: PLC0415 - half a second

        command(run, "sweep")()


if __name__ == "__main__":
    main()
