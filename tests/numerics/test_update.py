"""Updates step the columns of their run and leave every other number as it was, bit by bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from bigtrain.numerics.compilation import call
from bigtrain.numerics.lanes import Lanes
from bigtrain.numerics.memory import aligned_copies
from bigtrain.numerics.optimizers import RULES
from bigtrain.numerics.register_tile import place_of
from bigtrain.numerics.update import CLOCK_ROWS, HYPER_ROWS, update_address

FEATURES, WIDEST = 6, 24


@njit
def step(where: Any, w: Any, g: Any, s: Any, h: Any, clock: Any, rate: Any, start: Any, stop: Any) -> None:
    """Take one step, the last row of w being the intercept."""
    places = (place_of(w), place_of(g), place_of(s), place_of(h), place_of(clock), place_of(rate))
    sizes = (w.shape[0], w.shape[1], s.strides[0])
    call(where, (*places, *sizes, start, stop, w[0, 0]))


def columns(dtype: Any, count: int, features: int = FEATURES) -> list[np.ndarray]:
    """w, g, s, h, clock and rate of so many columns that have nothing in common, as `Columns` keeps them."""
    rng = np.random.default_rng(3)
    shapes = (features + 1,), (features + 1,), (3, features + 1), (HYPER_ROWS,), (CLOCK_ROWS,), ()
    drawn = [rng.uniform(0.1, 0.9, (*shape, WIDEST)) for shape in shapes]
    drawn[0][::2] *= -1
    drawn[1] *= rng.choice([-1, 1], drawn[1].shape)
    return aligned_copies([values.astype(dtype) for values in drawn], np.arange(count))


def stepped(optimizer: str, dtype: Any, arrays: list[np.ndarray], start: int, stop: int) -> list[np.ndarray]:
    """All numbers of the columns after a step of some of them."""
    after = aligned_copies(arrays, np.arange(arrays[0].shape[-1]))
    step(update_address(optimizer, np.dtype(dtype)), *after, start, stop)
    return after


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("optimizer", RULES)
def test_a_run_steps_alike_wherever_it_lies_and_no_other_number_moves(optimizer: str, dtype: Any) -> None:
    arrays = columns(dtype, WIDEST)
    alone = [stepped(optimizer, dtype, arrays, k, k + 1) for k in range(WIDEST)]
    for start in range(0, WIDEST, 3):
        for stop in range(start + 1, WIDEST + 1, 4):
            after = stepped(optimizer, dtype, arrays, start, stop)
            for values, before, single in zip(after, arrays, zip(*alone, strict=True), strict=True):
                inside = np.stack([single[k][..., k] for k in range(start, stop)], axis=-1)
                np.testing.assert_array_equal(values[..., start:stop], inside)
                outside = np.delete(values, slice(start, stop), axis=-1)
                np.testing.assert_array_equal(outside, np.delete(before, slice(start, stop), axis=-1))
    moved = np.stack([alone[k][0][..., k] for k in range(WIDEST)], axis=-1) != arrays[0]
    assert moved.all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("optimizer", RULES)
@pytest.mark.parametrize("features", [1, 2, 3, 4, 7, 12])
def test_a_column_on_its_own_steps_as_among_others(optimizer: str, dtype: Any, features: int) -> None:
    """Its rows are lanes, and a vector may begin in one slot of its state and end in the next, or behind."""
    among = stepped(optimizer, dtype, columns(dtype, WIDEST, features), 0, 8)
    given = columns(dtype, 1, features)
    own = aligned_copies(given, np.arange(1))
    block = own[0].base
    held = block.copy()
    step(update_address(optimizer, np.dtype(dtype)), *own, 0, 1)
    inside = np.zeros(len(block), dtype=bool)
    for array in own:
        first = array.__array_interface__["data"][0] - block.__array_interface__["data"][0]
        inside[first : first + array.nbytes] = True
    np.testing.assert_array_equal(block[~inside], held[~inside])
    tolerance = 20 * float(
        np.finfo(dtype).eps
    )  # the last row is a loop of its own, and may be fused otherwise
    for values, others in zip(own, among, strict=True):
        np.testing.assert_allclose(values[..., 0], others[..., 0], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("optimizer", RULES)
def test_what_is_not_a_number_stays_in_its_column_and_is_not_lost(optimizer: str, bad: float) -> None:
    arrays = columns(np.float64, WIDEST)
    arrays[1][2, 5] = bad
    after = stepped(optimizer, np.float64, arrays, 3, 9)
    good = stepped(optimizer, np.float64, columns(np.float64, WIDEST), 3, 9)
    others = np.arange(WIDEST) != 5
    np.testing.assert_array_equal(after[0][:, others], good[0][:, others])
    if not (np.isinf(bad) and optimizer == "lion"):  # which steps by the sign alone
        assert not np.isfinite(after[0][2, 5]) or not np.isfinite(after[2][:, 2, 5]).all()


def test_a_formula_that_would_choose_for_all_lanes_at_once_is_refused() -> None:
    """Python's own if, ==, max and min look at one thing and not at lanes."""
    lanes = Lanes(None, None)
    for choose in (bool, lambda x: x == 0, lambda x: x != 0, lambda x: 1 if x else 0):
        with pytest.raises(TypeError, match="maximum and minimum of bigtrain"):
            choose(lanes)
