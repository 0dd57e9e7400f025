"""The pages of the documentation as something that runs: ``python -m tests.pages PAGE [--slow]``.

A page is run in the working folder, block after block, as a reader would who follows it. What its
author marks, in an HTML comment on the line before a block:

``<!-- slow -->``              run by `pytest -m slow` only
``<!-- not run: WHY -->``      never run; only read
``<!-- exits: 78 -->``         must end with this code

A block of ``sh`` is run by bash, but for lines that are a command of bigtrain and nothing else: those run in
this process, since a process of its own for each would spend seconds on imports. The report of a page's first
sweep is drawn, those of later ones by ``--slow`` only. Blocks of ``python`` share their names. A block whose
first lines have a comment with a file's path is written to that file; one of ``diff`` is applied to the files
that it names.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LANGUAGES = ("sh", "python", "yaml", "text", "csv", "json", "toml", "diff")

FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MARK = re.compile(r"<!-- (slow|not run: .+?|exits: \d+) -->")
MARKS = re.compile(rf"(?:{MARK.pattern}\s*)+\Z")
FILE = re.compile(r"^# ([\w./-]+\.(?:yaml|py|csv|toml|json))\b", re.MULTILINE)
OWN = re.compile(r"^python -m (bigtrain\.\w+)\b(?!.*[|&;<>$])(.*)$")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its text, where it begins, and how it is marked."""

    language: str
    text: str
    line: int
    slow: bool = False
    not_run: bool = False
    exits: int = 0

    @property
    def file(self) -> str | None:
        """The file that it is, where its first two lines say so."""
        found = FILE.search("\n".join(self.text.splitlines()[:2]))
        return found[1] if found else None

    @property
    def lines(self) -> list[str]:
        """The commands of a block of ``sh``, continued lines joined."""
        joined = self.text.replace("\\\n", " ").splitlines()
        return [line for line in joined if line.strip() and not line.startswith("#")]

    @property
    def own_commands(self) -> list[tuple[str, list[str]]]:
        """The module and the arguments of each line, where all of them are commands of bigtrain."""
        found = [OWN.match(line) for line in self.lines]
        return [(m[1], shlex.split(m[2], comments=True)) for m in found if m] if all(found) else []


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a page, in order."""
    for fence in FENCE.finditer(text):
        marks = _marks(text[: fence.start()])
        exits = [int(mark.removeprefix("exits: ")) for mark in marks if mark.startswith("exits")]
        yield Block(
            language=fence[1],
            text=fence[2],
            line=text.count("\n", 0, fence.start()) + 1,
            slow="slow" in marks,
            not_run=any(mark.startswith("not run") for mark in marks),
            exits=exits[0] if exits else 0,
        )


def _marks(before: str) -> list[str]:
    """Return the marks that end the text before a block."""
    found = MARKS.search(before)
    return MARK.findall(found[0]) if found else []


@dataclass
class Session:
    """A reader in the working folder, with a shell and a Python prompt."""

    page: Path
    slow: bool
    names: dict[str, object] = field(default_factory=dict)
    n_sweeps: int = 0

    def follow(self, block: Block) -> None:
        """Do what one block says."""
        where = f"{self.page.name}:{block.line}"
        if block.file:
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.text)
        elif block.language == "diff":
            subprocess.run(["git", "apply", "-"], input=block.text, text=True, check=True)
        elif block.language == "python":
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                # Its lines keep the page's numbers in a traceback.
                exec(compile("\n" * block.line + block.text, str(self.page), "exec"), self.names)
            if told:  # a reader would see them, and wonder
                raise SystemExit(f"{where}: {told[0].category.__name__}: {told[0].message}")
        elif block.own_commands:
            for module, arguments in block.own_commands:
                code = call(module, [*arguments, *self.less(module, arguments)])
                if code != block.exits:
                    raise SystemExit(f"{where}: {module} {shlex.join(arguments)}: exit code {code}")
        elif block.language == "sh":
            done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", block.text], check=False)
            if done.returncode != block.exits:
                raise SystemExit(f"{where}: exit code {done.returncode}")

    def less(self, module: str, arguments: list[str]) -> list[str]:
        """What saves time: the same figures of another sweep take longer to draw than its trials."""
        if module != "bigtrain.sweep" or "--cfg" in arguments:
            return []
        self.n_sweeps += 1
        return ["report=false"] if self.n_sweeps > 1 and not self.slow else []


def call(module: str, arguments: list[str]) -> int:
    """Run ``python -m MODULE ARGUMENTS`` in this process; return its exit code."""
    sys.argv[1:] = arguments
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*found in sys.modules.*", RuntimeWarning)
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def main(page: Path, *, slow: bool) -> None:
    """Run the blocks of one page in the working folder."""
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    session = Session(page, slow)
    for block in blocks(page.read_text("utf-8")):
        if not block.not_run and (slow or not block.slow):
            session.follow(block)


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main(Path(sys.argv[1]).resolve(), slow="--slow" in sys.argv[2:])
