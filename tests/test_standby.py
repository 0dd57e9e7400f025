"""A process on standby: never longer than what it stands by for, and honest about what it can't do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from bigtrain.standby import COMMAND, Standby

HERE = "tests.test_standby"


def write(path: Path, words: str) -> None:
    """Write words into a file."""
    path.write_text(words)


def write_for_ever(path: Path) -> None:
    """Write, and write again."""
    while True:
        path.write_text("words")
        time.sleep(1e-3)


def write_for_ever_in_forks(path: Path) -> None:
    """Have it written by a pool."""
    with ProcessPoolExecutor(2, get_context("fork")) as pool:
        list(pool.map(write_for_ever, [path, path]))


def write_twice(path: Path, words: str) -> None:
    """Write, with a fork that goes on for ever."""
    if os.fork() == 0:
        path.write_text(str(os.getpid()))
        time.sleep(3600)
    path.with_suffix(".parent").write_text(words)
    time.sleep(3600)


def fail(*_: object) -> None:
    """Fail in words."""
    raise ValueError("first line\nlast line")


def end_at_once(*_: object) -> None:
    """End as a process that is killed does."""
    os._exit(3)


def hang(*_: object) -> None:
    """Do nothing, for long."""
    time.sleep(3600)


def litter() -> None:
    """Hold a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="litter"):
        time.sleep(3600)


def note_rehearsal() -> None:
    """Leave a trace."""
    Path("rehearsed").touch()


def wait_and_write(path: Path) -> None:
    """Write once this process is nobody's child."""
    while os.getppid() == int(sys.argv[1]):
        time.sleep(1e-3)
    path.write_text("words")


def test_it_does_the_call_after_its_rehearsal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the arguments it is given; `finish` waits for it."""
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    with Standby(f"{HERE}:write", f"{HERE}:note_rehearsal") as standby:
        assert not standby.used
        standby.begin(tmp_path / "written", "words")
        standby.finish()
        assert standby.used
        assert not standby.scratch.exists()  # nothing was left in it, so that nobody has to remove it
    assert (tmp_path / "written").read_text() == "words"
    assert (tmp_path / "rehearsed").exists()


@pytest.mark.parametrize("asked", [False, True])
def test_it_ends_with_its_block_and_so_do_its_forks(tmp_path: Path, *, asked: bool) -> None:
    """Whatever it is doing then."""
    fork = tmp_path / "fork"
    with Standby(f"{HERE}:write_twice") as standby:
        process = standby._process
        assert process.poll() is None
        if asked:
            standby.begin(fork, "words")
            while not (fork.exists() and fork.read_text()):
                time.sleep(1e-3)
    assert process.returncode is not None
    if asked:
        assert _ends(int(fork.read_text()))


def test_it_leaves_nothing_where_it_is_ended_in_its_rehearsal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a rehearsal in the middle of which it is ended go with it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Standby(f"{HERE}:write", f"{HERE}:litter"):
        while not list(tmp_path.rglob("litter*")):
            time.sleep(1e-3)
    assert list(tmp_path.iterdir()) == []


def _ends(pid: int) -> bool:
    """Whether a process ends, or is a corpse that nobody buries."""
    for _ in range(1_000):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(1e-2)
    return False


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """Who was killed sends nothing more: the end of its pipe ends the process."""
    done = subprocess.run(
        [*COMMAND, str(os.getpid()), str(tmp_path / "scratch"), f"{HERE}:write"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("fail", r"^last line$"),
        ("end_at_once", r"^ended with 3$"),
        ("nothing", r"has no attribute 'nothing'$"),
    ],
)
def test_what_it_cannot_do_is_said_in_one_line(function: str, said: str) -> None:
    """The last line of its traceback, or its exit code, as an error of the one who waits."""
    with Standby(f"{HERE}:{function}") as standby:
        standby.begin(None)
        with pytest.raises(ChildProcessError, match=said):
            standby.finish()


def test_nobody_has_to_wait_for_ever(tmp_path: Path) -> None:
    """Who waits for so long and no longer is told; the call goes on until it is stopped."""
    written = tmp_path / "written"
    with Standby(f"{HERE}:write_for_ever") as standby:
        standby.begin(written)
        while not written.exists():
            time.sleep(1e-3)
        with pytest.raises(TimeoutError):
            standby.finish(0.01)
        written.unlink()
        while not written.exists():
            time.sleep(1e-3)


@pytest.mark.parametrize("call", ["write_for_ever", "write_for_ever_in_forks", "wait_and_write"])
def test_nothing_is_done_for_who_has_ended(tmp_path: Path, call: str) -> None:
    """Who was killed meanwhile may have been started again, and do the same thing now."""
    written = tmp_path / "written"
    script = "\n".join(
        [
            "import os, signal, time; from pathlib import Path; from bigtrain.standby import Standby",
            f"standby = Standby('{HERE}:{call}')",
            f"standby.begin(Path({str(written)!r}))",
            "print(standby._process.pid, flush=True)",
            f"while {call != 'wait_and_write'} and not Path({str(written)!r}).exists(): time.sleep(1e-3)",
            "os.kill(os.getpid(), signal.SIGKILL)",
        ]
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    said = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert said.returncode == -signal.SIGKILL
    assert _ends(int(said.stdout))
    written.unlink(missing_ok=True)
    time.sleep(0.1)
    assert list(tmp_path.iterdir()) == []  # nothing is written any more, and no scratch folder is left
