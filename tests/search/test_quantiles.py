"""A point of the unit cube becomes a value of a knob."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from bigtrain.search.points import at_quantile

DISTRIBUTIONS = [
    FloatDistribution(-2.0, 3.0),
    FloatDistribution(1e-6, 1e-1, log=True),
    FloatDistribution(0.0, 1.0, step=0.25),
    FloatDistribution(0.0, 0.3, step=0.1),
    FloatDistribution(0.1, 0.7, step=0.2),
    IntDistribution(1, 7),
    IntDistribution(2, 10, step=4),
    IntDistribution(1, 1000, log=True),
    CategoricalDistribution([32, 256, None]),
]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
@given(u=st.floats(0, 1))
def test_every_value_is_one_of_the_distribution(distribution, u):
    """Whatever the coordinate, the ends included, the value lies in the distribution."""
    value = at_quantile(distribution, u)
    assert distribution._contains(distribution.to_internal_repr(value))


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
def test_values_are_spread_as_uniform_draws_are(distribution):
    """Half the values lie below the middle of the range, on the knob's own scale."""
    values = [at_quantile(distribution, u) for u in (np.arange(1000) + 0.5) / 1000]
    if isinstance(distribution, CategoricalDistribution):
        assert all(abs(values.count(c) - 1000 / 3) < 1 for c in distribution.choices)
        return
    assert values == sorted(values)
    ends = np.array([distribution.low, distribution.high], dtype=float)
    if isinstance(distribution, IntDistribution):
        ends += [-0.5, 0.5]  # each integer stands for the numbers that round to it, in Optuna as well
    middle = float(np.exp(np.log(ends).mean()) if distribution.log else ends.mean())
    below = np.mean([v < middle for v in values]) + 0.5 * np.mean([v == middle for v in values])
    assert pytest.approx(below, abs=0.03) == 0.5
