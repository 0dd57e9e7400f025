"""Print the tables of one suite or of all: ``python -m benchmarks [training] [--quick] [--write]``."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import benchmarks
from benchmarks import machine
from benchmarks.table import Table

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
HEAD = (
    "# Benchmarks\n\nEvery figure is written by `python -m benchmarks --write`; none is typed in by hand.\n"
)


def suites() -> list[str]:
    """Return the names of the packages beside this file, one a suite."""
    return [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.ispkg]


def tables(suite: str, only: str | None, quick: bool) -> Iterator[Table]:
    """Run the modules that the suite lists in ``TABLES``, in that order."""
    for name in importlib.import_module(f"benchmarks.{suite}").TABLES:
        if only in (None, name):
            print(f"{suite}: {name} …", file=sys.stderr, flush=True)
            yield importlib.import_module(f"benchmarks.{suite}.{name}").run(quick)


def write_section(suite: str, text: str) -> None:
    """Replace one suite's section of the page, or add it; the other suites' sections stay."""
    page = PAGE.read_text() if PAGE.exists() else HEAD
    begin, end = f"<!-- begin {suite} -->", f"<!-- end {suite} -->"
    section = f"{begin}\n{text}\n{end}"
    pattern = re.compile(f"{begin}.*?{end}", re.DOTALL)
    page = pattern.sub(lambda _: section, page) if pattern.search(page) else f"{page}\n{section}\n"
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page)


def main(arguments: list[str] | None = None) -> None:
    """Parse the command line, run, print, and write where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "suites", nargs="*", metavar="suite", help=f"of {', '.join(suites())}; all by default"
    )
    parser.add_argument("--only", metavar="table", help="run one table of the suite")
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes: shows that it runs, measures nothing"
    )
    parser.add_argument(
        "--write", action="store_true", help=f"put the tables into {PAGE.parent.name}/{PAGE.name}"
    )
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.suites) - set(suites()):
        parser.error(f"no such suite: {', '.join(sorted(unknown))}; there are: {', '.join(suites())}")
    if chosen.only and chosen.write:
        parser.error(
            "--write takes whole suites: a section of the page is replaced at once; leave out --only"
        )
    machine.use_one_core()
    for suite in chosen.suites or suites():
        sections = [f"## {suite.capitalize()}\n"]
        for table in tables(suite, chosen.only, chosen.quick):
            print(table.to_markdown(), flush=True)
            sections.append(table.to_markdown())
        sections.append(f"Measured {datetime.now(UTC):%Y-%m-%d} on {machine.describe()}.")
        print(sections[-1])
        if chosen.write:
            write_section(suite, "\n".join(sections))


if __name__ == "__main__":
    main()
