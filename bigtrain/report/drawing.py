"""Drawing a sweep's page and its pictures into a folder; what is imported here takes a second."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from html import escape
from multiprocessing import get_context
from pathlib import Path

from bigtrain.report import figures
from bigtrain.report.material import PAGE, Material
from bigtrain.report.page import PLOTS, Plot, html
from bigtrain.standby import several_cores

PICTURES = ("history", "parallel", "regularization", "predictions")
"""Figures that are also kept as PNG: what MLflow's own viewer shows."""


_OURS: list[Callable[[Plot], str]] = []
"""In a fork, what draws a figure: it has the material from the process that it is a fork of."""


def draw(material: Material, folder: Path) -> Path:
    """Draw the page and its pictures into a folder; return the page.

    A figure that can't be drawn is left out, and the page says which.
    """
    return _write(material, folder, map(partial(_figure, material, folder), PLOTS))


def _write(material: Material, folder: Path, found: Iterable[str]) -> Path:
    drawn = {plot.name: text for plot, text in zip(PLOTS, found, strict=True) if text}
    page = folder / PAGE
    page.write_text(html(material, drawn), "utf-8")
    return page


def draw_with_forks(material: Material, folder: Path) -> None:
    """Draw a page in a process that does nothing else: where that is safe, two forks share the figures."""
    if sys.platform == "linux" and several_cores():
        with ProcessPoolExecutor(2, get_context("fork"), _take_over, (material, folder)) as pool:
            _write(material, folder, pool.map(_figure_of_ours, PLOTS))
    else:
        draw(material, folder)


def _take_over(material: Material, folder: Path) -> None:
    _OURS.append(partial(_figure, material, folder))


def _figure_of_ours(plot: Plot) -> str:
    return _OURS[0](plot)


def _figure(material: Material, folder: Path, plot: Plot) -> str:
    """Return a figure as HTML, or why there is none, empty where nothing is to be shown; keep its picture."""
    with figures.styled(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fonts and of layouts: nothing a reader could act on
        try:
            drawn = plot.draw(material)
            if drawn is None:
                return ""
            vectors = figures.svg(drawn)
            if plot.name in PICTURES:
                (folder / f"{plot.name}.png").write_bytes(figures.png(drawn))
        except Exception as error:
            said = f"This figure can't be drawn ({type(error).__name__}: {error})."
            return f"<p>{escape(said)}</p>"
        return vectors
