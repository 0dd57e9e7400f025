"""A search space over the parameters of any scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from bigtrain.errors import ConfigError, ParameterError
from bigtrain.estimator import GradientRegressor
from bigtrain.numerics.setting import PARAMETERS
from bigtrain.parameter import Parameter
from bigtrain.records import ParamValue
from bigtrain.space import Catalogue, Space, parse_space

PLAIN = (str, int, float, bool, type(None))
ANYTHING = Parameter("any")

Labels = dict[tuple[str, str], Any]
"""The object that a label stands for, by the knob and the label."""


@dataclass(frozen=True)
class EstimatorSpace:
    """A space some of whose values are objects: estimators, tuples, functions.

    Attributes
    ----------
    space : Space
        What the sampler asks, in which each object is a text.
    labels : mapping
        The objects by knob and text.
    """

    space: Space
    labels: Mapping[tuple[str, str], Any]

    @classmethod
    def of(cls, estimator: BaseEstimator, data: Mapping[str, Any]) -> EstimatorSpace:
        """Read a space for the parameters of `estimator`; see `bigtrain.space.parse_space` for its forms."""
        labels: Labels = {}
        parameters = _parameters(estimator, set(_names(data)))
        try:
            return cls(parse_space(_labelled(data, labels), Catalogue.of(parameters)), labels)
        except ConfigError as error:
            # Where the space is an argument, it is an argument that is wrong: a ValueError.
            raise ParameterError(error.problem, where=error.where, hint=error.hint) from error

    def arguments(self, settings: Mapping[str, ParamValue]) -> dict[str, Any]:
        """Return what `set_params` takes of a trial's settings."""
        return {name: self._value(name, value) for name, value in settings.items()}

    def _value(self, name: str, value: ParamValue) -> Any:
        return self.labels.get((name, value), value) if isinstance(value, str) else value


def _parameters(estimator: BaseEstimator, searched: Iterable[str]) -> dict[str, Parameter]:
    """Return what each parameter of `estimator` allows; those of a step that is itself searched are open."""
    own = estimator.get_params(deep=True)
    known = {name: _parameter(name, estimator, own) for name in own}
    of_steps = {name for name in searched if name.rpartition("__")[0] in searched}
    return {**dict.fromkeys(of_steps, ANYTHING), **known}


def _parameter(name: str, estimator: BaseEstimator, own: Mapping[str, Any]) -> Parameter:
    path, _, last = name.rpartition("__")
    owner = own[path] if path else estimator
    if not isinstance(owner, GradientRegressor) or last not in PARAMETERS:
        return ANYTHING
    # Which optimizer reads it can be told by the names of a bare regressor alone.
    return replace(PARAMETERS[last], needs=None) if path else PARAMETERS[last]


def _names(data: Mapping[Any, Any]) -> Iterator[str]:
    for name, knob in data.items():
        yield str(name)
        if isinstance(knob, Mapping) and isinstance(knob.get("choices"), Mapping):
            for inner in knob["choices"].values():
                yield from _names(inner or {})


def _labelled(data: Mapping[str, Any], labels: Labels) -> dict[str, Any]:
    return {name: _labelled_knob(name, knob, labels) for name, knob in data.items()}


def _labelled_knob(name: str, knob: Any, labels: Labels) -> Any:
    if isinstance(knob, Mapping):
        options = knob.get("choices")
        if isinstance(options, Mapping):
            inner = {
                _label(name, value, labels): _labelled(below or {}, labels)
                for value, below in options.items()
            }
            return {**knob, "choices": inner}
        return {**knob, "choices": [_label(name, value, labels) for value in options]} if options else knob
    if isinstance(knob, (list, tuple, np.ndarray)):
        return [_label(name, value, labels) for value in knob]
    return _label(name, knob, labels)


def _label(name: str, value: Any, labels: Labels) -> ParamValue:
    """Return a plain value as it is, and a text for any other."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, PLAIN):
        return value
    text = " ".join(repr(value).split())
    same = sum(key == (name, text) for key in labels)
    label = f"{text} #{same + 1}" if same else text
    labels[name, label] = value
    return label
