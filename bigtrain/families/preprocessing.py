"""What a table may go through before the model sees it, searchable like any parameter of the model."""

from collections.abc import Mapping

from bigtrain.parameter import Parameter, choice, integer, real

PREPROCESSING: Mapping[str, Parameter] = {
    "scaler": choice(("standard", "robust", "minmax", "quantile", "none")),
    "encoder": choice(("onehot", "ordinal", "target")),
    "features": choice(("none", "polynomial", "spline", "nystroem")),
    "features__degree": integer(1, 2, 10, needs=("features", ("polynomial", "spline"))),
    "features__n_knots": integer(2, 5, needs=("features", ("spline",))),
    "features__n_components": integer(1, 100, needs=("features", ("nystroem",))),
    "features__gamma": real(0, None, open_bounds="low", nullable=True, needs=("features", ("nystroem",))),
}
"""The steps (`scaler` of numbers, `encoder` of categories, `features` made of both) and their parameters.

`features__gamma` null is one over the number of features.
"""
