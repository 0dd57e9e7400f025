"""A registered model's predictions, learned by a small linear model."""

from bigtrain.distillation.distilling import ALIAS, distil

__all__ = ["ALIAS", "distil"]
