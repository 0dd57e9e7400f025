"""Which parameters a trial may have, by its family, and what it has where its space doesn't say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bigtrain.families import FAMILIES, PREPROCESSING
from bigtrain.parameter import Parameter
from bigtrain.records import ParamValue

ESTIMATOR = "estimator"
FOREIGN = "the estimator"


def _family_tables() -> dict[str, Mapping[str, Parameter]]:
    return {name: family.parameters for name, family in FAMILIES.items()}


@dataclass(frozen=True)
class Catalogue:
    """The tables that a space is checked against.

    Attributes
    ----------
    kind : str
        The family of a trial whose space doesn't search `estimator`.
    params : mapping
        What every trial of that family has of its parameters, unless its space says otherwise.
    preprocess : mapping
        What every trial of whichever family has of the preprocessing parameters, likewise.
    families : mapping of str to mapping of str to Parameter
        The parameters of each family.
    common : mapping of str to Parameter
        Those that every family may have.
    """

    kind: str = "gradient"
    params: Mapping[str, ParamValue] = field(default_factory=dict)
    preprocess: Mapping[str, ParamValue] = field(default_factory=dict)
    families: Mapping[str, Mapping[str, Parameter]] = field(default_factory=_family_tables, repr=False)
    common: Mapping[str, Parameter] = field(default_factory=lambda: PREPROCESSING, repr=False)

    @classmethod
    def of(cls, parameters: Mapping[str, Parameter]) -> Catalogue:
        """Return the catalogue of one estimator that is of no family."""
        return cls(FOREIGN, families={FOREIGN: parameters}, common={})

    @cached_property
    def _tables(self) -> dict[str, dict[str, Parameter]]:
        estimator = Parameter("choice", choices=tuple(self.families), default=self.kind)
        return {name: {ESTIMATOR: estimator, **own, **self.common} for name, own in self.families.items()}

    def parameters(self, family: str) -> Mapping[str, Parameter]:
        """Return what a trial of a family may have."""
        return self._tables[family]

    def having(self, name: str, family: str) -> str:
        """Return the family if it has a parameter, else the first that does: of a knob that several share."""
        tables = self._tables
        return family if name in tables.get(family, {}) else next(f for f in tables if name in tables[f])

    def value(self, family: str, name: str) -> ParamValue:
        """Return what a trial of a family has of a parameter that its space doesn't name."""
        return self.complete({ESTIMATOR: family}).get(name, self.parameters(family)[name].default)

    def complete(self, settings: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
        """Return a trial's settings with all that is fixed besides: family, preprocessing, its parameters."""
        family = settings.get(ESTIMATOR, self.kind)
        params = self.params if family == self.kind else {}
        return {ESTIMATOR: family, **self.preprocess, **params, **settings}
