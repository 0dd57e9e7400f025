"""Linear models: the gradient regressor, and those that are solved."""

from bigtrain.families.family import Family
from bigtrain.numerics.setting import PARAMETERS
from bigtrain.parameter import choice, flag, integer, real

GRADIENT = Family("gradient", "bigtrain.GradientRegressor", PARAMETERS)

RIDGE = Family(
    "ridge",
    "sklearn.linear_model.Ridge",
    {
        "alpha": real(0, 1.0),
        "fit_intercept": flag(True),
        "positive": flag(False),
        "solver": choice(("auto", "cholesky", "svd", "lsqr", "sparse_cg", "sag", "saga", "lbfgs")),
        "max_iter": integer(1, None, nullable=True),
        "tol": real(0, 1e-4),
    },
)

ELASTIC_NET = Family(
    "elastic_net",
    "sklearn.linear_model.ElasticNet",
    {
        "alpha": real(0, 1.0),
        "l1_ratio": real(0, 0.5, 1),
        "fit_intercept": flag(True),
        "positive": flag(False),
        "selection": choice(("cyclic", "random")),
        "max_iter": integer(1, 1000),
        "tol": real(0, 1e-4),
    },
)
