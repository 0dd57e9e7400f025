"""`python -m bigtrain.report`: a sweep's report as a file."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from pydantic import Field

from bigtrain.config.options import Options, options_command
from bigtrain.config.schema import FilePath, Text
from bigtrain.errors import NoInputError, StorageError

USAGE = """\
python -m bigtrain.report sweep=NAME [out=PATH] [tracking.uri=URI] [tracking.artifacts=FOLDER]

Draws the report of a finished sweep into one HTML file, NAME.html by default.
"""


class ReportOptions(Options):
    """Whose report, and where it goes."""

    sweep: Annotated[Text, Field(min_length=1)] = Field(description="the name of a sweep")
    out: FilePath | None = Field(None, description="the file to write, NAME.html by default")


def run(options: ReportOptions) -> None:
    """Draw it, and say where it is."""
    from bigtrain.tracking.address import existing_address  # noqa: PLC0415 - a wrong word shouldn't wait for it

    existing_address(options.tracking.uri, options.tracking.artifacts, Path.cwd())
    out = Path(options.out or f"{options.sweep}.html")
    _write(options, out)
    sys.stdout.write(f"{out}\n")


def _write(options: ReportOptions, out: Path) -> None:
    from bigtrain.report.drawing import draw  # noqa: PLC0415 - seconds
    from bigtrain.report.gathering import gather  # noqa: PLC0415
    from bigtrain.tracking import open_store  # noqa: PLC0415

    store = open_store(options.tracking.uri, options.tracking.artifacts, Path.cwd())
    name = options.sweep
    state = store.find_sweep(name)
    if state is None or "bigtrain.best_trial" not in state.tags:
        said = "there is no sweep of this name" if state is None else "this sweep has not ended yet"
        raise NoInputError(said, where="sweep", received=name, hint=f"python -m bigtrain.sweep name={name}")
    with _writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)  # who can't be given a page need not wait for it
    material = gather(store, state, int(state.tags["bigtrain.best_trial"]))
    with tempfile.TemporaryDirectory(prefix="bigtrain-report-") as folder:
        page = draw(material, Path(folder))
        with _writing(out):
            out.write_bytes(page.read_bytes())


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    """Say of the page what the system says of a file."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"can't be written ({error.strerror})", where="out", received=str(out)) from None


main = options_command(run, ReportOptions, USAGE)

if __name__ == "__main__":
    main()
