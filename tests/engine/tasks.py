"""Tasks for workers: what imports this imports nothing slow, so that a worker has begun in a moment."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any
from uuid import uuid4


class Marked:
    """A task that leaves a file with its process's number for as long as it is at work."""

    def __init__(self, task: Any, folder: Path) -> None:
        self.task, self.folder = task, folder

    @property
    def trials(self) -> Any:
        return self.task.trials

    def __call__(self) -> Any:
        mark = self.folder / uuid4().hex
        mark.with_suffix(".new").write_text(str(os.getpid()))
        mark.with_suffix(".new").rename(mark)
        try:
            return self.task()
        finally:
            mark.unlink()


class Nap:
    """A task that says who ran it; the first one to find a file takes it away and hangs."""

    def __init__(self, first: Path) -> None:
        self.first = first

    def __call__(self) -> int:
        if self.first.exists():
            self.first.unlink()
            time.sleep(600)
        return os.getpid()


class Deadly:
    """A task that ends its worker each time."""

    def __call__(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Endless:
    """A task that nobody can wait for."""

    def __init__(self, begun: Path) -> None:
        self.begun = begun

    def __call__(self) -> None:
        self.begun.touch()
        time.sleep(600)


class Mention:
    """A task with a value of its own."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self) -> Any:
        return self.value.value


class Fault:
    """A task that fails."""

    def __call__(self) -> int:
        return 1 // 0


class Reads:
    """A task that says it has begun, and waits for what nobody writes."""

    def __init__(self, begun: Path, never: Path) -> None:
        self.begun, self.never = begun, never

    def __call__(self) -> None:
        self.begun.write_text("")
        self.never.read_text()
