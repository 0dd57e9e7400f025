"""Whether one model is better than another on the same rows, or only luckier."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

Floats = NDArray[np.float64]

CONFIDENCE = 0.95
RESAMPLES = 4999
MOST_UNITS = 5000
"""Rows are drawn in this many groups at most, so that a holdout of millions takes no longer."""

SEED = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """The difference of two errors on the same holdout, the new one's minus the old one's.

    Attributes
    ----------
    difference : float
        Of the root mean squared errors, in the target's unit: negative is better.
    low, high : float
        Its 95 % interval.
    rows : int
        Rows of the holdout.
    """

    difference: float
    low: float
    high: float
    rows: int

    @property
    def is_better(self) -> bool:
        """Whether the new model has less error, beyond chance."""
        return self.high < 0

    @property
    def is_worse(self) -> bool:
        """Whether it has more, beyond chance."""
        return self.low > 0

    def __str__(self) -> str:
        return (
            f"RMSE {self.difference:+.4g} on the same {self.rows:,} holdout rows, "
            f"95 % interval {self.low:+.4g} to {self.high:+.4g}"
        )

    def to_json(self) -> str:
        """Return it as a tag has it."""
        return json.dumps({**asdict(self), "confidence": CONFIDENCE, "resamples": RESAMPLES})


def compare(new: Floats, old: Floats) -> Evidence:
    """Compare two models by a paired bootstrap: rows are drawn again and again, for both the same.

    Parameters
    ----------
    new, old : float64 array (n_rows,)
        Target minus prediction of each model, on the same rows.

    Returns
    -------
    Evidence
        With the interval between the percentiles of the differences of root mean squared errors. The same
        errors always give the same interval.
    """
    difference = _rmse(new) - _rmse(old)
    if len(new) < 2 or np.array_equal(np.abs(new), np.abs(old)):
        # Nothing varies: one row is no evidence, and the same errors are no difference.
        low, high = (-np.inf, np.inf) if len(new) < 2 else (0.0, 0.0)
        return Evidence(difference, low, high, len(new))
    squares = _grouped(np.square(np.stack([new, old])))
    interval = bootstrap(
        (squares[0], squares[1]),
        lambda a, b, axis: np.sqrt(a.mean(axis)) - np.sqrt(b.mean(axis)),
        paired=True,
        vectorized=True,
        method="percentile",
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        batch=max(1, 1_000_000 // squares.shape[1]),
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return Evidence(difference, float(interval.low), float(interval.high), len(new))


def _rmse(residuals: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(residuals))))


def _grouped(squares: Floats) -> Floats:
    """Return the means of random groups of rows, where there are more rows than `MOST_UNITS`."""
    size = -(-squares.shape[1] // MOST_UNITS)
    if size == 1:
        return squares
    n_groups = squares.shape[1] // size
    chosen = np.random.default_rng(SEED).permutation(squares.shape[1])[: n_groups * size]
    means: Floats = squares[:, chosen].reshape(2, n_groups, size).mean(axis=2)
    return means
