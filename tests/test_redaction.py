"""A password is in nothing that is said or kept, wherever it stands and whatever signs it has."""

import sys
from pathlib import Path

import pytest

from bigtrain.errors import ConfigError
from bigtrain.provenance import provenance_tags
from bigtrain.redaction import redacted

URIS = [
    ("postgresql://me:secret@host/db", "postgresql://…@host/db"),
    ("postgresql://me:se/cret@host/db", "postgresql://…@host/db"),
    ("postgresql://me:p@secret@host/db", "postgresql://…@host/db"),
    ("postgresql://me:se?cret@host/db", "postgresql://…@host/db"),
    ("postgresql://me:se#cret@host/db", "postgresql://…@host/db"),
    ("postgresql://me:se'cret\"@host/db", "postgresql://…@host/db"),
    ("postgresql:me:secret@host/db", "postgresql:…@host/db"),
    ("postgresql://host/db?user=me&password=secret", "postgresql://host/db?user=me&password=…"),
    ("postgresql://host/db?PWD=secret&x=1", "postgresql://host/db?PWD=…&x=1"),
    ("https://secret@host", "https://…@host"),
    ("//secret@host", "//…@host"),
    ("http://me:secret@host:99999", "http://…@host:99999"),
    ("s3://bucket/model?sig=secret&token=secret", "s3://bucket/model?sig=…&token=…"),
    ("s3://bucket/model?sslkey=secret&api_key=secret", "s3://bucket/model?sslkey=…&api_key=…"),
    (f"http://me:{'secret' * 100}@host", "http://…@host"),
]
HARMLESS = [
    "sqlite:////home/me/mlruns/mlflow.db",
    "http://127.0.0.1:5000/#/experiments/1 is for me@home",
    "python -m bigtrain.sweep n_trials=4 name=a@b space.l1={low:0,high:1}",
    'mlflow.sklearn.load_model("models:/mine@champion")',
    "an override is KEY=VALUE; a list is KEY=[a,b]",
    "",
]


@pytest.mark.parametrize(("uri", "expected"), URIS)
def test_the_secret_of_an_address_is_left_out(uri: str, expected: str) -> None:
    """What is left says which host and which database; alone, in a text, and in quotes."""
    assert expected == redacted(uri)
    assert f"uri: {expected}\nseed: 7" == redacted(f"uri: {uri}\nseed: 7")
    assert expected == redacted(expected)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_holds_no_secret_stays_as_it_is(text: str) -> None:
    """Files, links, names and the rest of a command line are not touched."""
    assert text == redacted(text)


@pytest.mark.parametrize("part", ["problem", "where", "received", "allowed", "hint"])
@pytest.mark.parametrize(("uri", "expected"), URIS)
def test_no_error_says_it(part: str, uri: str, expected: str) -> None:
    """Whichever part of an error an address comes in by."""
    given = {"problem": "no", part: uri}
    said = str(ConfigError(given.pop("problem"), **given))  # type: ignore[arg-type]
    for piece in ("secret", "cret"):
        assert piece not in said


@pytest.mark.parametrize(("uri", "expected"), URIS)
def test_the_command_line_is_kept_without_it(
    uri: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run's source names the command, quoted as the shell needs it, without the password."""
    monkeypatch.setattr(sys, "argv", [str(Path("bigtrain", "sweep.py")), "n_trials=4", f"tracking.uri={uri}"])
    kept = provenance_tags()["mlflow.source.name"]
    assert kept.startswith("python -m bigtrain.sweep n_trials=4 ")
    assert f"tracking.uri={expected}" in kept
    assert "cret" not in kept
