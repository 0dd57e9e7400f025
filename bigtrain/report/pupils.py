"""A teacher and its student side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pupil:
    """One of both.

    Attributes
    ----------
    name : str
        What it is.
    size : int
        Bytes.
    latency : float
        Seconds for one row.
    scores, fidelity : mapping
        ``rmse`` and ``r2`` of its predictions: of the target, and of what the teacher predicts.
    """

    name: str
    size: int
    latency: float
    scores: Mapping[str, float]
    fidelity: Mapping[str, float]

    @classmethod
    def of(
        cls, name: str, size: int, latency: float, truth: Floats, taught: Floats, predicted: Floats
    ) -> Pupil:
        """Score predictions against the target and against the teacher's predictions."""
        return cls(name, size, latency, _scores(truth, predicted), _scores(taught, predicted))


def _scores(truth: Floats, predicted: Floats) -> dict[str, float]:
    error, spread = np.mean(np.square(truth - predicted)), np.var(truth)
    return {"rmse": float(np.sqrt(error)), "r2": float(1 - error / spread) if spread > 0 else 0.0}


def pupil_table(pupils: Sequence[Pupil]) -> str:
    """Return a table of size, speed, score on the holdout, and distance from the teacher."""
    width = max(len(each.name) for each in pupils) + 2
    head = f"{'bytes':>12}{'µs a row':>10}{'holdout RMSE':>14}{'R2':>9}{'from the teacher':>18}{'R2':>9}"
    return "\n".join([f"  {'':{width}}{head}", *(_row(each, width) for each in pupils)])


def _row(pupil: Pupil, width: int) -> str:
    scores, fidelity = pupil.scores, pupil.fidelity
    return (
        f"  {pupil.name:{width}}{pupil.size:>12,}{pupil.latency * 1e6:>10.0f}"
        f"{scores['rmse']:>14.5g}{scores['r2']:>9.4f}{fidelity['rmse']:>18.5g}{fidelity['r2']:>9.4f}"
    )
