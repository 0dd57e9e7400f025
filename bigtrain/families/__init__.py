"""Which regressors there are, and what the parameters of each allow: data alone, nothing slow imported."""

from collections.abc import Mapping

from bigtrain.families.boosting import CATBOOST, LIGHTGBM, XGBOOST
from bigtrain.families.family import Family, layer_sizes
from bigtrain.families.linear import ELASTIC_NET, GRADIENT, RIDGE
from bigtrain.families.others import KNN, MLP, SVR
from bigtrain.families.preprocessing import PREPROCESSING
from bigtrain.families.trees import EXTRA_TREES, HIST_GRADIENT_BOOSTING, RANDOM_FOREST

FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        GRADIENT, RIDGE, ELASTIC_NET, HIST_GRADIENT_BOOSTING, RANDOM_FOREST, EXTRA_TREES, KNN, SVR, MLP,
        XGBOOST, LIGHTGBM, CATBOOST,
    )
}  # fmt: skip
"""Every family by its name."""

__all__ = ["FAMILIES", "PREPROCESSING", "Family", "layer_sizes"]
