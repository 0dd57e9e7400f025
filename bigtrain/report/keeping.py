"""A sweep's page from what was seen of it to a file among its artifacts; nothing of it ends a sweep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

from bigtrain.config import SweepConfig
from bigtrain.report.console import Console
from bigtrain.report.gathering import gather
from bigtrain.report.material import FOLDER, PAGE
from bigtrain.report.observations import FILE, Observations
from bigtrain.standby import Standby
from bigtrain.tracking import Store, SweepState
from bigtrain.tracking.reading import artifact_root, has_file, keep_files

Result = TypeVar("Result")

DRAWING = "bigtrain.report.drawing:draw_with_forks"
"""What draws a page, in a process of its own: beside what the sweep has left to do."""


class Page:
    """A page in the making: begun once its numbers are known, kept when its sweep has ended."""

    def __init__(self, console: Console, painter: Standby) -> None:
        self._console, self._painter = console, painter
        self._root: Path | None = None

    def begin(
        self,
        store: Store,
        state: SweepState,
        best_trial: int,
        config: SweepConfig,
        observe: Callable[[], Observations],
    ) -> None:
        """Look at the final model, and have all of it drawn while the sweep goes on.

        Parameters
        ----------
        store, state : Store, SweepState
            Where the sweep is, and what is to be noted of it.
        best_trial : int
            The number of the trial that was refitted.
        config : SweepConfig
            What was asked.
        observe : callable
            The look.
        """

        def draw() -> Path:
            observed = observe()
            root = self._painter.scratch / "kept"
            folder = root / FOLDER
            folder.mkdir(parents=True)
            (folder / FILE).write_text(observed.to_json(), "utf-8")
            self._painter.begin(gather(store, state, best_trial, config, observed), folder)
            return root

        self._root = unless_it_fails(draw, self._console)

    def keep(self, store: Store, sweep_id: str) -> None:
        """Wait for the page, keep it with the sweep, and say where."""

        def keep(root: Path) -> None:
            self._painter.finish()
            keep_files(store, sweep_id, root)
            _say_where(store, sweep_id, self._console)

        if self._root:
            unless_it_fails(partial(keep, self._root), self._console)


def find_page(store: Store, sweep_id: str, name: str, console: Console) -> None:
    """Say where the page of a sweep is that was finished before, or who draws it where none was kept."""

    def find() -> None:
        if has_file(store, sweep_id, f"{FOLDER}/{PAGE}"):
            _say_where(store, sweep_id, console)
        else:
            console.say(f"report:     python -m bigtrain.report sweep={name}   (none was kept)")

    unless_it_fails(find, console)


def _say_where(store: Store, sweep_id: str, console: Console) -> None:
    where = shown_path(artifact_root(store, sweep_id))
    console.say(f"report:     {where}/{FOLDER}/{PAGE}")


@contextmanager
def page_of(config: SweepConfig, console: Console) -> Iterator[Page | None]:
    """Have a page made for the length of a block; None where none is wanted, or no process can be had."""
    painter = unless_it_fails(partial(Standby, DRAWING), console) if config.report else None
    if painter is None:
        yield None
        return
    with painter:
        yield Page(console, painter)


def unless_it_fails(call: Callable[[], Result], console: Console) -> Result | None:
    """Call, and say what goes wrong: a picture of a sweep must not end it."""
    try:
        return call()
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        console.say(f"  note: there is no report ({said}); report=false does without")
        return None


def shown_path(uri: str) -> str:
    """Return a file's URI as a path, short where it is below the working folder; others as they are."""
    path = Path(url2pathname(urlsplit(uri).path)) if uri.startswith(("/", "file:")) else None
    if path is None:
        return uri
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
