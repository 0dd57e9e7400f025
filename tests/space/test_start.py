"""Where a search begins: a point of the space for whatever settings a trial of it could have."""

from __future__ import annotations

from typing import Any

import optuna
import pytest
from hypothesis import HealthCheck, given, settings

from bigtrain.errors import ConfigError
from bigtrain.space import Catalogue, Space, parse_space

from .spaces import BY_HAND, spaces

quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FAMILIES = parse_space(
    {
        "estimator": {
            "choices": {
                "ridge": {
                    "alpha": {"low": 0.1, "high": 10.0, "log": True},
                    "features": {"choices": {"none": {}, "spline": {"features__n_knots": [4, 8]}}},
                },
                "knn": {"n_neighbors": {"low": 1, "high": 50}},
            }
        }
    }
)


def check_round_trip(space: Space) -> None:
    """The settings of a point lead back to the point."""
    for point in space.grid(3)[:40]:
        assert point == space.params_of(space.settings_of(point))


@pytest.mark.parametrize("data", BY_HAND.values(), ids=BY_HAND.keys())
def test_the_settings_of_a_point_are_that_point(data: dict[str, Any]) -> None:
    """What a trial had can be given as a starting point."""
    check_round_trip(parse_space(data))


@quick
@given(spaces())
def test_generated_points_too(data: dict[str, Any]) -> None:
    """Over generated spaces; and the defaults make a trial that could be asked."""
    space = parse_space(data)
    check_round_trip(space)
    study = optuna.create_study()
    (point,) = space.starting_points()
    study.enqueue_trial(point)
    assert space.ask(study.ask())[0] == point


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ({"low": 0.01, "high": 0.5, "log": True}, 0.1),
        ({"low": 0.2, "high": 0.5}, 0.2),
        ({"low": 1e-3, "high": 0.02}, 0.02),
        ({"low": 0.03, "high": 0.33, "step": 0.06}, 0.09),
        ([0.5, 0.2, 0.3], 0.2),
        ([0.5, 0.1], 0.1),
    ],
)
def test_a_search_begins_at_the_nearest_to_the_default(knob: Any, value: float) -> None:
    """A rate is 0.1 by default: the space has it, or has something near."""
    assert parse_space({"learning_rate": knob}).starting_points() == [{"learning_rate": pytest.approx(value)}]


@pytest.mark.parametrize(
    ("data", "params"),
    [
        ({"optimizer": ["adam", "gd"]}, {"optimizer": "adam"}),
        ({"optimizer": ["gd", "momentum"]}, {"optimizer": "momentum"}),
        ({"batch_size": {"low": 1, "high": 3}}, {"batch_size": 2}),
        ({"batch_size": [32, None]}, {"batch_size": None}),
        ({"average": [True, False]}, {"average": False}),
    ],
)
def test_what_is_near_to_no_number(data: Any, params: dict[str, Any]) -> None:
    """The default where it is an option, else the first; the middle of a range."""
    assert params == parse_space(data).params_of({})


def test_what_the_configuration_fixes_comes_before_a_default() -> None:
    """A trial begins from what is given besides the space."""
    catalogue = Catalogue("ridge", params={"alpha": 5.0}, preprocess={"scaler": "robust"})
    space = parse_space({"alpha": {"low": 1, "high": 9}, "scaler": ["standard", "robust"]}, catalogue)
    assert space.params_of({}) == {"alpha": 5.0, "scaler": "robust"}


def test_every_point_once_and_the_defaults_first() -> None:
    """Points of families that are left out go with them."""
    start = [
        {"estimator": "knn", "n_neighbors": 7},
        {"estimator": "svr", "C": 2.0},
        {"features": "none", "alpha": 1},
        {"estimator": "ridge", "features": "spline", "features__n_knots": 8},
    ]
    assert FAMILIES.starting_points(start) == [
        {"estimator": "ridge", "ridge.alpha": 1.0, "ridge.features": "none"},
        {"estimator": "knn", "knn.n_neighbors": 7},
        {
            "estimator": "ridge",
            "ridge.alpha": 1.0,
            "ridge.features": "spline",
            "ridge.spline.features__n_knots": 8,
        },
    ]


@pytest.mark.parametrize(
    ("point", "line"),
    [
        ({"alpha": 99}, "start.alpha: the space has no such value; received 99; allowed: 0.1 … 10 log"),
        ({"alpha": "x"}, "start.alpha: the space has no such value; received 'x'; allowed: 0.1 … 10 log"),
        (
            {"estimator": "rigde"},
            "start.estimator: the space has no such value; received 'rigde'; allowed: ridge | knn",
        ),
        ({"alhpa": 1}, "start.alhpa: this starting point has no such knob; did you mean alpha?"),
        (
            {"estimator": "knn", "alpha": 1},
            "start.alpha: this starting point has no such knob; there are: estimator, n_neighbors",
        ),
        (
            {"features__n_knots": 4},
            "start.features__n_knots: this starting point has no such knob; did you mean features?",
        ),
    ],
)
def test_what_no_trial_could_have_is_refused(point: dict[str, Any], line: str) -> None:
    """One line, with the key."""
    with pytest.raises(ConfigError) as refused:
        FAMILIES.params_of(point)
    assert line == str(refused.value)


def test_a_fixed_value_may_be_said_but_not_changed() -> None:
    """Only the value that every trial has."""
    space = parse_space({"l1": 0.5, "optimizer": ["gd", "sgd"]})
    assert space.params_of({"l1": 0.5, "optimizer": "gd"}) == {"optimizer": "gd"}
    with pytest.raises(ConfigError, match=r"start\.l1: the space fixes this; received 1; allowed: 0\.5"):
        space.params_of({"l1": 1})
