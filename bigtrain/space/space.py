"""A checked search space: what Optuna is asked, and what the estimator is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bigtrain.records import ParamValue
from bigtrain.space.grid import Grid
from bigtrain.space.knobs import Choice, Fixed, Range, Tree, branch_name, tree_data

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import Trial

Pick = Callable[[str, Range | Choice], ParamValue]


@dataclass(frozen=True)
class Space:
    """A tree of knobs. Made by `parse_space`, which checks it.

    A knob has two names: its own, which the estimator knows (``learning_rate``), and its branch name,
    which the sampler knows (``adam.learning_rate``), since a good rate for one optimizer says nothing of
    another's.

    Attributes
    ----------
    tree : mapping of str to knob
        The knobs that always exist; those of an option are inside its choice.
    """

    tree: Tree

    @cached_property
    def knobs(self) -> dict[str, Range | Choice]:
        """Every knob that is searched, by branch name, in the order in which they are asked."""
        return dict(_searched(self.tree))

    def distributions(self) -> dict[str, BaseDistribution]:
        """Return Optuna's distribution of every knob, by branch name."""
        return {name: knob.distribution() for name, knob in self.knobs.items()}

    def ask(self, trial: Trial) -> tuple[dict[str, ParamValue], dict[str, ParamValue]]:
        """Ask Optuna for the knobs that exist in one trial.

        Returns
        -------
        params, settings : dict
            The values by branch name; and, with the fixed ones, by the estimator's names.
        """
        params: dict[str, ParamValue] = {}

        def pick(name: str, knob: Range | Choice) -> ParamValue:
            params[name] = _suggest(trial, name, knob)
            return params[name]

        return params, dict(_walk(self.tree, pick))

    def settings_of(self, params: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
        """Return the values by the estimator's names, fixed ones included, of a trial's params."""
        return dict(_walk(self.tree, lambda name, _: params[name]))

    def grid(self, points: int) -> Grid:
        """Return the params of every combination, with `points` values for a range without a step."""
        return Grid(self.tree, points)

    def to_data(self) -> dict[str, Any]:
        """Return the space as plain data that parses to the same space."""
        return tree_data(self.tree)

    def describe(self) -> str:
        """Return the space as a tree for people, with the number of knobs that each option adds."""
        return "\n".join(_lines(self.tree)) or "nothing"


def _searched(tree: Tree, path: str = "") -> Iterator[tuple[str, Range | Choice]]:
    for name, knob in tree.items():
        if isinstance(knob, Fixed):
            continue
        yield branch_name(path, name), knob
        if isinstance(knob, Choice):
            for option, below in knob.options.items():
                yield from _searched(below, branch_name(path, str(option)))


def _walk(tree: Tree, pick: Pick, path: str = "") -> Iterator[tuple[str, ParamValue]]:
    """Yield each setting that exists where `pick` says what each knob is."""
    for name, knob in tree.items():
        if isinstance(knob, Fixed):
            yield name, knob.value
            continue
        value = pick(branch_name(path, name), knob)
        yield name, value
        if isinstance(knob, Choice):
            yield from _walk(knob.options[value], pick, branch_name(path, str(value)))


def _suggest(trial: Trial, name: str, knob: Range | Choice) -> ParamValue:
    if isinstance(knob, Choice):
        return trial.suggest_categorical(name, list(knob.options))
    if knob.integer:
        return trial.suggest_int(name, int(knob.low), int(knob.high), log=knob.log, step=int(knob.step or 1))
    return trial.suggest_float(name, float(knob.low), float(knob.high), log=knob.log, step=knob.step)


def _lines(tree: Tree, indent: str = "") -> Iterator[str]:
    for name, knob in tree.items():
        if isinstance(knob, Choice) and any(knob.options.values()):
            yield f"{indent}{name}:"
            for option, below in knob.options.items():
                count = len(dict(_searched(below)))
                yield f"{indent}  {option} ({count} {'knob' if count == 1 else 'knobs'})"
                yield from _lines(below, indent + "    ")
        else:
            yield f"{indent}{name}: {_shown(knob)}"


def _shown(knob: Fixed | Range | Choice) -> str:
    if isinstance(knob, Fixed):
        return f"{knob.value} (fixed)"
    if isinstance(knob, Choice):
        return " | ".join("null" if option is None else str(option) for option in knob.options)
    extras = (" log" if knob.log else "") + (f" step {knob.step:g}" if knob.step else "")
    return f"{knob.low:g} … {knob.high:g}{extras}"
