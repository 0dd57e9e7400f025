"""Drawing a sweep's page and its pictures into a folder, and keeping them with the sweep."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

from bigtrain.config import SweepConfig
from bigtrain.report.console import Console
from bigtrain.report.material import FOLDER, Material, gather
from bigtrain.report.observations import FILE, Observations
from bigtrain.tracking import Store, SweepState
from bigtrain.tracking.reading import artifact_root, keep_files

Result = TypeVar("Result")

PAGE = "report.html"
PICTURES = ("history", "parallel", "regularization", "predictions")
"""Figures that are also kept as PNG: what MLflow's own viewer shows."""


def draw(material: Material, folder: Path) -> Path:
    """Draw the page and its pictures into a folder; return the page.

    A figure that can't be drawn is left out, and the page says which.
    """
    from bigtrain.report import figures  # noqa: PLC0415 - matplotlib takes a second
    from bigtrain.report.page import PLOTS, html  # noqa: PLC0415

    drawn = {}
    with figures.styled(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fonts and of layouts: nothing a reader could act on
        for plot in PLOTS:
            figure = plot.draw(material)
            if figure is not None:
                drawn[plot.name] = figures.svg(figure)
                if plot.name in PICTURES:
                    (folder / f"{plot.name}.png").write_bytes(figures.png(figure))
    page = folder / PAGE
    page.write_text(html(material, drawn), "utf-8")
    return page


def keep_report(
    store: Store,
    state: SweepState,
    best_trial: int,
    config: SweepConfig,
    observed: Observations,
    console: Console,
) -> None:
    """Draw the report of a sweep that has just ended, keep it with the sweep, and say where."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bigtrain-report-") as name:
        folder = Path(name, FOLDER)
        folder.mkdir()
        (folder / FILE).write_text(observed.to_json(), "utf-8")
        draw(gather(store, state, best_trial, config, observed), folder)
        keep_files(store, state.sweep_id, Path(name))
    where = shown_path(artifact_root(store, state.sweep_id))
    console.say(f"report:     {where}/{FOLDER}/{PAGE}   (drawn in {time.monotonic() - began:.1f} s)")


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
