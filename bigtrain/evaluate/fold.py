"""One fold under one preprocessing, prepared once and shared by every trial that has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bigtrain.data import Dataset
from bigtrain.evaluate.estimators import TargetScale
from bigtrain.evaluate.preprocessing import Preprocessing
from bigtrain.evaluate.scores import Array, score_linear, score_predictions
from bigtrain.numerics.training_data import TrainingData
from bigtrain.records import ParamValue

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class FoldScores:
    """What one fold says of k trials.

    Attributes
    ----------
    scores : dict of str to array of shape (k,)
        As `score_predictions` gives them.
    n_features : array of k int
        Columns that the fitted model reads.
    n_iter : array of k float
        Epochs or iterations that were trained; NaN where there is no such thing.
    diverged : array of k bool
        Whether training left the finite numbers, or was about to.
    curves : sequence of k (epochs, values)
        Arrays: the validation RMSE by epoch, in the target's unit; empty where there are no epochs.
    stop_reasons : sequence of k str
        A sentence each, empty where training has but one end.
    predictions : array of shape (n, k), optional
        Of the validation rows, where they are kept for a blend.
    """

    scores: dict[str, Array]
    n_features: NDArray[np.intp]
    n_iter: Array
    diverged: NDArray[np.bool_]
    curves: Sequence[tuple[NDArray[np.int64], Array]]
    stop_reasons: Sequence[str]
    predictions: Array | None = None


class Fold:
    """The training and validation part of one fold, transformed by what the training part alone teaches.

    Parameters
    ----------
    dataset : Dataset
        The table.
    train, test : array of int
        The rows to learn from and those to score on.
    steps : mapping, optional
        Preprocessing parameters. Default: those of `make_preprocessor`.
    seed : int, default 0
        Of the steps that draw.
    """

    def __init__(
        self,
        dataset: Dataset,
        train: Rows,
        test: Rows,
        steps: Mapping[str, ParamValue] | None = None,
        seed: int = 0,
    ) -> None:
        preprocessing = Preprocessing(dataset, train, steps or {}, seed)
        self.y_train, self.y_test = dataset.y[train], dataset.y[test]
        self.scale = TargetScale.of(self.y_train)
        self.X_train, self.X_test = preprocessing.X, preprocessing.transform(test)
        self.train = TrainingData(self.X_train, self.scale.standardize(self.y_train))
        self.validation = TrainingData(self.X_test, self.scale.standardize(self.y_test))
        # All cohorts of a sweep share the statistics, and no bit may depend on who came first.
        self.train.amortised = self.validation.amortised = True

    @property
    def nbytes(self) -> int:
        """Memory that the transformed rows take."""
        return int(self.X_train.nbytes + self.X_test.nbytes)

    def score(self, predictions: Array) -> dict[str, Array]:
        """Score predictions (n, k) of the validation rows."""
        return score_predictions(self.y_test, predictions)

    def score_linear(self, coef: Array, intercept: Array) -> dict[str, Array]:
        """Score linear models (k, p) and (k,) of the standardized target on the validation rows."""
        return score_linear(self.X_test, self.y_test, *self.scale.restore(coef, intercept))
