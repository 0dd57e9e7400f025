"""Every space that some trial would fail on is refused before the first, by one line with its key."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigtrain.errors import ConfigError
from bigtrain.families import PREPROCESSING
from bigtrain.numerics.setting import OPTIMIZERS, PARAMETERS, Setting, check_setting
from bigtrain.parameter import Parameter
from bigtrain.space import Catalogue, parse_space

FORMS = "allowed: a value, a list of values, {low, high, log, step}, or {choices: {option: {knob: …}}}"
ALL = f"there are: {', '.join([*PARAMETERS, *PREPROCESSING])}"
OPTIMIZER = f"allowed: one of {', '.join(OPTIMIZERS)}"
LION = (
    "lion steps by a sign, so there is no proximal step for l1; "
    "put l1 under the other optimizers, or l1_step: subgradient under lion"
)
PATIENCE = (
    "n_iter_no_change is not read where tol is null; "
    "give tol a value, or leave it out; early_stopping and schedule: adaptive read it too"
)
READERS = {name: ", ".join(map(str, p.needs[1])) for name, p in PARAMETERS.items() if p.needs}
MERGED = (
    "files are merged key by key: in words, interval(a,b) or choice(a,b), a knob replaces another whole, "
    "and after `override /space: none` nothing is left of any"
)
NO_LOG = "log: false takes it away, whichever file it is of"
TWICE = "a trial would have this knob twice; it has it at"

REFUSED: dict[str, tuple[Any, str]] = {
    "a number": (5, "space: this is no set of knobs; received 5; allowed: {knob: …}"),
    "a list": ([1], "space: this is no set of knobs; received [1]; allowed: {knob: …}"),
    "misspelt": ({"l11": 0}, "space.l11: gradient has no such parameter; did you mean l1?"),
    "unknown": ({"foo": 0}, f"space.foo: gradient has no such parameter; {ALL}"),
    "a key that is no text": ({None: 0}, f"space.None: gradient has no such parameter; {ALL}"),
    "out of bounds": ({"l1": -1}, "space.l1: this value is not allowed; received -1; allowed: a number >= 0"),
    "not a number": (
        {"l1": float("nan")},
        "space.l1: this value is not allowed; received nan; allowed: a number >= 0",
    ),
    "text": (
        {"tol": "x"},
        "space.tol: this value is not allowed; received 'x'; allowed: a number >= 0 or null",
    ),
    "true for a number": (
        {"l1": True},
        "space.l1: this value is not allowed; received True; allowed: a number >= 0",
    ),
    "one for true": (
        {"average": [1, False]},
        "space.average: this value is not allowed; received 1; allowed: one of True, False",
    ),
    "an integer of no machine": (
        {"max_iter": 2**63},
        "space.max_iter: this value is not allowed; received 9223372036854775808; allowed: an integer >= 1",
    ),
    "a number of no machine": (
        {"l1": {"low": 0, "high": 10**400}},
        f"space.l1.high: a finite number is needed; received 1{'0' * 118}…",
    ),
    "in a list": (
        {"max_iter": [1, 1.5]},
        "space.max_iter: this value is not allowed; received 1.5; allowed: an integer >= 1",
    ),
    "twice in a list": ({"l1": [1, 1.0]}, "space.l1: a value is listed twice; received [1, 1.0]"),
    "an empty list": ({"l1": []}, f"space.l1: at least one value is needed; received []; {FORMS}"),
    "a list in a list": ({"l1": [[1]]}, f"space.l1: this is no plain value; received [1]; {FORMS}"),
    "a set": ({"l1": {1}}, f"space.l1: this is no plain value; received {{1}}; {FORMS}"),
    "no choices": (
        {"optimizer": {"choices": {}}},
        f"space.optimizer.choices: at least one value is needed; received {{}}; {FORMS}",
    ),
    "choices that are none": (
        {"optimizer": {"choices": 5}},
        f"space.optimizer.choices: at least one value is needed; received 5; {FORMS}",
    ),
    "an unknown option": (
        {"optimizer": {"choices": {"adm": {}}}},
        f"space.optimizer: this value is not allowed; received 'adm'; {OPTIMIZER}",
    ),
    "an option's knobs that are none": (
        {"optimizer": {"choices": {"adam": 5}}},
        "space.optimizer.choices.adam: this is no set of knobs; received 5; allowed: {knob: …}",
    ),
    "choices and something else": (
        {"optimizer": {"choices": {"adam": {}}, "low": 1}},
        f"space.optimizer.low: a range's key beside choices; {FORMS}; {MERGED}",
    ),
    "a misspelt bound": (
        {"l1": {"lo": 0, "high": 1}},
        f"space.l1.lo: unknown key of a knob; {FORMS}; did you mean low?",
    ),
    "an empty range": ({"l1": {}}, "space.l1.low: a finite number is needed; received None"),
    "no upper bound": ({"l1": {"low": 0}}, "space.l1.high: a finite number is needed; received None"),
    "an infinite bound": (
        {"l1": {"low": 0, "high": float("inf")}},
        "space.l1.high: a finite number is needed; received inf",
    ),
    "bounds in text": (
        {"l1": {"low": "a", "high": 1}},
        "space.l1.low: a finite number is needed; received 'a'",
    ),
    "a range that is no range": (
        {"l1": {"low": 2, "high": 2}},
        "space.l1: low must be below high; received {'low': 2, 'high': 2}; for one value write l1: 2.0",
    ),
    "a range of words": (
        {"average": {"low": 0, "high": 1}},
        "space.average: a range is of numbers; received {'low': 0, 'high': 1}; allowed: one of True, False",
    ),
    "a range beyond what is allowed": (
        {"huber_delta": {"low": 0, "high": 1}},
        "space.huber_delta: this value is not allowed; received 0.0; allowed: a number > 0",
    ),
    "a broken integer range": (
        {"max_iter": {"low": 1.5, "high": 8}},
        "space.max_iter: this value is not allowed; received 1.5; allowed: an integer >= 1",
    ),
    "log from zero": (
        {"l1": {"low": 0, "high": 1, "log": True}},
        f"space.l1.low: log needs low above 0; received 0.0; {NO_LOG}",
    ),
    "log that is no flag": (
        {"l1": {"low": 1, "high": 2, "log": 1}},
        "space.l1.log: log is true or false; received 1",
    ),
    "log and step": (
        {"l1": {"low": 1, "high": 2, "log": True, "step": 0.5}},
        "space.l1: log and step don't go together; received {'low': 1, 'high': 2, 'log': True, 'step': 0.5}; "
        + NO_LOG,
    ),
    "no step": (
        {"l1": {"low": 0, "high": 1, "step": 0}},
        "space.l1.step: a step is a number above 0; received 0",
    ),
    "a step that is no number": (
        {"l1": {"low": 0, "high": 1, "step": float("nan")}},
        "space.l1.step: a step is a number above 0; received nan",
    ),
    "a wide step": (
        {"l1": {"low": 0, "high": 1, "step": 2}},
        "space.l1.step: a step is no more than high - low; received 2",
    ),
    "a narrow step": (
        {"l1": {"low": 0, "high": 1, "step": 1e-300}},
        "space.l1.step: more than 1,000,000 steps; received 1e-300; a range without a step has every value",
    ),
    "a broken step": (
        {"max_iter": {"low": 1, "high": 8, "step": 1.5}},
        "space.max_iter.step: a step between integers is an integer; received 1.5",
    ),
    "a step of too many digits": (
        {"l1": {"low": 0.6359827319799077, "high": 1.0, "step": 0.18200863401004613}},
        "space.l1.step: so many digits can't be counted exactly; received 0.18200863401004613; "
        "round low, or the step",
    ),
    "a knob that no optimizer of a trial reads": (
        {"optimizer": {"choices": {"adam": {}, "sgd": {}, "gd": {}}}, "momentum": 0.5},
        "space.momentum: momentum is not read where optimizer is adam, sgd, gd; "
        f"put it under optimizer.choices of {READERS['momentum']}",
    ),
    "a knob under the wrong optimizer": (
        {"optimizer": {"choices": {"sgd": {"momentum": [0.5, 0.9]}}}},
        "space.optimizer.choices.sgd.momentum: momentum is not read where optimizer is sgd; "
        f"put it under optimizer.choices of {READERS['momentum']}",
    ),
    "a knob that the default optimizer doesn't read": (
        {"rho": {"low": 0.5, "high": 0.9}},
        f"space.rho: rho is not read where optimizer is {Setting().optimizer}; "
        f"put it under optimizer.choices of {READERS['rho']}",
    ),
    "a knob of another loss": (
        {"huber_delta": [1.0, 2.0]},
        "space.huber_delta: huber_delta is not read where loss is squared; "
        "put it under loss.choices of huber",
    ),
    "a knob of another loss in some trials": (
        {"loss": ["quantile", "huber"], "quantile": {"low": 0.1, "high": 0.9}},
        "space.quantile: quantile is not read where loss is huber; put it under loss.choices of quantile",
    ),
    "a knob of another schedule": (
        {"schedule": {"choices": {"cosine": {"warmup": [0.1, 0.2]}}}},
        "space.schedule.choices.cosine.warmup: warmup is not read where schedule is cosine; "
        "put it under schedule.choices of warmup_cosine",
    ),
    "rows held back for nothing": (
        {"validation_fraction": [0.1, 0.2]},
        "space.validation_fraction: validation_fraction is not read where early_stopping is false; "
        "put it under early_stopping.choices of true",
    ),
    "patience without anything to wait for": (
        {"tol": [None, 1e-3], "n_iter_no_change": {"low": 2, "high": 9}},
        f"space.n_iter_no_change: {PATIENCE}",
    ),
    "l1 beside lion": ({"optimizer": ["sgd", "lion"], "l1": {"low": 0, "high": 1}}, f"space.l1: {LION}"),
    "l1 under lion": (
        {"optimizer": {"choices": {"lion": {"l1": 0.1}}}},
        f"space.optimizer.choices.lion.l1: {LION}",
    ),
    "lion with either step": (
        {"optimizer": "lion", "l1": 0.1, "l1_step": ["subgradient", "proximal"]},
        f"space.l1: {LION}",
    ),
    "a knob above itself": (
        {"loss": "huber", "average": {"choices": {True: {"loss": "squared"}, False: {}}}},
        f"space.average.choices.True.loss: {TWICE} space.loss",
    ),
    "a knob inside itself": (
        {"optimizer": {"choices": {"adam": {"optimizer": "sgd"}}}},
        f"space.optimizer.choices.adam.optimizer: {TWICE} space.optimizer",
    ),
    "a knob under two that exist together": (
        {
            "loss": {"choices": {"huber": {"l1": 0.1}, "squared": {}}},
            "average": {"choices": {True: {"l1": 0.2}, False: {}}},
        },
        f"space.average.choices.True.l1: {TWICE} space.loss.choices.huber.l1",
    ),
}


@pytest.mark.parametrize(("data", "line"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_says_where_and_what(data: Any, line: str) -> None:
    """One line: the key, what was received, what is allowed, what to do."""
    with pytest.raises(ConfigError) as refused:
        parse_space(data)
    assert line == str(refused.value)


def test_choices_end_somewhere() -> None:
    """Nesting without end is refused, not followed."""
    data: dict[str, Any] = {"l1": 0}
    for _ in range(500):
        data = {"optimizer": {"choices": {"adam": data}}}
    with pytest.raises(ConfigError, match="choices nested deeper than 8"):
        parse_space(data)


def test_options_that_look_alike_to_the_sampler() -> None:
    """Two options of one spelling would make two knobs one."""
    parameters = {"x": Parameter("choice", choices=("1", 1)), "l1": PARAMETERS["l1"]}
    with pytest.raises(ConfigError, match=r"space\.1\.l1: two options of this name have the same knob"):
        parse_space({"x": {"choices": {"1": {"l1": 0}, 1: {"l1": 1}}}}, Catalogue.of(parameters))


@pytest.mark.parametrize(
    ("data", "fixed", "line"),
    [
        ({"optimizer": "lion"}, {"l1": 1.0}, f"estimator.params.l1: {LION}"),
        ({"l1": 0.5}, {"optimizer": "lion"}, f"space.l1: {LION}"),
        ({"l1": 0.5}, {"optimizer": "lion", "l1_step": "subgradient"}, None),
        ({"optimizer": ["sgd", "lion"]}, {"beta_1": 0.8}, None),
        ({"momentum": 0.5}, {"optimizer": "nesterov"}, None),
        ({"n_iter_no_change": [2, 5]}, {"tol": None}, f"space.n_iter_no_change: {PATIENCE}"),
        ({"n_iter_no_change": [2, 5]}, {"tol": None, "schedule": "adaptive"}, None),
        (
            {"n_iter_no_change": [2, 5], "validation_fraction": 0.2},
            {"tol": None, "early_stopping": True},
            None,
        ),
        ({"huber_delta": [1.0, 2.0]}, {"loss": "huber"}, None),
        (
            {"momentum": 0.5},
            {"optimizer": "adam"},
            "space.momentum: momentum is not read where optimizer is adam; "
            f"put it under optimizer.choices of {READERS['momentum']}",
        ),
    ],
)
def test_fixed_values_count(data: dict[str, Any], fixed: dict[str, Any], line: str | None) -> None:
    """What the estimator is given besides decides with the space what a trial is."""
    if line is None:
        parse_space(data, Catalogue(params=fixed))
    else:
        with pytest.raises(ConfigError) as refused:
            parse_space(data, Catalogue(params=fixed))
        assert line == str(refused.value)


_DATA = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-2, 10), st.floats(), st.sampled_from(("adam", "lion", "x"))
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ("low", "high", "log", "step", "choices", "optimizer", "l1", "adam", "lion", "l1_step")
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(tuple(PARAMETERS)), _DATA, max_size=4))
def test_whatever_is_given_parses_or_is_refused(data: dict[str, Any]) -> None:
    """No other error; and what parses is right for every point of its grid."""
    try:
        space = parse_space(data)
    except ConfigError:
        return
    for point in space.grid(2)[:20]:
        check_setting(Setting(**space.settings_of(point)))  # type: ignore[arg-type] - any parameter
