"""A tracking URI is read once: absolute, without secrets in what is shown, or refused in words."""

from pathlib import Path

import pytest

from bigtrain.errors import ConfigError
from bigtrain.tracking.address import read_address

ROOT = Path("/somewhere")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (None, "sqlite:////somewhere/mlruns/mlflow.db"),
        ("sqlite:///runs.db", "sqlite:////somewhere/runs.db"),
        ("sqlite:////else/where/runs.db", "sqlite:////else/where/runs.db"),
        ("http://127.0.0.1:5000/", "http://127.0.0.1:5000"),
        ("postgresql://me:secret@host:5432/runs", "postgresql+psycopg2://me:secret@host:5432/runs"),
        ("postgresql+psycopg://host/runs", "postgresql+psycopg://host/runs"),
    ],
)
def test_a_good_uri_becomes_absolute(uri: str | None, expected: str) -> None:
    """What MLflow gets does not depend on the working folder."""
    assert read_address(uri, None, ROOT).uri == expected


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("", "no runs in plain folders"),
        ("mlruns", "no runs in plain folders"),
        ("file:///tmp/mlruns?token=secret", "no runs in plain folders"),
        ("postgresql:me:secret@host/runs", "no runs in plain folders"),
        ("sqlite://", "needs a file"),
        ("sqlite:///", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite://me:secret@host/runs", "needs a file"),
        ("sqlite:///a?password=secret", "can't use a path"),
        ("http://me:secret@", "not an address"),
        ("http://me:secret@host:port", "not an address"),
        ("http://me:secret@host:99999", "not an address"),
        ("http://secret@host:99999", "not an address"),
        ("http://me:se cret@host", "no spaces"),
        ("postgresql://me:secret@", "not a database address"),
        ("postgresql://me:secret@host:port/runs", "not a database address"),
        ("postgresql://me:se cret@host/runs", "no spaces"),
        ("redis://me:secret@host/1", "unknown kind of store"),
    ],
)
def test_a_bad_uri_is_refused_by_name(uri: str, said: str) -> None:
    """The message names the key, and a password is never in it."""
    with pytest.raises(ConfigError, match=f"tracking.uri: .*{said}") as caught:
        read_address(uri, None, ROOT)
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://me:secret@host/runs",
        "postgresql://me:/secret@host/runs",
        "postgresql://host/runs?user=me&password=secret",
        "https://me:secret@host/mlflow",
        "http://me:a@secret@host",
        "http://secret@host",
    ],
)
def test_secrets_are_not_shown(uri: str) -> None:
    """The form for messages and files has no password."""
    address = read_address(uri, None, ROOT)
    assert "secret" in address.uri
    assert "secret" not in address.shown


@pytest.mark.parametrize(
    ("uri", "artifacts", "expected"),
    [
        (None, None, "/somewhere/mlruns/artifacts"),
        (None, "files", "/somewhere/files"),
        (None, "s3://bucket/files", "s3://bucket/files"),
        ("http://host", None, None),
    ],
)
def test_artifacts_have_a_place(uri: str | None, artifacts: str | None, expected: str | None) -> None:
    """Files go beside the store, where they were asked to go, or where the server puts them."""
    assert read_address(uri, artifacts, ROOT).artifacts == expected
