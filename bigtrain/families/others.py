"""Neighbours, support vectors and neural networks."""

from bigtrain.families.family import Family
from bigtrain.parameter import Parameter, choice, flag, integer, real

_STOCHASTIC = ("solver", ("adam", "sgd"))

KNN = Family(
    "knn",
    "sklearn.neighbors.KNeighborsRegressor",
    {
        "n_neighbors": integer(1, 5),
        "weights": choice(("uniform", "distance")),
        "p": real(1, 2, needs=("metric", ("minkowski",))),
        "metric": choice(("minkowski", "manhattan", "euclidean", "chebyshev", "cosine")),
        "algorithm": choice(("auto", "ball_tree", "kd_tree", "brute")),
        "leaf_size": integer(1, 30),
    },
)

SVR = Family(
    "svr",
    "sklearn.svm.SVR",
    {
        "kernel": choice(("rbf", "linear", "poly", "sigmoid")),
        "C": real(0, 1.0, open_bounds="low"),
        "epsilon": real(0, 0.1),
        "gamma": real(0, "scale", choices=("scale", "auto"), needs=("kernel", ("rbf", "poly", "sigmoid"))),
        "degree": integer(0, 3, needs=("kernel", ("poly",))),
        "coef0": Parameter("real", default=0.0, needs=("kernel", ("poly", "sigmoid"))),
        "shrinking": flag(True),
        "tol": real(0, 1e-3, open_bounds="low"),
        "max_iter": integer(-1, -1),
        "cache_size": real(0, 200, open_bounds="low"),
    },
)

MLP = Family(
    "mlp",
    "sklearn.neural_network.MLPRegressor",
    {
        "hidden_layer_sizes": Parameter("sizes", default=100),
        "activation": choice(("relu", "identity", "logistic", "tanh")),
        "solver": choice(("adam", "lbfgs", "sgd")),
        "alpha": real(0, 1e-4),
        "batch_size": integer(1, "auto", choices=("auto",), needs=_STOCHASTIC),
        "learning_rate": choice(("constant", "invscaling", "adaptive"), needs=("solver", ("sgd",))),
        "learning_rate_init": real(0, 1e-3, open_bounds="low", needs=_STOCHASTIC),
        "power_t": real(0, 0.5, needs=("learning_rate", ("invscaling",))),
        "momentum": real(0, 0.9, 1, needs=("solver", ("sgd",))),
        "nesterovs_momentum": flag(True, needs=("solver", ("sgd",))),
        "beta_1": real(0, 0.9, 1, open_bounds="high", needs=("solver", ("adam",))),
        "beta_2": real(0, 0.999, 1, open_bounds="high", needs=("solver", ("adam",))),
        "epsilon": real(0, 1e-8, open_bounds="low", needs=("solver", ("adam",))),
        "max_iter": integer(1, 200),
        "tol": real(0, 1e-4),
        "n_iter_no_change": integer(1, 10, needs=_STOCHASTIC),
        "early_stopping": flag(False, needs=_STOCHASTIC),
        "validation_fraction": real(0, 0.1, 1, open_bounds="high", needs=("early_stopping", (True,))),
    },
)
