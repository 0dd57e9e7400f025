"""A knob under an option is meant by its branch name, or by its own wherever it is searched."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from bigtrain.config.app import compose
from bigtrain.config.places import places

DEFAULT: dict[str, Any] = compose().space.to_data()
NESTED: dict[str, Any] = {
    "loss": {
        "choices": {
            "squared": {"schedule": {"choices": {"step": {"decay": [0.1, 0.5]}, "cosine": {}}}},
            "huber": {"decay": 0.3},
        }
    },
    "l1": 0,
}


def changed(names: list[str], name: str, knob: Any) -> dict[str, Any]:
    """Return the default space with one knob of some optimizers replaced."""
    space = copy.deepcopy(DEFAULT)
    for optimizer in names:
        space["optimizer"]["choices"][optimizer][name] = knob
    return space


ALL = ["gd", "sgd", "momentum", "rmsprop", "adam"]


@pytest.mark.parametrize(
    ("override", "space"),
    [
        ("space.adam.learning_rate=0.1", changed(["adam"], "learning_rate", 0.1)),
        ("space.momentum.learning_rate=[0.1,0.2]", changed(["momentum"], "learning_rate", [0.1, 0.2])),
        ("space.momentum=0.5", changed(["momentum"], "momentum", 0.5)),
        ("space.learning_rate=0.1", changed(ALL, "learning_rate", 0.1)),
        (
            "space.learning_rate={low:0.1,high:0.2}",
            changed(ALL, "learning_rate", {"low": 0.1, "high": 0.2}),
        ),
        ("space.batch_size=choice(32,256)", changed(ALL[1:], "batch_size", [32, 256])),
    ],
)
def test_a_knob_under_an_option(override: str, space: dict[str, Any]) -> None:
    """It is replaced where it is, and gd keeps its full batch."""

    assert space == compose([override]).space.to_data()


def test_a_knob_is_removed_wherever_it_is_searched() -> None:
    """Its defaults are used instead."""
    options = compose(["~space.batch_size"]).space.to_data()["optimizer"]["choices"]
    assert [optimizer for optimizer, knobs in options.items() if "batch_size" in knobs] == ["gd"]


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("l1", ["l1"]),
        ("l2", [""]),
        ("l2.low", [""]),
        ("decay", ["loss.squared.schedule.step"]),
        ("huber.decay", ["loss.huber"]),
        ("squared.step.decay", ["loss.squared.schedule.step"]),
        ("squared.decay", ["loss.squared.schedule.step"]),
        ("huber.l2", ["loss.huber"]),
        ("loss.choices.huber.decay", [""]),
    ],
)
def test_places_of_a_nested_space(path: str, keys: list[str]) -> None:
    """To any depth; what is new goes where its name says."""
    step = NESTED["loss"]["choices"]["squared"]["schedule"]["choices"]["step"]
    trees = {
        "loss.squared.schedule.step": step,
        "loss.huber": NESTED["loss"]["choices"]["huber"],
        "l1": NESTED,
        "": NESTED,
    }
    found = places(NESTED, path.split("."))
    assert [id(trees[key]) for key in keys] == [id(tree) for tree, _ in found]
