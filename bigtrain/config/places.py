"""Where in a space an override goes: ``space.l1``, ``space.adam.learning_rate``, ``space.learning_rate``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from bigtrain.config.words import is_word

Tree: TypeAlias = dict[str, Any]


def places(space: Tree, path: Sequence[str]) -> list[tuple[Tree, Sequence[str]]]:
    """Return the sets of knobs that an override is about, each with the path below it.

    A knob that every trial has is found by its name; one that exists under an option, by its branch name
    (``adam.learning_rate``) or, wherever it is searched, by its own (``learning_rate``). A name that is
    nowhere is a new knob of every trial.

    Parameters
    ----------
    space : dict
        The composed space as plain data.
    path : sequence of str
        The key's parts after ``space``.
    """
    name, *below = path
    if name in space:
        return [(space, path)]
    named = [tree for option, tree in _options(space) if option == name]
    if below and named:
        return [place for tree in named for place in places(tree, below)]
    having = list(_having(space, name))
    # gd's `batch_size: null` is what makes it gd: a range for batch_size is meant for the others.
    searched = [tree for tree in having if isinstance(tree[name], (dict, list)) or is_word(tree[name])]
    return [(tree, path) for tree in searched or having or [space]]


def _having(space: Tree, name: str) -> Iterator[Tree]:
    """Yield every set of knobs that has one of this name."""
    if name in space:
        yield space
    for _, tree in _options(space):
        yield from _having(tree, name)


def _options(space: Tree) -> Iterator[tuple[str, Tree]]:
    """Yield the options of every choice, each with the knobs under it."""
    for knob in space.values():
        choices = knob.get("choices") if isinstance(knob, dict) else None
        if isinstance(choices, dict):
            yield from ((str(option), tree) for option, tree in choices.items() if isinstance(tree, dict))
