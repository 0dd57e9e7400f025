"""How far a file is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bigtrain.wording import counted

SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def file_progress(title: str) -> Iterator[Callable[[int, float], None]]:
    """Show the progress of whoever calls what this gives: with the rows so far, and the share of the file.

    On a terminal a bar stays in place, on stderr; elsewhere a line comes every ten seconds, so that short
    work has none.
    """
    if not sys.stderr.isatty():
        yield _lines(title)
        return
    from rich.console import Console  # noqa: PLC0415 - only where there is a terminal
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(title, total=1.0)
        yield lambda rows, done: bars.update(
            bar, completed=done, description=f"{title}, {counted(rows, 'row')}"
        )


def _lines(title: str) -> Callable[[int, float], None]:
    last = time.monotonic()

    def say(rows: int, done: float) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            sys.stderr.write(f"  {title}: {counted(rows, 'row')}, {done:.0%}\n")

    return say
