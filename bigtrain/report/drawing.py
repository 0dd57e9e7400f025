"""Drawing a sweep's page and its pictures into a folder; what is imported here takes a second."""

from __future__ import annotations

import warnings
from html import escape
from pathlib import Path

from bigtrain.report import figures
from bigtrain.report.material import PAGE, Material
from bigtrain.report.page import PLOTS, Plot, html

PICTURES = ("history", "parallel", "regularization", "predictions")
"""Figures that are also kept as PNG: what MLflow's own viewer shows."""


def draw(material: Material, folder: Path) -> Path:
    """Draw the page and its pictures into a folder; return the page.

    A figure that can't be drawn is left out, and the page says which.
    """
    drawn: dict[str, str] = {}
    with figures.styled(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fonts and of layouts: nothing a reader could act on
        for plot in PLOTS:
            try:
                drawn |= _drawn(plot, material, folder)
            except Exception as error:
                said = escape(f"This figure can't be drawn ({type(error).__name__}: {error}).")
                drawn[plot.name] = f"<p>{said}</p>"
    page = folder / PAGE
    page.write_text(html(material, drawn), "utf-8")
    return page


def _drawn(plot: Plot, material: Material, folder: Path) -> dict[str, str]:
    """Return a figure by its name, empty where there is nothing to show; keep its picture."""
    figure = plot.draw(material)
    if figure is None:
        return {}
    vectors = figures.svg(figure)
    if plot.name in PICTURES:
        (folder / f"{plot.name}.png").write_bytes(figures.png(figure))
    return {plot.name: vectors}
