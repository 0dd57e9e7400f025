"""Ensembles of trees that scikit-learn brings."""

from bigtrain.families.family import Family
from bigtrain.parameter import Parameter, choice, flag, integer, real


def _forest(*, bootstrap: bool) -> dict[str, Parameter]:
    """Return the parameters that random forests and extremely randomised trees share."""
    return {
        "n_estimators": integer(1, 100),
        "criterion": choice(("squared_error", "absolute_error", "poisson")),
        "max_depth": integer(1, None, nullable=True),
        "min_samples_split": integer(2, 2),
        "min_samples_leaf": integer(1, 1),
        "max_features": real(0, 1.0, 1, open_bounds="low", choices=("sqrt", "log2"), nullable=True),
        "max_leaf_nodes": integer(2, None, nullable=True),
        "min_impurity_decrease": real(0, 0.0),
        "bootstrap": flag(bootstrap),
        "max_samples": real(0, None, 1, open_bounds="low", nullable=True, needs=("bootstrap", (True,))),
        "ccp_alpha": real(0, 0.0),
    }


RANDOM_FOREST = Family("random_forest", "sklearn.ensemble.RandomForestRegressor", _forest(bootstrap=True))
EXTRA_TREES = Family("extra_trees", "sklearn.ensemble.ExtraTreesRegressor", _forest(bootstrap=False))

HIST_GRADIENT_BOOSTING = Family(
    "hist_gradient_boosting",
    "sklearn.ensemble.HistGradientBoostingRegressor",
    {
        "loss": choice(("squared_error", "absolute_error", "poisson", "gamma", "quantile")),
        "quantile": real(0, None, 1, nullable=True, needs=("loss", ("quantile",))),
        "learning_rate": real(0, 0.1, open_bounds="low"),
        "max_iter": integer(1, 100),
        "max_leaf_nodes": integer(2, 31, nullable=True),
        "max_depth": integer(1, None, nullable=True),
        "min_samples_leaf": integer(1, 20),
        "l2_regularization": real(0, 0.0),
        "max_features": real(0, 1.0, 1, open_bounds="low"),
        "max_bins": integer(2, 255, 255),
        "early_stopping": choice(("auto", True, False)),
        "validation_fraction": real(
            0, 0.1, 1, open_bounds="low high", nullable=True, needs=("early_stopping", ("auto", True))
        ),
        "n_iter_no_change": integer(1, 10, needs=("early_stopping", ("auto", True))),
        "tol": real(0, 1e-7, needs=("early_stopping", ("auto", True))),
    },
)
