"""Laws of evidence: a difference counts where chance alone would not make it."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from bigtrain.registry.evidence import MOST_UNITS, compare


def errors(n_rows: int, scale: float = 1.0, seed: int = 0) -> np.ndarray:
    """Errors of a model."""
    return scale * np.random.default_rng(seed).normal(size=n_rows)


def rmse_difference(new: np.ndarray, old: np.ndarray, axis: int = -1) -> np.ndarray:
    """The difference of two root mean squared errors."""
    return np.sqrt(np.mean(new**2, axis=axis)) - np.sqrt(np.mean(old**2, axis=axis))


@pytest.mark.parametrize(("n_rows", "better"), [(30, 0.8), (500, 0.95), (2000, 1.0)])
def test_the_interval_is_the_bootstraps(n_rows: int, better: float) -> None:
    """A plain loop over drawn rows, and scipy's corrected kind, agree with it to the draw's noise."""
    old = errors(n_rows)
    new = better * old + errors(n_rows, 0.1, seed=1)
    found = compare(new, old)
    rng = np.random.default_rng(5)
    drawn = []
    for _ in range(4000):
        rows = rng.integers(0, n_rows, n_rows)
        drawn.append(rmse_difference(new[rows], old[rows]))
    width = np.ptp(np.percentile(drawn, [2.5, 97.5]))
    assert [found.low, found.high] == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.08 * width)
    bca = bootstrap((new, old), rmse_difference, paired=True, n_resamples=2000, rng=rng).confidence_interval
    assert [found.low, found.high] == pytest.approx(list(bca), abs=0.25 * width)
    assert found.difference == pytest.approx(rmse_difference(new, old))
    assert found.rows == n_rows


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Of many pairs of models that are equally good, about one in twenty seems to differ."""
    wrong = 0
    for seed in range(120):
        shared = errors(150, seed=3 * seed)
        new = shared + errors(150, 0.5, seed=3 * seed + 1)
        old = shared + errors(150, 0.5, seed=3 * seed + 2)
        found = compare(new, old)
        wrong += found.is_better or found.is_worse
    assert 1 <= wrong <= 15


def test_pairing_counts() -> None:
    """A small gain on every row is evidence, though the rows differ by far more."""
    old = errors(300) * np.logspace(-2, 2, 300)
    assert compare(0.97 * old, old).is_better
    assert compare(old, 0.97 * old).is_worse
    unpaired = compare(0.97 * old[np.random.default_rng(0).permutation(300)], old)
    assert not unpaired.is_better


def test_the_same_errors_give_the_same_interval() -> None:
    """Nothing but the errors decides, to the last bit."""
    old, new = errors(400), errors(400, seed=1)
    assert compare(new, old) == compare(new, old)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_equal_errors_are_no_evidence(sign: float) -> None:
    """A model is not better than itself, nor than its mirror image."""
    found = compare(sign * errors(50), errors(50))
    assert (found.difference, found.low, found.high) == (0, 0, 0)
    assert not found.is_better


def test_one_row_is_no_evidence() -> None:
    """However much better it is there."""
    assert not compare(np.array([0.0]), np.array([9.0])).is_better


def test_millions_of_rows_are_grouped() -> None:
    """Drawing groups of rows gives the interval of drawing rows, whose width is that of the normal law."""
    n_rows = 40 * MOST_UNITS + 17
    old, noise = errors(n_rows), errors(n_rows, 0.2, seed=1)
    new = old + noise
    found = compare(new, old)
    squares = np.stack([new**2, old**2])
    slope = 0.5 / np.sqrt(squares.mean(axis=1)) * [1, -1]
    deviation = np.sqrt(slope @ np.cov(squares) @ slope / n_rows)
    assert found.high - found.low == pytest.approx(2 * 1.96 * deviation, rel=0.1)
    assert found.rows == n_rows
