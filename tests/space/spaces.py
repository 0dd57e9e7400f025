"""Spaces to state the laws over: some written by hand, and a way to generate any number more."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from bigtrain.numerics.setting import PARAMETERS

LOG = {"low": 1e-4, "high": 1.0, "log": True}

# The example of the documentation, and the corners: nothing, fixed values alone, steps, nesting, one option.
BY_HAND: dict[str, Any] = {
    "nothing": {},
    "fixed values": {"l1": 0, "optimizer": "sgd", "batch_size": None},
    "by optimizer": {
        "optimizer": {
            "choices": {
                "gd": {"learning_rate": LOG},
                "momentum": {"learning_rate": LOG, "momentum": {"low": 0.5, "high": 0.99}},
                "adam": {
                    "learning_rate": LOG,
                    "beta_1": {"low": 0.8, "high": 0.99},
                    "beta_2": {"low": 0.9, "high": 0.9999},
                },
            }
        },
        "l1": {"low": 1e-8, "high": 1e-1, "log": True},
        "shuffle": [True, False, "batches"],
    },
    "steps": {"l1": {"low": 0, "high": 0.25, "step": 0.1}, "max_iter": {"low": 1, "high": 10, "step": 4}},
    "integers": {
        "max_iter": {"low": 1, "high": 1000, "log": True},
        "n_iter_no_change": {"low": 1, "high": 3},
    },
    "nested": {
        "loss": {
            "choices": {
                "squared": {"schedule": {"choices": {"constant": {}, "step": {"decay_every": [5, 10]}}}},
                "huber": {"huber_delta": {"low": 1, "high": 2}, "schedule": "cosine"},
            }
        },
        "average": [True, False],
    },
    "one option": {"optimizer": {"choices": {"adam": {"learning_rate": LOG}}}},
    "null among numbers": {"tol": [None, 1e-3], "optimizer": "sgd", "batch_size": [32, 256, None]},
    "lion without a proximal step": {
        "optimizer": {"choices": {"lion": {"l1_step": "subgradient"}, "sgd": {}}},
        "l1": {"low": 0.0, "high": 1.0},
    },
}

# Knobs that every trial reads, whatever else it has: they may stand anywhere.
_NUMBERS = {
    "learning_rate": (1e-5, 10.0),
    "tol": (0.0, 0.1),
    "l1": (0.0, 1.0),
    "l2": (0.0, 1.0),
}
_INTEGERS = {"max_iter": (1, 1000), "n_iter_no_change": (1, 20), "batch_size": (1, 50)}
_CHOICES = {
    "schedule": ("constant", "cosine", "step"),
    "loss": ("squared", "huber"),
    "average": (True, False),
}


@st.composite
def _ranges(draw: st.DrawFn, low: float, high: float) -> dict[str, Any]:
    numbers = st.integers(int(low), int(high)) if isinstance(low, int) else st.floats(low, high)
    first, last = sorted(round(draw(numbers), 6) for _ in range(2))
    if first == last:
        first, last = low, high
    knob: dict[str, Any] = {"low": first, "high": last}
    form = draw(st.sampled_from(("plain", "log", "step")))
    if form == "log" and first > 0:
        knob["log"] = True
    elif form == "step":
        steps = draw(st.integers(1, 7))
        knob["step"] = (
            max(1, (last - first) // steps) if isinstance(first, int) else round((last - first) / steps, 9)
        )
    return knob


@st.composite
def _numbers(draw: st.DrawFn, name: str) -> Any:
    low, high = (_NUMBERS | _INTEGERS)[name]
    values = st.integers(int(low), int(high)) if name in _INTEGERS else st.floats(low, high)
    return draw(st.one_of(values, st.lists(values, min_size=1, max_size=4, unique=True), _ranges(low, high)))


@st.composite
def spaces(draw: st.DrawFn, names: frozenset[str] | None = None, depth: int = 0) -> dict[str, Any]:
    """Generate a space: knobs of every form, choices with knobs of their own, to a depth of three."""
    left = set(names if names is not None else (*_NUMBERS, *_INTEGERS, *_CHOICES))
    space: dict[str, Any] = {}
    for name in draw(st.permutations(sorted(left)))[: draw(st.integers(0, 4))]:
        if name not in left:
            continue
        left.discard(name)
        if name not in _CHOICES:
            space[name] = draw(_numbers(name))
            continue
        inner: frozenset[str] = frozenset()
        if left and depth < 2:
            inner = draw(st.frozensets(st.sampled_from(sorted(left)), max_size=3))
        left -= inner
        space[name] = {"choices": {option: draw(spaces(inner, depth + 1)) for option in _CHOICES[name]}}
    return space


assert PARAMETERS.keys() >= {*_NUMBERS, *_INTEGERS, *_CHOICES}
