"""What a run says of where it came from, without leaving a trace there."""

import subprocess
from pathlib import Path

import pytest

from bigtrain.provenance import provenance_tags


def git(*arguments: str) -> str:
    """Run git in the working folder."""
    who = ["-c", "user.name=law", "-c", "user.email=law@home", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *who, *arguments], capture_output=True, check=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with one commit."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("one\n")
    git("init", "--quiet")
    git("add", "file")
    git("commit", "--quiet", "--message", "one")
    return tmp_path


def test_the_commit_is_named_and_whether_it_was_changed(repository: Path) -> None:
    """The commit of the working folder, and whether the files are still those of it."""
    expected = {"mlflow.source.git.commit": git("rev-parse", "HEAD"), "bigtrain.git_dirty": "false"}
    assert expected.items() <= provenance_tags().items()
    (repository / "file").write_text("two\n")
    assert provenance_tags()["bigtrain.git_dirty"] == "true"


def test_to_look_writes_nothing(repository: Path) -> None:
    """Git's index stays as it is, even where git would like to refresh it."""
    # The same content at another time: what makes `git status` write down what it found.
    (repository / "file").write_text("one\n")
    index = repository / ".git" / "index"
    before = index.stat().st_mtime_ns, index.read_bytes()
    assert provenance_tags()["bigtrain.git_dirty"] == "false"
    assert before == (index.stat().st_mtime_ns, index.read_bytes())


def test_no_repository_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere there is no commit to name."""
    monkeypatch.chdir(tmp_path)
    assert not any("git" in key for key in provenance_tags())
