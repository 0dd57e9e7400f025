"""A knob with a condition is the same as one that stands under the options the condition names."""

from __future__ import annotations

from typing import Any

import optuna
import pytest

from bigtrain.errors import ConfigError
from bigtrain.space import Catalogue, parse_space

RATE = {"low": 1e-4, "high": 1.0, "log": True}
MOMENTUM = {"low": 0.5, "high": 0.99}
BETA = {"low": 0.8, "high": 0.99}

SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "beside a list": (
        {"optimizer": ["gd", "momentum"], "momentum": {**MOMENTUM, "when": {"optimizer": ["momentum"]}}},
        {"optimizer": {"choices": {"gd": {}, "momentum": {"momentum": MOMENTUM}}}},
    ),
    "under two options": (
        {
            "momentum": {**MOMENTUM, "when": {"optimizer": ["momentum", "nesterov"]}},
            "optimizer": {"choices": {"momentum": {"learning_rate": RATE}, "nesterov": {}, "adam": {}}},
        },
        {
            "optimizer": {
                "choices": {
                    "momentum": {"learning_rate": RATE, "momentum": MOMENTUM},
                    "nesterov": {"momentum": MOMENTUM},
                    "adam": {},
                }
            }
        },
    ),
    "one option, one value, one of some": (
        {
            "optimizer": ["gd", "adam"],
            "beta_1": {"choices": [0.8, 0.9], "when": {"optimizer": "adam"}},
            "beta_2": {"choices": [0.99], "when": {"optimizer": "adam"}},
        },
        {"optimizer": {"choices": {"gd": {}, "adam": {"beta_1": [0.8, 0.9], "beta_2": 0.99}}}},
    ),
    "beside a fixed value": (
        {"optimizer": "adam", "beta_1": {**BETA, "when": {"optimizer": "adam"}}},
        {"optimizer": {"choices": {"adam": {"beta_1": BETA}}}},
    ),
    "a chain": (
        {
            "features__degree": {"choices": [2, 3], "when": {"features": ["polynomial"]}},
            "features": {"choices": ["none", "polynomial"], "when": {"estimator": ["ridge"]}},
            "alpha": {"low": 0.1, "high": 1, "when": {"estimator": "ridge"}},
            "estimator": ["ridge", "knn"],
        },
        {
            "estimator": {
                "choices": {
                    "ridge": {
                        "alpha": {"low": 0.1, "high": 1},
                        "features": {"choices": {"none": {}, "polynomial": {"features__degree": [2, 3]}}},
                    },
                    "knn": {},
                }
            }
        },
    ),
    "deep down": (
        {
            "loss": {
                "choices": {
                    "huber": {"optimizer": ["gd", "adam"], "beta_1": {**BETA, "when": {"optimizer": "adam"}}}
                }
            }
        },
        {"loss": {"choices": {"huber": {"optimizer": {"choices": {"gd": {}, "adam": {"beta_1": BETA}}}}}}},
    ),
}


def asked(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the params of some random trials."""
    space = parse_space(data)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    return [space.ask(study.ask())[0] for _ in range(12)]


@pytest.mark.parametrize(("condition", "nested"), SAME.values(), ids=SAME.keys())
def test_a_condition_is_a_place(condition: dict[str, Any], nested: dict[str, Any]) -> None:
    """The same space, and the same trials."""
    assert parse_space(condition) == parse_space(nested)
    assert asked(condition) == asked(nested)


OPTIMIZERS = {"optimizer": ["gd", "adam"]}
FORM = "allowed: {knob: [option, …]}"
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no knob": (
        {**OPTIMIZERS, "beta_1": {**BETA, "when": {"optimiser": "adam"}}},
        "space.beta_1.when.optimiser: there is no such knob beside this one; did you mean optimizer?",
    ),
    "no option": (
        {**OPTIMIZERS, "beta_1": {**BETA, "when": {"optimizer": ["adm"]}}},
        "space.beta_1.when.optimizer: optimizer has no such option; received 'adm'; allowed: gd, adam",
    ),
    "a range has no options": (
        {"l2": MOMENTUM, "l1": {**MOMENTUM, "when": {"l2": 1}}},
        "space.l1.when.l2: l2 has no such option; received 1; allowed: the options of a choice",
    ),
    "itself": (
        {"l1": {"choices": [0, 1], "when": {"l1": 1}}},
        "space.l1.when: this condition depends on itself",
    ),
    "a circle": (
        {
            "loss": {"choices": ["huber"], "when": {"schedule": "cosine"}},
            "schedule": {"choices": ["cosine"], "when": {"loss": "huber"}},
        },
        "space.loss.when: this condition depends on itself",
    ),
    "no mapping": (
        {"l1": {**MOMENTUM, "when": "optimizer"}},
        f"space.l1.when: a condition names one knob; received 'optimizer'; {FORM}",
    ),
    "two knobs": (
        {"l1": {**MOMENTUM, "when": {"loss": "huber", "schedule": "cosine"}}},
        "space.l1.when: a condition names one knob; received {'loss': 'huber', 'schedule': 'cosine'}; "
        + FORM,
    ),
    "no options": (
        {"l1": {**MOMENTUM, "when": {"loss": []}}},
        f"space.l1.when: a condition lists options; received []; {FORM}",
    ),
    "twice": (
        {
            "optimizer": {"choices": {"adam": {"beta_1": 0.9}}},
            "beta_1": {**BETA, "when": {"optimizer": "adam"}},
        },
        "space.beta_1.when.optimizer: a trial would have this knob twice; adam has it already",
    ),
    "an option that doesn't read it": (
        {**OPTIMIZERS, "beta_1": {**BETA, "when": {"optimizer": "gd"}}},
        "space.optimizer.choices.gd.beta_1: beta_1 is not read where optimizer is gd; "
        "put it under optimizer.choices of adam, amsgrad, adamax, nadam, adamw, lion",
    ),
}


@pytest.mark.parametrize(("data", "line"), REFUSED.values(), ids=REFUSED.keys())
def test_a_condition_that_says_nothing_is_refused(data: dict[str, Any], line: str) -> None:
    """One line, with the condition's own key."""
    with pytest.raises(ConfigError) as refused:
        parse_space(data, Catalogue())
    assert line == str(refused.value)
