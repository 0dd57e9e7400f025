"""The tables of parameters say what scikit-learn itself says."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import pytest

from bigtrain.errors import ConfigError
from bigtrain.families import FAMILIES, PREPROCESSING, Family, layer_sizes
from bigtrain.parameter import Parameter

SCIKIT_LEARN = [family for family in FAMILIES.values() if family.package == "sklearn"]
TABLES = {**{name: family.parameters for name, family in FAMILIES.items()}, "preprocessing": PREPROCESSING}
SIZES = {"hidden_layer_sizes": (100,)}
"""What scikit-learn writes in another way."""


def estimator(family: Family) -> Any:
    """Import the class of a family."""
    module, _, name = family.estimator.rpartition(".")
    return getattr(import_module(module), name)


def allowed_by_scikit_learn(class_: Any, name: str, value: Any) -> bool:
    """Whether scikit-learn's own check lets a value pass."""
    from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints

    if name in SIZES:
        value = layer_sizes(value)
    try:
        validate_parameter_constraints({name: class_._parameter_constraints[name]}, {name: value}, "it")
    except InvalidParameterError:
        return False
    return True


def samples(parameter: Parameter) -> list[Any]:
    """Return values that a table allows: its bounds, what lies within, its words."""
    numbers = [parameter.low, parameter.high, parameter.low + 1e-9, 0.5, 1, 3, 17]
    candidates = [*numbers, *parameter.choices, True, False, None, "64x32", parameter.default]
    values = [
        int(v) if parameter.kind == "integer" and v in numbers and abs(v) < 99 else v for v in candidates
    ]
    return [parameter.in_kind(value) for value in values if parameter.allows(value)]


@pytest.mark.parametrize("family", FAMILIES.values(), ids=str)
def test_the_defaults_are_the_estimators_own(family: Family) -> None:
    """Where a class says what it takes by default, the table says the same."""
    if family.package not in ("sklearn", "bigtrain"):
        pytest.importorskip(family.package)
    signature = inspect.signature(estimator(family)).parameters
    for name, parameter in family.parameters.items():
        if name in signature and signature[name].default is not None:
            stated = parameter.default if name not in SIZES else layer_sizes(parameter.default)
            assert stated == signature[name].default, name


@pytest.mark.parametrize("family", SCIKIT_LEARN, ids=lambda family: family.name)
def test_what_a_table_allows_scikit_learn_takes(family: Family) -> None:
    """No value passes the check of a space and fails when it is fitted."""
    class_ = estimator(family)
    for name, parameter in family.parameters.items():
        for value in samples(parameter):
            assert allowed_by_scikit_learn(class_, name, value), (name, value)


@pytest.mark.parametrize(("table", "name"), [(t, name) for t, table in TABLES.items() for name in table])
def test_a_table_agrees_with_itself(table: str, name: str) -> None:
    """A default is allowed, and what a parameter needs is another's value."""
    parameter = TABLES[table][name]
    optional = parameter.default is None
    assert parameter.allows(parameter.default) or optional
    if parameter.needs:
        other, values = parameter.needs
        assert all(TABLES[table][other].allows(value) for value in values)


def test_no_name_means_two_things() -> None:
    """A preprocessing parameter and a family's never share a name, nor take that of the knob above."""
    for family in FAMILIES.values():
        assert not {*PREPROCESSING, "estimator"} & family.parameters.keys()


@pytest.mark.parametrize(
    ("parameter", "value", "words"),
    [
        (
            Parameter("real", 0, 1, choices=("sqrt",), nullable=True),
            "sqrt",
            "a number >= 0 and <= 1 or sqrt or null",
        ),
        (Parameter("sizes"), "64x32", "an integer >= 1, or several joined by x: 64x32"),
        (Parameter("sizes"), 8, "an integer >= 1, or several joined by x: 64x32"),
    ],
)
def test_words_beside_numbers(parameter: Parameter, value: Any, words: str) -> None:
    """Some numbers may be given by a word, and layers by their sizes."""
    assert parameter.allows(value)
    assert not any(parameter.allows(other) for other in ("x", "64x", "0x1", -1, True, 0.5j, [1]))
    assert words == parameter.describe()


def test_a_missing_package_is_named() -> None:
    """What is not installed is refused in one line, with the command that installs it."""
    family = Family("nearby", "bigtrain_nowhere.Regressor", {})
    with pytest.raises(ConfigError) as refused:
        family.check_installed("estimator.kind")
    assert str(refused.value) == (
        "estimator.kind: this estimator's package is missing; received 'nearby'; "
        "pip install bigtrain_nowhere, or choose another estimator"
    )
