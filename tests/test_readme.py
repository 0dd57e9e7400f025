"""What the README shows works as it stands there."""

import re
import shlex
from pathlib import Path

import pytest

from bigtrain.config.app import compose
from bigtrain.job import run_job
from bigtrain.report import Console

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"`python -m bigtrain\.sweep ?([^`]*)`", README)
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
KNOBS = re.findall(r"`(?:'([^`]*)'|(~?space\.[^`]*))`", README.partition("is replaced whole")[2])


@pytest.mark.parametrize("command", [c for c in COMMANDS if not c.startswith("-")])
def test_every_command_composes(command):
    """A command of the README is a valid configuration, with a file and a column put in."""
    overrides = shlex.split(command.replace("FILE", "table.csv").replace("COLUMN", "price"))
    assert compose(overrides).n_trials >= 1


@pytest.mark.parametrize("knob", [quoted or plain for quoted, plain in KNOBS])
def test_every_knob_composes(knob):
    """A knob of the README can be given on the command line as it stands."""
    assert compose([knob]).space.knobs


def test_the_recipe_composes(tmp_path, monkeypatch):
    """The README's recipe works from a folder sweeps/ of one's own."""
    (recipe,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "sweeps").mkdir()
    (tmp_path / "sweeps" / "mine.yaml").write_text(recipe)
    monkeypatch.chdir(tmp_path)
    config = compose(["sweeps=mine"])
    assert config.n_trials == 128
    assert list(config.space.tree) == ["optimizer", "l1", "l2", "batch_size"]


def test_the_python_runs(tmp_path, monkeypatch):
    """Every block of Python runs, after the sweep whose champion it loads."""
    monkeypatch.chdir(tmp_path)
    config = compose(["n_trials=4", "cohort=4", "verbose=0"])
    run_job(config, Console(config))
    for block in PYTHON:
        exec(compile(block, "README.md", "exec"), {})


def test_the_check_command_is_what_runs_elsewhere():
    """The README's second command is the one that continuous integration runs."""
    (command,) = re.findall(r"^python3 .*-m tests$", README, re.MULTILINE)
    assert command in (ROOT / ".ci" / "run").read_text()
    assert command in (ROOT / "CONTRIBUTING.md").read_text()
