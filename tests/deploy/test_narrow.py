"""Laws of fewer bits: rounding stays within its bound, and storing changes nothing."""

from collections.abc import Iterator

import numpy as np
import pytest

from bigtrain.deploy.narrow import KINDS, Kind, narrowed, round_weights


def drawn() -> Iterator[np.ndarray]:
    """Weights of all sizes: alike, decades apart, some of them zero, or a single one."""
    rng = np.random.default_rng(0)
    for size in (1, 3, 200):
        for spread in (0.0, 1.0, 2.0):
            for unit in (1e-9, 1e-3, 1.0, 7e4, 1e9):
                weights = unit * rng.normal(size=size) * 10 ** (spread * rng.normal(size=size))
                yield np.where(rng.random(size) < 0.1, 0.0, weights)


WEIGHTS = list(drawn())
WIDE = [np.tile(each, 200) for each in WEIGHTS]
ODD = [
    np.empty(0),
    np.zeros(100),
    np.full(100, np.nan),
    np.full(100, np.inf),
    np.full(100, np.finfo(float).max),
    np.full(100, 5e-324),
    np.array([np.nan, 1.0] * 100),
    np.array([-0.0, 3.0] * 100),
    np.linspace(-1e9, 1e9, 300),
]


def test_int8_is_off_by_half_a_step_at_most() -> None:
    """A step is the largest weight divided by 127, rounded to float32."""
    for weights in WEIGHTS:
        allowed = np.abs(weights).max() / 127 / 2 * (1 + 1e-4)
        assert np.abs(round_weights(weights, "int8") - weights).max() <= allowed


def test_float16_is_off_by_one_in_two_thousand_at_most() -> None:
    """However large they are; but for weights that are nothing beside the largest."""
    for weights in WEIGHTS:
        allowed = np.maximum(np.abs(weights) * 2.0**-11, np.abs(weights).max() * 2.0**-39)
        assert (np.abs(round_weights(weights, "float16") - weights) <= allowed).all()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_rounded_is_found_again(kind: Kind) -> None:
    """Its kind, or a shorter one, holds it to the last bit; rounding again changes nothing."""
    for weights in WIDE:
        rounded = round_weights(weights, kind)
        narrow, step = narrowed(rounded)
        np.testing.assert_array_equal(narrow.astype(np.float64) * step, rounded)
        assert narrow.dtype.itemsize <= np.dtype(kind).itemsize or not weights.any()
        np.testing.assert_array_equal(round_weights(rounded, kind), rounded)


def test_storing_changes_no_number() -> None:
    """Whatever an array holds."""
    for values in [*WIDE, *ODD]:
        narrow, step = narrowed(values)
        np.testing.assert_array_equal(narrow.astype(np.float64) * step, values)


def test_a_table_of_zeros_and_ones_is_bytes() -> None:
    """One-hot tables shrink to an eighth."""
    narrow, step = narrowed(np.eye(20))
    assert (narrow.dtype, step) == (np.int8, 1.0)
