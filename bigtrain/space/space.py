"""A checked search space: what Optuna is asked, and what the estimator is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bigtrain.records import ParamValue
from bigtrain.space.catalogue import ESTIMATOR, Catalogue
from bigtrain.space.describe import summary, tree_text
from bigtrain.space.grid import Grid
from bigtrain.space.knobs import Choice, Range, Tree, tree_data
from bigtrain.space.start import starting_params
from bigtrain.space.walk import Pick, searched, walk

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import Trial


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
    catalogue : Catalogue
        What it was checked against: the families' parameters, and what is fixed besides.
    """

    tree: Tree
    catalogue: Catalogue = field(default_factory=Catalogue, compare=False, repr=False)

    @cached_property
    def knobs(self) -> dict[str, Range | Choice]:
        """Every knob that is searched, by branch name, in the order in which they are asked."""
        return dict(searched(self.tree))

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
        return self.at(lambda name, knob: _suggest(trial, name, knob))

    def at(self, value: Pick) -> tuple[dict[str, ParamValue], dict[str, ParamValue]]:
        """Return what `ask` returns, of the trial in which each knob that exists is what `value` says."""
        params: dict[str, ParamValue] = {}

        def pick(name: str, knob: Range | Choice) -> ParamValue:
            params[name] = value(name, knob)
            return params[name]

        return params, dict(walk(self.tree, pick))

    def settings_of(self, params: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
        """Return the values by the estimator's names, fixed ones included, of a trial's params."""
        return dict(walk(self.tree, lambda name, _: params[name]))

    def complete(self, settings: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
        """Return a trial's settings with its family and all that the configuration fixes besides."""
        return self.catalogue.complete(settings)

    def params_of(self, settings: Mapping[str, ParamValue], where: str = "start") -> dict[str, ParamValue]:
        """Return the params of the trial that has these settings, by branch name.

        A knob that `settings` doesn't name gets what the configuration fixes, or the estimator's default;
        where the space doesn't reach it, the nearest value that the space has.

        Raises
        ------
        ConfigError
            If no trial of the space has these settings.
        """
        return starting_params(self.tree, self.catalogue, settings, where)

    def starting_points(self, start: Sequence[Mapping[str, ParamValue]] = ()) -> list[dict[str, ParamValue]]:
        """Return the params to begin with, each once: the estimator's defaults, then those of `start`.

        Where the space chooses among families, points of those that it leaves out are left out with them: a
        ready list goes on to serve whoever removes a family.

        Raises
        ------
        ConfigError
            If one of the others is no trial of the space.
        """
        searched = self.families
        points = [self.params_of({})]
        for i, settings in enumerate(start):
            family = settings.get(ESTIMATOR)
            if searched and family in self.catalogue.families and family not in searched:
                continue
            points.append(self.params_of(settings, f"start[{i}]"))
        return [point for i, point in enumerate(points) if point not in points[:i]]

    @property
    def families(self) -> set[ParamValue]:
        """The families that it chooses among; none where the family is settled."""
        choices = [knob for name, knob in self.knobs.items() if name.rpartition(".")[2] == ESTIMATOR]
        return {option for knob in choices if isinstance(knob, Choice) for option in knob.options}

    def grid(self, points: int) -> Grid:
        """Return the params of every combination, with `points` values for a range without a step."""
        return Grid(self.tree, points)

    def to_data(self) -> dict[str, Any]:
        """Return the space as plain data that parses to the same space."""
        return tree_data(self.tree)

    def summary(self) -> str:
        """Return how many knobs there are, and how many of them one trial has."""
        return summary(self.tree)

    def describe(self) -> str:
        """Return the space as a tree for people, with the number of knobs that each option adds."""
        return tree_text(self.tree)


def _suggest(trial: Trial, name: str, knob: Range | Choice) -> ParamValue:
    if isinstance(knob, Choice):
        return trial.suggest_categorical(name, list(knob.options))
    if knob.integer:
        return trial.suggest_int(name, int(knob.low), int(knob.high), log=knob.log, step=int(knob.step or 1))
    return trial.suggest_float(name, float(knob.low), float(knob.high), log=knob.log, step=knob.step)
