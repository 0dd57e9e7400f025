"""A point of the unit cube becomes a value of a knob."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from bigtrain.config import SamplerConfig
from bigtrain.search.brain import Question
from bigtrain.search.points import KINDS, PointBrain, at_quantile
from bigtrain.space import parse_space

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


WIDE = [
    FloatDistribution(1e-300, 1e10, log=True),
    FloatDistribution(-1e308, 1e308),
]


@pytest.mark.parametrize("distribution", WIDE, ids=str)
@given(u=st.floats(0, 1))
def test_bounds_as_far_apart_as_numbers_go_give_numbers(distribution, u):
    """Neither their ratio nor their difference is a number; each value is, and lies between them."""
    assert distribution.low <= at_quantile(distribution, u) <= distribution.high


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cuts", [(8,), (4, 4), (1, 7), (3, 2, 3)])
def test_a_trial_is_decided_by_its_number_alone(kind, cuts):
    """However the trials are asked in cohorts, each is the same: what lets cohorts overlap."""
    space = parse_space({"learning_rate": {"low": 1e-3, "high": 1.0, "log": True}, "l1": [0.0, 0.1, 0.2]})
    question = Question(space, SamplerConfig(kind=kind, points=3), 5, [False], [])
    asked, first = [], 0
    for count in cuts:
        asked += PointBrain(question).ask(first, count)
        first += count
    assert asked == PointBrain(question).ask(0, 8)
