"""Gradient boosting of other projects, by the names of their scikit-learn interfaces.

Where such an interface leaves a parameter to its library, the default is the library's own.
"""

from bigtrain.families.family import Family
from bigtrain.parameter import Parameter, choice, integer, real

XGBOOST = Family(
    "xgboost",
    "xgboost.XGBRegressor",
    {
        "n_estimators": integer(1, 100),
        "learning_rate": real(0, 0.3, 1, open_bounds="low"),
        "max_depth": integer(0, 6),
        "max_leaves": integer(0, 0),
        "grow_policy": choice(("depthwise", "lossguide")),
        "max_bin": integer(2, 256),
        "min_child_weight": real(0, 1.0),
        "gamma": real(0, 0.0),
        "subsample": real(0, 1.0, 1, open_bounds="low"),
        "colsample_bytree": real(0, 1.0, 1, open_bounds="low"),
        "colsample_bylevel": real(0, 1.0, 1, open_bounds="low"),
        "colsample_bynode": real(0, 1.0, 1, open_bounds="low"),
        "reg_alpha": real(0, 0.0),
        "reg_lambda": real(0, 1.0),
    },
)

LIGHTGBM = Family(
    "lightgbm",
    "lightgbm.LGBMRegressor",
    {
        "n_estimators": integer(1, 100),
        "learning_rate": real(0, 0.1, open_bounds="low"),
        "num_leaves": integer(2, 31, 131072),
        "max_depth": integer(-1, -1),
        "min_child_samples": integer(0, 20),
        "min_child_weight": real(0, 1e-3),
        "min_split_gain": real(0, 0.0),
        "subsample": real(0, 1.0, 1, open_bounds="low"),
        "subsample_freq": integer(0, 0),
        "colsample_bytree": real(0, 1.0, 1, open_bounds="low"),
        "reg_alpha": real(0, 0.0),
        "reg_lambda": real(0, 0.0),
    },
)

CATBOOST = Family(
    "catboost",
    "catboost.CatBoostRegressor",
    {
        "iterations": integer(1, 1000),
        "learning_rate": real(0, 0.03, 1, open_bounds="low"),
        "depth": integer(1, 6, 16),
        "l2_leaf_reg": real(0, 3.0),
        "random_strength": real(0, 1.0),
        "bagging_temperature": real(0, 1.0),
        "rsm": real(0, 1.0, 1, open_bounds="low"),
        "border_count": integer(1, 254, 65535),
        "min_data_in_leaf": integer(1, 1),
        "grow_policy": choice(("SymmetricTree", "Depthwise", "Lossguide")),
        "max_leaves": integer(2, 31, needs=("grow_policy", ("Lossguide",))),
        "subsample": Parameter("real", 0, 1, open_bounds="low", nullable=True),
    },
)
