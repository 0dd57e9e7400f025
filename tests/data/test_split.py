"""Holdout and folds divide the rows, the same way every time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import KFold

from bigtrain.data import Dataset, folds, load_dataset, split_holdout, table_digest
from bigtrain.errors import DataError, ParameterError


def first_rows(n_rows: int) -> Dataset:
    """The head of the document's table."""
    dataset = load_dataset("document")
    return replace(dataset, X=dataset.X.iloc[:n_rows], y=dataset.y[:n_rows])


@pytest.mark.parametrize("n_rows", [5, 6, 50, 100])
@pytest.mark.parametrize("fraction", [0.001, 0.2, 0.25])
@pytest.mark.parametrize("seed", [0, 7, 2**40])
def test_a_holdout_and_the_rest_are_all_rows_once(n_rows: int, fraction: float, seed: int) -> None:
    """Both parts have rows, none twice, as many as asked to rounding, and the seed decides which."""
    dataset = first_rows(n_rows)
    split = split_holdout(dataset, fraction, seed)
    assert list(range(n_rows)) == sorted([*split.train, *split.holdout])
    assert max(1, round(fraction * n_rows)) == len(split.holdout)
    again = split_holdout(dataset, fraction, seed)
    np.testing.assert_array_equal(split.holdout, again.holdout)
    assert split.digest == again.digest


def test_the_holdout_has_the_digest_of_its_rows() -> None:
    """It is the table's own digest function, over the rows held out; another draw has another."""
    dataset = load_dataset("diabetes")
    split = split_holdout(dataset, 0.2, 0)
    rows = split.holdout
    assert table_digest(dataset.X.iloc[rows], dataset.y[rows], "target") == split.digest
    assert split.digest != split_holdout(dataset, 0.2, 1).digest


@pytest.mark.parametrize("fraction", [0, 1, -0.5, 1.5, float("nan")])
def test_an_impossible_holdout_is_refused(fraction: float) -> None:
    """Nothing held out, or nothing left: refused by name."""
    with pytest.raises(ParameterError, match=r"holdout: impossible fraction; .*allowed: above 0 and below 1"):
        split_holdout(load_dataset("document"), fraction, 0)


def test_too_few_rows_to_hold_any_out_are_refused() -> None:
    """A holdout that leaves no room for folds is refused with the numbers."""
    expected = "4 rows are too few to hold out 1 and learn from 4 or more; bring more rows, or lower holdout"
    with pytest.raises(DataError, match=expected):
        split_holdout(first_rows(4), 0.2, 0)


@pytest.mark.parametrize(("n_rows", "cv"), [(2, 2), (10, 3), (10, 10), (442, 5)])
@pytest.mark.parametrize("seed", [0, 3, 2**32 + 3])
def test_every_row_is_tested_once(n_rows: int, cv: int, seed: int) -> None:
    """Folds are those of scikit-learn's shuffled KFold, so anybody can draw them again."""
    parts = folds(n_rows, cv, seed)
    assert list(range(n_rows)) == sorted(np.concatenate([test for _, test in parts]))
    expected = KFold(cv, shuffle=True, random_state=seed % 2**32).split(np.arange(n_rows))
    for (train, test), (expected_train, expected_test) in zip(parts, expected, strict=True):
        np.testing.assert_array_equal(expected_train, train)
        np.testing.assert_array_equal(expected_test, test)


def test_impossible_folds_are_refused() -> None:
    """More folds than rows, or fewer than two."""
    with pytest.raises(DataError, match=r"cv: more folds than the 4 rows to divide; received 5; lower cv"):
        folds(4, 5, 0)
    with pytest.raises(ParameterError, match=r"cv: too few folds; received 1; allowed: 2 or more"):
        folds(4, 1, 0)
