"""The figures of a page: one function each, from the material to a matplotlib figure, or None."""

from bigtrain.report.figures.history import history
from bigtrain.report.figures.knobs import importance, parallel, slices
from bigtrain.report.figures.model import predictions
from bigtrain.report.figures.regularization import regularization
from bigtrain.report.figures.style import png, styled, svg
from bigtrain.report.figures.training import learning_curves, outcomes

__all__ = [
    "history",
    "importance",
    "learning_curves",
    "outcomes",
    "parallel",
    "png",
    "predictions",
    "regularization",
    "slices",
    "styled",
    "svg",
]
