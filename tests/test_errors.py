"""An error is one line, whatever went into it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigtrain import errors


@given(st.text(), st.text(), st.text())
def test_an_error_is_one_line(problem, where, received):
    """No message has a line break, even where the value received has many."""
    message = str(errors.DataError(problem, where=where, received=received, hint="a\nb"))
    assert len(message.splitlines()) == 1


def test_an_error_says_where_what_and_what_to_do():
    """The parts come in a fixed order."""
    error = errors.ConfigError(
        "too small", where="cv", received=1, allowed="an integer >= 2", hint="try cv=5"
    )
    assert str(error) == "cv: too small; received 1; allowed: an integer >= 2; try cv=5"


def test_a_long_value_is_shortened():
    """A value of a thousand characters doesn't hide the rest of the line."""
    assert len(str(errors.ConfigError("no", received="x" * 1000))) < 150


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.UsageError, 64),
        (errors.DataError, 65),
        (errors.NoInputError, 66),
        (errors.StoreUnreachableError, 69),
        (errors.StorageError, 74),
        (errors.NoTrialCompletedError, 75),
        (errors.RefusedError, 77),
        (errors.ConfigError, 78),
    ],
)
def test_every_kind_has_its_exit_code(kind, code):
    """Scripts can tell the kinds apart by sysexits' codes."""
    assert kind("x").exit_code == code
