"""Holdout and folds divide the rows, the same way every time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, GroupShuffleSplit, KFold, RepeatedKFold, TimeSeriesSplit

from bigtrain.data import Dataset, folds, load_dataset, make_folds, split_holdout, table_digest
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
    expected = "4 rows: too few to hold out 1 and learn from 4 or more; bring more rows, or lower holdout"
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


SHOPS = ["north", "south", "east", "west", "mall", "harbour", "airport", "station"]


def divided(tmp_path: Path, cells: Sequence[object]) -> Dataset:
    """A table whose column `key` divides its rows."""
    rng = np.random.default_rng(1)
    lines = [f"{rng.normal()},{cell},{rng.normal()}" for cell in cells]
    path = tmp_path / "divided.csv"
    path.write_text("x,key,y\n" + "\n".join(lines))
    return load_dataset("csv", path=str(path), target="y", split_column="key")


def groups(n_rows: int) -> list[str]:
    return [SHOPS[i] for i in np.random.default_rng(0).integers(0, len(SHOPS), n_rows)]


@pytest.mark.parametrize("seed", [0, 5])
def test_a_group_is_never_torn(tmp_path: Path, seed: int) -> None:
    """Neither by the holdout nor by a fold; both are scikit-learn's draws."""
    shops = np.array(groups(120))
    dataset = divided(tmp_path, list(shops))
    assert dataset.numeric == ("x",)
    split = split_holdout(dataset, 0.25, seed, "group")
    expected = next(GroupShuffleSplit(1, test_size=0.25, random_state=seed).split(shops, groups=shops))
    np.testing.assert_array_equal(expected[1], split.holdout)
    parts = make_folds(dataset, split.train, 3, seed, "group")
    for train, test in [*parts, (split.train, split.holdout)]:
        assert not set(shops[train]) & set(shops[test])
    assert sorted(np.concatenate([test for _, test in parts])) == split.train.tolist()
    drawn = GroupKFold(3, shuffle=True, random_state=seed).split(split.train, groups=shops[split.train])
    for (train, test), (their_train, their_test) in zip(parts, drawn, strict=True):
        np.testing.assert_array_equal(split.train[their_train], train)
        np.testing.assert_array_equal(split.train[their_test], test)


@pytest.mark.parametrize(
    "times",
    [
        np.random.default_rng(2).permutation(60),
        [f"2026-{1 + i % 12:02d}-{1 + i // 12:02d}" for i in range(60)],
        [f"2026-01-{1 + i % 30:02d} {i % 24:02d}:30" for i in range(60)],
    ],
    ids=["numbers", "days", "minutes"],
)
def test_nothing_is_learned_from_the_future(tmp_path: Path, times: Sequence[object]) -> None:
    """Every row scored on is no earlier than all that was learned from, in folds and in the holdout."""
    dataset = divided(tmp_path, list(times))
    keys = np.argsort(np.argsort(np.array([str(t) for t in times]) if isinstance(times, list) else times))
    split = split_holdout(dataset, 0.2, 0, "time")
    parts = make_folds(dataset, split.train, 4, 0, "time")
    for train, test in [*parts, (split.train, split.holdout)]:
        assert keys[train].max() < keys[test].min()
    expected = list(TimeSeriesSplit(4).split(split.train))
    assert [(len(a), len(b)) for a, b in expected] == [(len(a), len(b)) for a, b in parts]


def test_without_a_column_time_is_the_tables_order() -> None:
    """The last rows are held out, and folds go forward."""
    dataset = load_dataset("document")
    split = split_holdout(dataset, 0.2, 3, "time")
    assert list(range(80, 100)) == split.holdout.tolist()
    for train, test in make_folds(dataset, split.train, 4, 3, "time"):
        assert train.tolist() == list(range(test[0]))


def test_repeated_folds_are_scikit_learns() -> None:
    """Every shuffle divides the rows anew."""
    dataset, rows = load_dataset("document"), np.arange(10, 90)
    parts = make_folds(dataset, rows, 4, 2, "repeated", 3)
    expected = RepeatedKFold(n_splits=4, n_repeats=3, random_state=2).split(rows)
    for (train, test), (their_train, their_test) in zip(parts, expected, strict=True):
        np.testing.assert_array_equal(rows[their_train], train)
        np.testing.assert_array_equal(rows[their_test], test)
    assert len(parts) == 12


def test_the_digest_covers_what_divides_the_rows(tmp_path: Path) -> None:
    """Another group for one row is another table."""
    shops = groups(40)
    before = divided(tmp_path, shops).digest
    assert divided(tmp_path, shops).digest == before
    assert divided(tmp_path, ["other", *shops[1:]]).digest != before


def test_a_column_that_divides_nothing_is_refused(tmp_path: Path) -> None:
    """Absent, with gaps, without order, or of too few groups: where, and what to do."""
    divided(tmp_path, groups(30))
    with pytest.raises(
        DataError, match=r"split\.column: there is no such column; received 'kez'.*did you mean"
    ):
        load_dataset("csv", path=str(tmp_path / "divided.csv"), target="y", split_column="kez")
    with pytest.raises(DataError, match=r"line 4.*missing in 1 of 30 rows|missing in 1 of 30 rows"):
        divided(tmp_path, [*groups(2), "", *groups(27)])
    with pytest.raises(
        DataError, match=r"'key': this column has no order; allowed: numbers, or dates like 2026"
    ):
        split_holdout(divided(tmp_path, groups(30)), 0.2, 0, "time")
    with pytest.raises(DataError, match=r"'key': 2 groups: too few, 3 are needed; lower holdout"):
        split_holdout(divided(tmp_path, ["a", "b"] * 15), 0.2, 0, "group")
    with pytest.raises(DataError, match=r"8 groups: too few, 9 are needed; lower cv"):
        make_folds(divided(tmp_path, groups(60)), np.arange(60), 9, 0, "group")
