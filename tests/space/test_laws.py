"""What holds for every space, written by hand or generated."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import optuna
import pytest
from hypothesis import HealthCheck, given, settings

from bigtrain.numerics.setting import PARAMETERS
from bigtrain.records import ParamValue
from bigtrain.space import Choice, Fixed, Range, Space, Tree, parse_space

from .spaces import BY_HAND, spaces

optuna.logging.set_verbosity(optuna.logging.WARNING)
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
by_hand = pytest.mark.parametrize("data", BY_HAND.values(), ids=BY_HAND.keys())


def existing(tree: Tree, values: Mapping[str, ParamValue], path: str = "") -> Iterator[str]:
    """Yield the branch names that exist where `values` says what was chosen: the definition, spelt out."""
    for name, knob in tree.items():
        if isinstance(knob, Fixed):
            continue
        yield path + name
        if isinstance(knob, Choice):
            chosen = values[path + name]
            yield from existing(knob.options[chosen], values, f"{path}{chosen}.")


def check_asking(space: Space) -> None:
    """A trial has the knobs that exist in it, no others, each within its bounds and a known parameter."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(8):
        params, told = space.ask(study.ask())
        assert list(params) == list(existing(space.tree, params))
        assert told == space.settings_of(params)
        assert {name.rpartition(".")[2] for name in params} <= told.keys() <= PARAMETERS.keys()
        for name, value in params.items():
            knob = space.knobs[name]
            if isinstance(knob, Choice):
                assert value in knob.options
            else:
                assert isinstance(value, int if knob.integer else float)
                assert knob.low <= value <= knob.high
        assert all(PARAMETERS[name].allows(value) for name, value in told.items())


def check_round_trip(space: Space) -> None:
    """Plain data, and its JSON, parse back to the same space."""
    assert parse_space(space.to_data()) == space
    if not _has_options(space.to_data()):
        assert parse_space(json.loads(json.dumps(space.to_data()))) == space


def _has_options(data: Any) -> bool:
    """Whether a choice has keys that JSON turns into text."""
    if not isinstance(data, dict):
        return False
    return any(not isinstance(key, str) for key in data) or any(map(_has_options, data.values()))


def combinations(tree: Tree, points: int, path: str = "") -> list[dict[str, ParamValue]]:
    """Return the conditional product by its definition."""
    axes = []
    for name, knob in tree.items():
        if isinstance(knob, Fixed):
            continue
        axis: list[dict[str, ParamValue]] = []
        for value in knob.grid(points):
            below = knob.options[value] if isinstance(knob, Choice) else {}
            axis += [{path + name: value, **more} for more in combinations(below, points, f"{path}{value}.")]
        axes.append(axis)
    return [{key: value for part in parts for key, value in part.items()} for parts in product(*axes)]


def check_grid(space: Space) -> None:
    """The grid is the conditional product in its order; every point can be enqueued, and is then asked."""
    grid = space.grid(3)
    if grid.size > 5_000:
        assert list(existing(space.tree, grid[-1])) == list(grid[-1])
        return
    assert combinations(space.tree, 3) == list(grid)
    assert len(grid) == grid.size
    assert grid[1:3] == list(grid)[1:3]
    study = optuna.create_study()
    for point in (grid[0], grid[len(grid) // 2], grid[-1]):
        study.enqueue_trial(point)
        params, _ = space.ask(study.ask())
        assert params == point
        study.add_trial(
            optuna.create_trial(
                value=0.0, params=params, distributions={n: space.distributions()[n] for n in params}
            )
        )


@by_hand
def test_a_trial_has_the_knobs_that_exist(data: dict[str, Any]) -> None:
    """No beta without Adam, and everything within its bounds."""
    check_asking(parse_space(data))


@by_hand
def test_a_space_is_its_data(data: dict[str, Any]) -> None:
    """What is written to a fingerprint stands for the space."""
    check_round_trip(parse_space(data))


@by_hand
def test_a_grid_is_the_conditional_product(data: dict[str, Any]) -> None:
    """All combinations, each once, each a trial that could be asked."""
    check_grid(parse_space(data))


@quick
@given(spaces())
def test_generated_spaces_keep_every_law(data: dict[str, Any]) -> None:
    """The same laws over generated spaces."""
    space = parse_space(data)
    check_asking(space)
    check_round_trip(space)
    check_grid(space)


@quick
@given(spaces())
def test_the_tree_names_every_knob(data: dict[str, Any]) -> None:
    """The printed tree has a line for each knob and each option that carries knobs."""
    space = parse_space(data)
    text = space.describe()
    for name in space.knobs:
        assert name.rpartition(".")[2] in text


def test_the_tree_counts_the_knobs_of_each_option() -> None:
    """The printed tree of the documentation's example."""
    assert parse_space(BY_HAND["by optimizer"]).describe().splitlines() == [
        "optimizer:",
        "  gd (1 knob)",
        "    learning_rate: 0.0001 … 1 log",
        "  momentum (2 knobs)",
        "    learning_rate: 0.0001 … 1 log",
        "    momentum: 0.5 … 0.99",
        "  adam (3 knobs)",
        "    learning_rate: 0.0001 … 1 log",
        "    beta_1: 0.8 … 0.99",
        "    beta_2: 0.9 … 0.9999",
        "l1: 1e-08 … 0.1 log",
        "shuffle: true | false | batches",
    ]
    assert parse_space({}).describe() == "nothing"


def test_numbers_are_of_the_parameters_kind() -> None:
    """How a number is spelt makes no difference to what a trial records."""
    spelt = {"l1": 0, "l2": [1, 2], "tol": {"low": 0, "high": 1}, "max_iter": {"low": 1.0, "high": 8.0}}
    plain = {
        "l1": 0.0,
        "l2": [1.0, 2.0],
        "tol": {"low": 0.0, "high": 1.0},
        "max_iter": {"low": 1, "high": 8},
    }
    assert repr(plain) == repr(parse_space(spelt).to_data())


@pytest.mark.parametrize(
    ("knob", "values"),
    [
        (Range(0.0, 0.3, step=0.1), (0.0, 0.1, 0.2, 0.3)),
        (Range(1, 9, step=4), (1, 5, 9)),
        (Range(1e-4, 1.0, log=True), (1e-4, 1e-2, 1.0)),
        (Range(5e-324, 1.7e308, log=True), (5e-324, 2.89812e-8, 1.7e308)),
        (Range(1, 2), (1, 2)),
        (Range(0.0, 1.0), (0.0, 0.5, 1.0)),
    ],
)
def test_a_range_has_its_bounds_on_the_grid(knob: Range, values: tuple[float, ...]) -> None:
    """The grid of a range begins and ends on its bounds exactly, and never leaves them."""
    grid = knob.grid(3)
    assert pytest.approx(values, rel=1e-4) == grid
    assert (knob.low, knob.high) == (grid[0], grid[-1])


def test_an_endless_grid_costs_nothing() -> None:
    """A grid of 10 ** 30 points has a first, a last, and a number beyond any list's length."""
    names = ("learning_rate", "momentum", "decay", "tol", "l1", "l2", "quantile", "validation_fraction")
    ranges = {name: {"low": 0.1, "high": 0.2} for name in names} | {"max_iter": {"low": 1, "high": 10**6}}
    reading = {"schedule": "step", "loss": "quantile", "early_stopping": True}
    grid = parse_space({**ranges, **reading}).grid(1000)
    assert grid.size > 10**24
    assert set(grid[0]) == set(grid[-1]) == set(ranges)
    with pytest.raises(IndexError, match=f"there is no point {grid.size}"):
        grid[grid.size]
