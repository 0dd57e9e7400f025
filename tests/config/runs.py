"""A command line tried in this process: what it said, and how it ended."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bigtrain.config import SweepConfig
from bigtrain.config.app import command

HERE = "FOLDER"
"""Stands for the working folder in expected lines."""


@dataclass
class Tried:
    """What came of a command line: exit code, output, errors, and the configurations that would have run."""

    code: int = 0
    out: str = ""
    err: str = ""
    configs: list[SweepConfig] = field(default_factory=list)


class Tryout:
    """Runs the command of a sweep up to the point where the sweep would begin."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str) -> Tried:
        """Try one command line."""
        tried = Tried()
        self._monkeypatch.setattr(sys, "argv", ["sweep.py", *arguments])
        try:
            command(tried.configs.append, "sweep")()
        except SystemExit as stop:
            tried.code = int(stop.code or 0)
        captured = self._capsys.readouterr()
        tried.out, tried.err = captured.out, captured.err.replace(str(Path.cwd()), HERE)
        return tried

    def line(self, *arguments: str) -> tuple[int, str]:
        """Try one that is wrong; return its code and its one line, and see that it left nothing behind."""
        before = sorted(Path.cwd().rglob("*"))
        tried = self(*arguments)
        assert tried.configs == []
        assert tried.out == ""
        assert tried.err.startswith("error: ")
        assert tried.err.count("\n") == 1
        assert before == sorted(Path.cwd().rglob("*"))
        return tried.code, tried.err.removeprefix("error: ").rstrip("\n")

    def config(self, *arguments: str) -> SweepConfig:
        """Try one that is right; return the configuration that would have run."""
        tried = self(*arguments)
        assert (tried.code, tried.err) == (0, "")
        (config,) = tried.configs
        return config
