"""What is so for all tests."""

import signal

import pytest

# Whoever starts the tests in the background of a script hands on a SIGINT that is ignored, and what is tested
# would be deaf to it in turn.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test takes from the environment is no secret in the next, in whatever order they run."""
    monkeypatch.setattr("bigtrain.redaction._hidden", {})
