"""A space in words: its tree, and how many knobs each option adds."""

from __future__ import annotations

from collections.abc import Iterator

from bigtrain.space.knobs import Choice, Fixed, Range, Tree, shown_value
from bigtrain.space.walk import searched


def tree_text(tree: Tree) -> str:
    """Return a line for each knob, those of an option below it."""
    return "\n".join(_lines(tree)) or "nothing"


def _lines(tree: Tree, indent: str = "") -> Iterator[str]:
    for name, knob in tree.items():
        if isinstance(knob, Choice) and any(knob.options.values()):
            yield f"{indent}{name}:"
            for option, below in knob.options.items():
                count = len(dict(searched(below)))
                yield f"{indent}  {option} ({count} {'knob' if count == 1 else 'knobs'})"
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
