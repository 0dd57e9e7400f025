"""The process that draws: never longer than what it draws for, and honest about what it can't."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bigtrain.report.painter import COMMAND, Painter


def test_it_ends_with_its_block() -> None:
    """Whether it was asked for anything or not."""
    with Painter() as painter:
        process = painter._process
        assert process.poll() is None
    assert process.returncode is not None


def test_it_ends_with_whoever_started_it() -> None:
    """A sweep that was killed sends nothing more: the end of its pipe ends the painter."""
    done = subprocess.run(COMMAND, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert done.returncode != 0


def test_what_it_cannot_draw_is_said_in_one_line(tmp_path: Path) -> None:
    """The last line of its traceback, as an error of the one who waits."""
    with Painter() as painter:
        painter.begin(None, tmp_path)  # type: ignore[arg-type]
        with pytest.raises(ChildProcessError, match=r"^AttributeError: 'NoneType' object .*$"):
            painter.finish()
