"""Spaces in which the family itself is searched: each branch has what its family reads, and nothing else."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import optuna
import pytest

from bigtrain.config.app import compose
from bigtrain.errors import ConfigError
from bigtrain.families import FAMILIES, PREPROCESSING, layer_sizes
from bigtrain.space import Catalogue, parse_space

AUTOML = compose(["space=automl"])
ALPHA = {"low": 0.1, "high": 1.0}
FEATURES = {"choices": {"polynomial": {"features__degree": [2, 3]}, "none": {}}}


def trials(space: Any, count: int) -> list[dict[str, Any]]:
    """Return the settings of some random trials."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    return [space.ask(study.ask())[1] for _ in range(count)]


def test_no_beta_without_adam() -> None:
    """The space that the documentation begins with."""
    space = parse_space(
        {
            "optimizer": {
                "choices": {
                    "gd": {"learning_rate": {"low": 1e-3, "high": 1.0, "log": True}},
                    "momentum": {
                        "learning_rate": {"low": 1e-4, "high": 1.0, "log": True},
                        "momentum": {"low": 0.5, "high": 0.99},
                    },
                    "adam": {
                        "learning_rate": {"low": 1e-4, "high": 1.0, "log": True},
                        "beta_1": {"low": 0.8, "high": 0.99},
                        "beta_2": {"low": 0.9, "high": 0.9999},
                    },
                }
            },
            "l1": {"low": 1e-8, "high": 1e-1, "log": True},
            "batch_size": [32, 256, None],
            "features": {"choices": {"polynomial": {"features__degree": {"low": 1, "high": 3}}, "none": {}}},
        }
    )
    seen = set()
    for trial in trials(space, 60):
        expected = {"optimizer", "learning_rate", "l1", "batch_size", "features"}
        expected |= {"beta_1", "beta_2"} if trial["optimizer"] == "adam" else set()
        expected |= {"momentum"} if trial["optimizer"] == "momentum" else set()
        expected |= {"features__degree"} if trial["features"] == "polynomial" else set()
        assert trial.keys() == expected
        seen.add((trial["optimizer"], trial["features"]))
    assert len(seen) == 6


def test_every_trial_of_the_ready_space_can_be_fitted() -> None:
    """What is asked of each family is what its class takes, by scikit-learn's own check."""
    families = set()
    for settings in trials(AUTOML.space, 300):
        family = FAMILIES[settings.pop("estimator")]
        own = {name: value for name, value in settings.items() if name not in PREPROCESSING}
        assert own.keys() <= family.parameters.keys()
        if "hidden_layer_sizes" in own:
            own["hidden_layer_sizes"] = layer_sizes(own["hidden_layer_sizes"])
        module, _, name = family.estimator.rpartition(".")
        model = getattr(import_module(module), name)(**own)
        if family.package == "sklearn":
            model._validate_params()
        families.add(family.name)
    assert families == AUTOML.space.families


def test_the_ready_starting_points_are_of_every_family() -> None:
    """The estimator's defaults first, then one of each family at least."""
    points = AUTOML.space.starting_points(AUTOML.start)
    assert points[0]["estimator"] == "gradient"
    assert {point["estimator"] for point in points} == AUTOML.space.families


def test_a_shared_knob_is_one_knob() -> None:
    """What several families read may stand beside the estimator."""
    space = parse_space({"alpha": ALPHA, "estimator": ["ridge", "elastic_net"], "features": FEATURES})
    assert set(space.knobs) == {"estimator", "alpha", "features", "polynomial.features__degree"}
    assert {trial["estimator"] for trial in trials(space, 20)} == {"ridge", "elastic_net"}
    nested = parse_space(
        {
            "scaler": {"choices": {"none": {"estimator": "ridge"}, "robust": {"estimator": ["ridge"]}}},
            "alpha": ALPHA,
        }
    )
    assert "alpha" in nested.knobs


def test_what_is_fixed_is_for_its_own_family() -> None:
    """estimator.params are those of estimator.kind; preprocessing is everyone's."""
    catalogue = Catalogue("ridge", params={"alpha": 5.0}, preprocess={"scaler": "none"})
    space = parse_space({"estimator": {"choices": {"ridge": {}, "knn": {"scaler": "robust"}}}}, catalogue)
    assert space.complete({"estimator": "ridge"}) == {"estimator": "ridge", "scaler": "none", "alpha": 5.0}
    assert space.complete({"estimator": "knn", "scaler": "robust"}) == {
        "estimator": "knn",
        "scaler": "robust",
    }
    assert space.complete({}) == {"estimator": "ridge", "scaler": "none", "alpha": 5.0}


def refused(data: dict[str, Any], kind: str = "gradient") -> str:
    """Return what a space is refused with."""
    with pytest.raises(ConfigError) as error:
        parse_space(data, Catalogue(kind, preprocess={"features": "none"}))
    return str(error.value)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (
            {"estimator": {"choices": {"ridge": {"alhpa": 1}}}},
            "space.estimator.choices.ridge.alhpa: ridge has no such parameter; did you mean alpha?",
        ),
        (
            {"estimator": {"choices": {"ridge": {"l1_ratio": 1}}}},
            "space.estimator.choices.ridge.l1_ratio: ridge has no such parameter; it belongs to elastic_net",
        ),
        (
            {"estimator": ["ridge", "elastic_net"], "l1_ratio": 0.5},
            "space.l1_ratio: ridge has no such parameter; put it under estimator.choices of elastic_net",
        ),
        (
            {"estimator": ["gradient", "mlp"], "learning_rate": 0.5},
            "space.learning_rate: gradient, mlp mean different things; put it under estimator.choices",
        ),
        (
            {"estimator": ["ridge", "lasso"]},
            "space.estimator: this value is not allowed; received 'lasso'; "
            f"allowed: one of {', '.join(FAMILIES)}",
        ),
        (
            {"estimator": {"choices": {"svr": {"C": {"low": 0, "high": 1}}}}},
            "space.estimator.choices.svr.C: this value is not allowed; received 0.0; allowed: a number > 0",
        ),
        (
            {"estimator": {"choices": {"svr": {"kernel": ["linear", "rbf"], "gamma": 0.5}}}},
            "space.estimator.choices.svr.gamma: gamma is not read where kernel is linear; "
            "put it under kernel.choices of rbf, poly, sigmoid",
        ),
        (
            {"features__degree": [2, 3]},
            "space.features__degree: features__degree is not read where features is none; "
            "put it under features.choices of polynomial, spline",
        ),
        (
            {"estimator": {"choices": {"gradient": {"optimizer": "lion", "l1": 0.1}, "knn": {}}}},
            "space.estimator.choices.gradient.l1: lion steps by a sign, so there is no proximal step for l1; "
            "put l1 under the other optimizers, or l1_step: subgradient under lion",
        ),
        (
            {"estimator": {"choices": {"ridge": {"estimator": "knn"}}}},
            "space.estimator.choices.ridge.estimator: a trial would have this knob twice; "
            "it has it at space.estimator",
        ),
    ],
)
def test_a_branch_is_checked_for_its_own_family(data: dict[str, Any], line: str) -> None:
    """One line: the key, the family, what to do."""
    assert line == refused(data)


def test_a_family_that_is_not_installed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is asked, with the command that installs it."""
    monkeypatch.setattr(
        "bigtrain.families.family.find_spec", lambda name: None if name == "xgboost" else name
    )
    assert refused({"estimator": ["ridge", "xgboost"]}) == (
        "space.estimator: this estimator's package is missing; received 'xgboost'; "
        "pip install xgboost, or choose another estimator"
    )
