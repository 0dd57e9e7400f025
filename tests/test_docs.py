"""What the README and the site show works as it stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from bigtrain.config.app import compose
from tests.forks import run
from tests.pages import LANGUAGES, PAGES, ROOT, Block, blocks

README = ROOT / "README.md"
WHOLE = [README, *(ROOT / "docs" / f"{page}.md" for page in ("tutorial", "spaces"))]
"""Pages that are followed in every run of the tests; the others are read then, and followed by `-m slow`."""

ALL = [
    pytest.param(block, id=f"{page.relative_to(ROOT)}:{block.line}")
    for page in PAGES
    for block in blocks(page.read_text("utf-8"))
]
KNOBS = re.findall(
    r"`(?:'([^`]*)'|(~?space\.[^`]*))`", README.read_text("utf-8").partition("is replaced whole")[2]
)
COMMANDS = [
    pytest.param(command, id=f"{page.name}: {command}")
    for page in PAGES
    for command in re.findall(r"`python -m bigtrain\.sweep ?([^`]*)`", page.read_text("utf-8"))
    if not command.startswith("-")
]


def name(page: Path) -> str:
    """Return the page's path as a test's name."""
    return str(page.relative_to(ROOT))


def follow(page: Path, folder: Path, *options: str) -> None:
    """Follow a page in a process and a folder of its own, and show its output where it fails."""
    done = run("tests.pages", str(page), *options, folder=folder, kill_after=1200)
    assert done.code == 0, f"{done.out[-3000:]}\n{done.err[-3000:]}"


@pytest.mark.parametrize("page", WHOLE, ids=name)
def test_a_page_can_be_followed(page: Path, tmp_path: Path) -> None:
    """Every block of the page does what it says, in the order of the page, but for those marked as slow."""
    follow(page, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_page_can_be_followed(page: Path, tmp_path: Path) -> None:
    """Every block of every page does what it says, slow ones too."""
    follow(page, tmp_path, "--slow")


@pytest.mark.parametrize("block", ALL)
def test_a_block_is_what_it_says(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block says its language and can be read in it; a change can be made to the sources as they are."""
    assert block.language in LANGUAGES or block.language.startswith("{")
    monkeypatch.chdir(tmp_path)
    if block.language == "python":
        compile(block.text, "block", "exec")
    elif block.language == "yaml":
        yaml.safe_load(block.text)
    elif block.language == "diff":
        subprocess.run(["git", "apply", "--check", "-"], input=block.text, text=True, check=True, cwd=ROOT)
    elif block.language == "sh":
        subprocess.run(["bash", "-n", "-c", block.text], check=True)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_in_a_sentence_composes(command: str) -> None:
    """A sweep's command is a valid configuration, with a file and a column put in."""
    overrides = command.replace("FILE", "table.csv").replace("COLUMN", "price")
    assert compose(shlex.split(overrides)).n_trials >= 1


@pytest.mark.parametrize("knob", [quoted or plain for quoted, plain in KNOBS])
def test_every_knob_composes(knob: str) -> None:
    """A knob of the README can be given on the command line as it stands."""
    assert compose([knob]).space.knobs


def test_the_check_command_is_what_runs_elsewhere() -> None:
    """The README's second command is the one that continuous integration runs."""
    (command,) = re.findall(r"^python3 .*-m tests$", README.read_text("utf-8"), re.MULTILINE)
    assert command in (ROOT / ".ci" / "run").read_text()
    assert command in (ROOT / "CONTRIBUTING.md").read_text()


def test_the_site_is_whole(tmp_path: Path) -> None:
    """The site can be built, and no link of it leads nowhere."""
    done = run("sphinx", "-q", "-W", "--keep-going", str(ROOT / "docs"), str(tmp_path))
    assert done.code == 0, done.err
    assert "GradientRegressor" in (tmp_path / "api.html").read_text()
    assert "holdout" in (tmp_path / "configuration.html").read_text()
