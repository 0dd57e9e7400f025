"""One trial's settings, sorted: what is done to the table, which regressor, with which parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bigtrain.evaluate.preprocessing import complete
from bigtrain.families import PREPROCESSING
from bigtrain.records import ParamValue

Steps: TypeAlias = tuple[tuple[str, ParamValue], ...]
"""Preprocessing parameters as something that can be a key."""

GRADIENT = "gradient"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a trial's settings ask for.

    Attributes
    ----------
    family : str
        The regressor's name.
    steps : tuple of (str, value)
        Every preprocessing parameter that is read.
    parameters : mapping
        The regressor's own; what is left out has its default.
    """

    family: str
    steps: Steps
    parameters: Mapping[str, ParamValue]

    @classmethod
    def of(cls, settings: Mapping[str, ParamValue]) -> Recipe:
        """Sort a flat mapping, in which ``estimator`` names the family: gradient if nothing does."""
        own = {k: v for k, v in settings.items() if k not in PREPROCESSING and k != "estimator"}
        return cls(str(settings.get("estimator", GRADIENT)), tuple(complete(settings).items()), own)

    @property
    def trains_together(self) -> bool:
        """Whether trials of this family are columns of one matrix."""
        return self.family == GRADIENT


def complete_settings(
    settings: Mapping[str, ParamValue],
    kind: str,
    fixed: Mapping[str, ParamValue],
    preprocess: Mapping[str, ParamValue],
) -> dict[str, ParamValue]:
    """Return a trial's settings with what it has from its sweep.

    Parameters
    ----------
    settings : mapping
        Its own, which go first.
    kind : str
        The family of trials that name none.
    fixed : mapping
        Parameters of that family, and no other's.
    preprocess : mapping
        What is done to the table unless a trial says otherwise.
    """
    family = settings.get("estimator", kind)
    return {"estimator": family, **preprocess, **(fixed if family == kind else {}), **settings}
