"""Laws of the phrases that many messages share."""

from __future__ import annotations

import pytest

from bigtrain.wording import (
    counted,
    did_you_mean,
    did_you_mean_or_all,
    did_you_mean_or_some,
    some_of,
    there_are,
    write_as_key,
)

KEYS = ("name", "n_trials", "seed", "champion_within", "data", "tracking.uri")


@pytest.mark.parametrize(
    ("count", "nouns", "said"),
    [
        (0, ("trial",), "0 trials"),
        (1, ("trial",), "1 trial"),
        (2, ("trial",), "2 trials"),
        (1000, ("trial",), "1,000 trials"),
        (1, ("leaf", "leaves"), "1 leaf"),
        (3, ("leaf", "leaves"), "3 leaves"),
    ],
)
def test_things_are_counted_as_people_do(count: int, nouns: tuple[str, ...], said: str) -> None:
    """One is one, all others are several."""
    assert counted(count, *nouns) == said


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 1009])
def test_of_many_some_are_said_and_the_rest_is_counted(count: int) -> None:
    """Nothing is left out without a word."""
    names = [f"n{number}" for number in range(count)]
    said, _, more = some_of(names, 8).partition(" and ")
    assert said.split(", ") == names[:8]
    assert more == (f"{count - 8:,} more" if count > 8 else "")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("1", "there is 1"),
        ("21", "there are 2, 1"),
        ("987654321", "there are 9, 8, 7, 6, 5, 4, 3, 2 and 1 more"),
    ],
)
def test_what_there_is_agrees_with_its_verb(names: str, said: str) -> None:
    """One is, several are."""
    assert there_are([*names]) == said


@pytest.mark.parametrize(
    ("name", "known", "or_none", "or_all", "or_some"),
    [
        ("pr", ["id"], None, "there is: id", "there is 'id'"),
        ("pr", ["id", "Price"], None, "there are: id, Price", "there are 'id', 'Price'"),
        ("prize", ["id", "Price"], *["did you mean Price?"] * 2, "did you mean 'Price'?"),
        ("PRICE", ["id", "price"], *["did you mean price?"] * 2, "did you mean 'price'?"),
        ("price", ["id", "a price"], *["did you mean a price?"] * 2, "did you mean 'a price'?"),
        ("x", [*"abcd"], None, "there are: a, b, c, d", "there are 'a', 'b', 'c', 'd'"),
    ],
)
def test_who_misspells_is_told_the_nearest_name(
    name: str, known: list[str], or_none: str | None, or_all: str, or_some: str
) -> None:
    """In whichever case; where none is near, the names that there are, if something must be said."""
    assert did_you_mean(name, known) == or_none
    assert did_you_mean_or_all(name, known) == or_all
    assert did_you_mean_or_some(name, known) == or_some


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--n-trials 5", "write n_trials=5"),
        ("-n 5", "write n_trials=5"),
        ("--n_trials=5", "write n_trials=5"),
        ("--trials 5", "write n_trials=5"),
        ("--seed=-1", "write seed=-1"),
        ("--seed", "write seed=…"),
        ("--seed --data", "write seed=…"),
        ("--seed data=csv", "write seed=…"),
        ("--data.path x.csv", "write data.path=x.csv"),
        ("--tracking.uri x", "write tracking.uri=x"),
        ("-x 5", None),
        ("--", None),
        ("seed", None),
    ],
)
def test_an_option_of_another_manner_is_said_in_ours(line: str, said: str | None) -> None:
    """Whichever dashes it has, and wherever its value stands."""
    arguments = line.split()
    assert write_as_key(arguments[0], arguments, KEYS) == said
