"""What is searched: knobs, and choices whose options carry knobs of their own."""

from bigtrain.space.catalogue import Catalogue
from bigtrain.space.forms import check_allowed
from bigtrain.space.grid import Grid
from bigtrain.space.knobs import Choice, Fixed, Knob, Range, Tree
from bigtrain.space.parse import parse_space
from bigtrain.space.space import Space

__all__ = [
    "Catalogue",
    "Choice",
    "Fixed",
    "Grid",
    "Knob",
    "Range",
    "Space",
    "Tree",
    "check_allowed",
    "parse_space",
]
