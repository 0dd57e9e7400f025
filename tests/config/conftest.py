"""An empty working folder, and a way to try command lines in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .runs import Tryout


@pytest.fixture
def sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tryout:
    """Return a way to try command lines in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return Tryout(monkeypatch, capsys)
