"""A sweep's report as a file: ``python -m bigtrain.report sweep=NAME [out=PATH] [tracking.uri=…]``."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bigtrain.errors import BigtrainError, NoInputError, StorageError, UsageError

ALLOWED = ("sweep", "out", "tracking.uri", "tracking.artifacts")
USAGE = """\
python -m bigtrain.report sweep=NAME [out=PATH] [tracking.uri=URI] [tracking.artifacts=FOLDER]

Draws the report of a finished sweep into one HTML file, NAME.html by default.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit code."""
    if {"--help", "-h"} & set(arguments):
        sys.stdout.write(USAGE)
        return 0
    try:
        options = _read_options(arguments)
        page = _write(options, Path(options.get("out") or f"{options['sweep']}.html"))
        sys.stdout.write(f"{page}\n")
    except BigtrainError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


def _read_options(arguments: Sequence[str]) -> dict[str, str]:
    options = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if key not in ALLOWED or not equals or not value:
            raise UsageError(
                "not an option of bigtrain.report", received=argument, allowed=", ".join(ALLOWED)
            )
        options[key] = value
    if "sweep" not in options:
        raise UsageError("which sweep?", allowed="sweep=NAME")
    return options


def _write(options: dict[str, str], out: Path) -> Path:
    from bigtrain.report.drawing import draw  # noqa: PLC0415 - seconds that a wrong word shouldn't wait for
    from bigtrain.report.gathering import gather  # noqa: PLC0415
    from bigtrain.tracking import open_store  # noqa: PLC0415

    store = open_store(options.get("tracking.uri"), options.get("tracking.artifacts"), Path.cwd())
    name = options["sweep"]
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
    return out


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    """Say of the page what the system says of a file."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"can't be written ({error.strerror})", where="out", received=str(out)) from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
