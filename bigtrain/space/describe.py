"""A space in words: its tree, and how many knobs each option adds."""

from __future__ import annotations

from collections.abc import Iterator

from bigtrain.space.knobs import Choice, Fixed, Range, Tree, shown_value
from bigtrain.space.walk import searched
from bigtrain.wording import counted


def tree_text(tree: Tree) -> str:
    """Return a line for each knob, those of an option below it."""
    return "\n".join(_lines(tree)) or "nothing"


def summary(tree: Tree) -> str:
    """Return how many knobs there are, and how many of them one trial has: ``16 knobs, 4 to 6 a trial``."""
    total, (fewest, most) = len(dict(searched(tree))), _extent(tree)
    if total == most == fewest:
        return counted(total, "knob")
    return f"{counted(total, 'knob')}, {f'{fewest} to {most}' if fewest < most else most} a trial"


def _extent(tree: Tree) -> tuple[int, int]:
    """Return the fewest and the most knobs that are searched in one trial."""
    fewest = most = 0
    for knob in tree.values():
        below = [_extent(inner) for inner in knob.options.values()] if isinstance(knob, Choice) else [(0, 0)]
        own = int(not isinstance(knob, Fixed))
        fewest += own + min(few for few, _ in below)
        most += own + max(many for _, many in below)
    return fewest, most


def _lines(tree: Tree, indent: str = "") -> Iterator[str]:
    for name, knob in tree.items():
        if isinstance(knob, Choice) and any(knob.options.values()):
            yield f"{indent}{name}:"
            for option, below in knob.options.items():
                yield f"{indent}  {shown_value(option)} ({counted(len(dict(searched(below))), 'knob')})"
                yield from _lines(below, indent + "    ")
        else:
            yield f"{indent}{name}: {shown_knob(knob)}"


def shown_knob(knob: Fixed | Range | Choice) -> str:
    """Return the values of a knob, without those of the knobs below it."""
    if isinstance(knob, Fixed):
        return f"{shown_value(knob.value)} (fixed)"
    if isinstance(knob, Choice):
        return " | ".join(map(shown_value, knob.options))
    extras = (" log" if knob.log else "") + (f" step {knob.step:g}" if knob.step else "")
    return f"{knob.low:g} … {knob.high:g}{extras}"
