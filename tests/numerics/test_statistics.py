"""Statistics are those of the rows, however they were come by."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from scipy import sparse

from bigtrain.numerics.batches import Batches, permutation
from bigtrain.numerics.statistics import Statistics, statistics_of
from bigtrain.numerics.training_data import TrainingData

from .problems import Array, table


def close(one: Statistics, other: Statistics, tolerance: float = 1e-10) -> None:
    """Compare every sum."""
    for a, b in zip(astuple(one), astuple(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def weighted(n: int = 60) -> tuple[Array, Array, Array]:
    """Rows far from zero, two targets, weights."""
    X, y = table(n)
    return X + 1e3, np.column_stack([y, -y * X[:, 0]]), np.random.default_rng(1).uniform(0.5, 2, n)


def test_the_sums_are_their_definition() -> None:
    """Means and products of deviations, in one pass over tiles, equal numpy's in two."""
    X, Y, s = weighted(9_000)
    mean, goal = np.average(X, axis=0, weights=s), np.average(Y, axis=0, weights=s)
    xx = (X - mean).T @ ((X - mean) * s[:, None])
    expected = Statistics(
        s.sum(), mean, goal, xx, (X - mean).T @ ((Y - goal) * s[:, None]), s @ (Y - goal) ** 2
    )
    close(expected, statistics_of(X, Y, s))


def test_sparse_rows_have_the_same_sums() -> None:
    """A CSR matrix is summed without being made dense."""
    X, Y, s = weighted()
    X = np.where(np.abs(X - 1e3) > 0.8, X - 1e3, 0)
    close(statistics_of(X, Y, s), statistics_of(sparse.csr_matrix(X), Y, s))


def test_the_whole_less_a_part_is_the_rest() -> None:
    """And the parts joined are the whole: no row is read twice for a fold."""
    X, Y, s = weighted()
    whole, part, rest = (statistics_of(X[i], Y[i], s[i]) for i in (slice(None), slice(0, 15), slice(15, 60)))
    close(rest, whole.without(part), 1e-8)
    close(whole, part.joined(rest), 1e-8)


def test_scaled_sums_are_those_of_scaled_rows() -> None:
    """Centring and scaling needs the sums alone."""
    X, Y, s = weighted()
    whole = statistics_of(X, Y, s)
    mean, scale = whole.mean_x, whole.standard_deviation()
    close(statistics_of((X - mean) / scale, Y, s), whole.scaled(mean, scale), 1e-8)


def test_an_error_lost_in_rounding_is_taken_from_the_rows() -> None:
    """Where a model explains all but 1e-12 of y, the statistics can't tell and the rows can."""
    X, y = table()
    w = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    y = X @ w[:-1] + w[-1] + 1e-6 * y
    data = TrainingData(X, y)
    assert data.statistics is data.statistics
    expected = np.mean((X @ w[:-1] + w[-1] - y) ** 2)
    assert data.squared_error(w[:, None], np.zeros(1, dtype=int))[0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("shuffle", [True, "batches", False])
@pytest.mark.parametrize(("n", "size"), [(10, 3), (10, 10), (200, 64), (7, 1)])
def test_an_epoch_visits_every_row_once(shuffle: bool | str, n: int, size: int) -> None:
    """In batches of at most their size, and not in the same order as the epoch before."""
    batches = Batches(n, size, shuffle, seed=4)
    (first, starts), (second, _) = batches.rows(0), batches.rows(1)
    assert np.array_equal(np.sort(first), np.arange(n))
    assert starts[0] == 0
    assert starts[-1] == n
    assert len(starts) == batches.count + 1
    assert 1 <= np.diff(starts).min() <= np.diff(starts).max() <= size
    assert np.array_equal(first, second) == (shuffle is False or batches.count == 1)


@pytest.mark.parametrize("varied", [0, 1, 2])
def test_permutations_are_fair(varied: int) -> None:
    """Each of 5 numbers comes to each place equally often, within five standard deviations.

    Whichever part of the key it is that differs: the seed, what is drawn, or the epoch.
    """
    counts = np.zeros((5, 5))
    for number in range(4000):
        key = [number if place == varied else 1 for place in range(3)]
        counts[np.arange(5), permutation(5, *key)] += 1
    assert np.abs(counts - 800).max() < 5 * np.sqrt(4000 * 0.2 * 0.8)
