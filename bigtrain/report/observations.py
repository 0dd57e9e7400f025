"""What only those see who have the table and the model: kept with the sweep, so that a page needs neither."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

FILE = "observations.json"


@dataclass(frozen=True, slots=True)
class Path:
    """What one penalty's strength does, all else as in the best trial.

    Attributes
    ----------
    strengths : sequence of float
        Ascending.
    coef : sequence of sequence of float or None
        Coefficients of the standardised target by strength and feature; None where training diverged.
    rmse : sequence of float or None
        Cross-validated error by strength, in the target's unit.
    """

    strengths: Sequence[float]
    coef: Sequence[Sequence[float] | None]
    rmse: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Observations:
    """What was seen of the table and the final model.

    Attributes
    ----------
    target : str
        The target's name.
    actual, predicted : sequence of float
        Rows of the holdout, evenly spread.
    features : sequence of str
        Names of what the model's coefficients belong to.
    paths : mapping
        By penalty: ``l1``, ``l2``. Empty for a model without them.
    correlations : mapping
        Of each column of numbers with the target.
    """

    target: str
    actual: Sequence[float]
    predicted: Sequence[float]
    features: Sequence[str]
    paths: Mapping[str, Path]
    correlations: Mapping[str, float]

    def to_json(self) -> str:
        """Return all of it as JSON."""
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Observations:
        """Read it back."""
        content = json.loads(text)
        return cls(**{**content, "paths": {name: Path(**path) for name, path in content["paths"].items()}})
