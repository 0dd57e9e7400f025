"""A registered model made smaller: what it can do without, and what that costs."""

from bigtrain.compression.compressing import ALIAS, compress

__all__ = ["ALIAS", "compress"]
