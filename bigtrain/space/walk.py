"""Ways through a tree of knobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from bigtrain.records import ParamValue
from bigtrain.space.knobs import Choice, Fixed, Range, Tree, branch_name

Pick: TypeAlias = Callable[[str, Range | Choice], ParamValue]
"""Says what a knob is, given its branch name."""


def searched(tree: Tree, path: str = "") -> Iterator[tuple[str, Range | Choice]]:
    """Yield every knob that is searched, with its branch name."""
    for name, knob in tree.items():
        if isinstance(knob, Fixed):
            continue
        yield branch_name(path, name), knob
        if isinstance(knob, Choice):
            for option, below in knob.options.items():
                yield from searched(below, branch_name(path, str(option)))


def walk(tree: Tree, pick: Pick, path: str = "") -> Iterator[tuple[str, ParamValue]]:
    """Yield each setting that exists where `pick` says what each knob is."""
    for name, knob in tree.items():
        if isinstance(knob, Fixed):
            yield name, knob.value
            continue
        value = pick(branch_name(path, name), knob)
        yield name, value
        if isinstance(knob, Choice):
            yield from walk(knob.options[value], pick, branch_name(path, str(value)))
