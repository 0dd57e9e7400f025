"""Draw a sweep's page in a process of its own, beside what the sweep has left to do.

Matplotlib's seconds are Python's own, so that a thread would only take turns with everything else.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from bigtrain.report.material import Material

COMMAND = (sys.executable, "-m", "bigtrain.report.painter")


class Painter:
    """A process that loads what drawing needs, and waits for something to draw.

    It ends with its block, whatever it is doing then, and by itself where this process is killed.
    """

    def __init__(self) -> None:
        # Not of the terminal's group: Ctrl-C is the sweep's to answer, and ends this with its block.
        self._process = subprocess.Popen(  # noqa: S603 - a module of ours
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._patience = ThreadPoolExecutor(1)
        self._said: Future[tuple[bytes, bytes]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._patience.shutdown()
        self._process.__exit__(kind, error, trace)

    def begin(self, material: Material, folder: Path) -> None:
        """Draw into a folder, from now on."""
        self._said = self._patience.submit(self._process.communicate, pickle.dumps((material, folder)))

    def finish(self) -> None:
        """Wait until all is drawn.

        Raises
        ------
        ChildProcessError
            If it can't be, with what the process said last.
        """
        said = self._said.result()[1].decode(errors="replace").strip() if self._said else ""
        if self._process.returncode:
            ended = f"ended with {self._process.returncode}"
            raise ChildProcessError(said.splitlines()[-1] if said else ended)


def main() -> None:
    """Draw what comes in, once."""
    from bigtrain.report.drawing import draw  # noqa: PLC0415 - a second, while nothing has come in yet

    material, folder = pickle.load(sys.stdin.buffer)  # noqa: S301 - from whoever started us
    draw(material, folder)


if __name__ == "__main__":
    main()
