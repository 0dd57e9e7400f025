"""What is searched: knobs, and choices whose options carry knobs of their own."""

from bigtrain.space.grid import Grid
from bigtrain.space.knobs import Choice, Fixed, Knob, Range, Tree
from bigtrain.space.parse import check_values, parse_space
from bigtrain.space.space import Space

__all__ = ["Choice", "Fixed", "Grid", "Knob", "Range", "Space", "Tree", "check_values", "parse_space"]
