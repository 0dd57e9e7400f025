"""One fold of cross-validation, prepared once and shared by every trial of the sweep."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from threading import Event

import numpy as np
from numpy.typing import NDArray

from bigtrain.data import Dataset
from bigtrain.evaluate.preprocessing import make_preprocessor
from bigtrain.evaluate.scores import Array, score_predictions
from bigtrain.numerics.cohort import Cohort
from bigtrain.numerics.setting import Setting
from bigtrain.numerics.training_data import TrainingData

Rows = NDArray[np.intp]

STOPS = 25
"""How often a training looks whether it is still wanted."""


@dataclass(frozen=True, slots=True)
class TargetScale:
    """The target's mean and deviation in the training rows: models are trained on (y - mean) / deviation.

    Penalties and learning rates then mean the same for a price in dollars and one in millions.
    """

    mean: float
    deviation: float

    @classmethod
    def of(cls, y: Array) -> TargetScale:
        """Measure `y`; a constant target keeps its unit."""
        deviation = float(y.std())
        return cls(float(y.mean()), deviation if deviation > 0 else 1.0)

    def standardize(self, y: Array) -> Array:
        """Return `y` with mean 0 and deviation 1."""
        return (y - self.mean) / self.deviation

    def restore(self, coef: Array, intercept: Array) -> tuple[Array, Array]:
        """Return the weights of models of the standardised target in the target's own unit."""
        return coef * self.deviation, intercept * self.deviation + self.mean


@dataclass(frozen=True, slots=True)
class FoldScores:
    """What one fold says of k settings.

    Attributes
    ----------
    scores : dict of str to array of shape (k,)
        As `score_predictions` gives them.
    curves : sequence of k sequences of (epoch, rmse)
        The validation error by epoch, in the target's unit.
    stop_reasons : sequence of k str
        A sentence each.
    diverged : array of k bool
        Whether training left the finite numbers, or was about to.
    n_iter : array of k int
        Epochs that were trained.
    """

    scores: dict[str, Array]
    curves: Sequence[Sequence[tuple[int, float]]]
    stop_reasons: Sequence[str]
    diverged: NDArray[np.bool_]
    n_iter: NDArray[np.intp]


class Fold:
    """The training and validation part of one fold, transformed by what the training part alone teaches."""

    def __init__(self, dataset: Dataset, train: Rows, test: Rows) -> None:
        preprocessor = make_preprocessor(dataset)
        self.y_train, self.y_test = dataset.y[train], dataset.y[test]
        self.scale = TargetScale.of(self.y_train)
        self.X_train = np.ascontiguousarray(preprocessor.fit_transform(dataset.X.iloc[train]))
        self.X_test = np.ascontiguousarray(preprocessor.transform(dataset.X.iloc[test]))
        self.train = TrainingData(self.X_train, self.scale.standardize(self.y_train))
        self.validation = TrainingData(self.X_test, self.scale.standardize(self.y_test))

    def evaluate(self, settings: Sequence[Setting], stop: Event) -> FoldScores:
        """Train all settings together and score each on the validation rows.

        Raises
        ------
        CancelledError
            If `stop` was set meanwhile.
        """
        cohort = Cohort(self.train, settings, validation=self.validation)
        epochs = max(1, max(setting.max_iter for setting in settings) // STOPS)
        while cohort.advance(epochs):
            if stop.is_set():
                raise CancelledError
        coef, intercept = self.scale.restore(cohort.coef, cohort.intercept)
        with np.errstate(over="ignore", invalid="ignore"):
            predictions = self.X_test @ coef.T + intercept
        return FoldScores(
            scores=score_predictions(self.y_test, predictions),
            curves=[self._rmse_curve(cohort, k) for k in range(len(settings))],
            stop_reasons=[reason.sentence for reason in cohort.stop_reasons],
            diverged=cohort.diverged,
            n_iter=cohort.n_iter,
        )

    def _rmse_curve(self, cohort: Cohort, k: int) -> list[tuple[int, float]]:
        return [
            (epoch, self.scale.deviation * max(mse, 0.0) ** 0.5) for epoch, mse in cohort.validation_curve(k)
        ]
