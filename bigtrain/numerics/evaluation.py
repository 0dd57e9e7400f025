"""The mean loss of columns of weights on rows they may not have been trained on."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .blas import one_thread
from .compilation import call, compiled
from .slope import slope_address
from .training_data import TrainingData

Array: TypeAlias = NDArray[Any]

TILE = 4096


@compiled
def _add_losses(slope, prediction, y, weight, target, knob, total):
    call(slope, (prediction, y, weight, target, knob, total, 1.0, prediction.shape[0]))


def mean_loss(data: TrainingData, w: Array, target: Array, loss: str, knob: Array) -> Array:
    """Return the mean loss (K,) of each column of w (p + 1, K) on its target, penalties left out.

    Parameters
    ----------
    data : TrainingData
        The rows.
    w : ndarray of shape (p + 1, K)
        Weights, the intercept last.
    target : ndarray of shape (K,)
        Numbers of the targets.
    loss : str
        Of all columns.
    knob : ndarray of shape (K,)
        The loss's own hyper-parameter.
    """
    if loss == "squared":
        return 0.5 * data.squared_error(w, target)
    return _sum(data, lambda rows: data.predict(w, rows), target, loss, knob)


def zero_model_loss(data: TrainingData, target: Array, loss: str, knob: Array) -> Array:
    """Return the mean loss (K,) of a model that predicts 0: what progress and divergence are measured by."""
    if loss == "squared":
        return 0.5 * data.mean_square()[target]
    pairs, which = np.unique(np.stack([target, knob]), axis=1, return_inverse=True)
    few = pairs[0].astype(np.int64)
    zeros = _sum(
        data,
        lambda rows: np.zeros((len(data.targets[rows]), len(few))),
        few,
        loss,
        np.ascontiguousarray(pairs[1]),
    )
    return np.asarray(zeros[which.ravel()])


def _sum(data: TrainingData, predict: Any, target: Array, loss: str, knob: Array) -> Array:
    total, weight = np.zeros(len(target)), 0.0
    slope, knob = slope_address(loss, np.dtype(np.float64)), knob.astype(np.float64)
    for start in range(0, data.n_rows, TILE):
        rows = slice(start, start + TILE)
        with one_thread():
            prediction = np.ascontiguousarray(predict(rows), dtype=np.float64)
        s, y = data.weight_of(rows), data.targets[rows].astype(np.float64)
        _add_losses(slope, prediction, y, s, target, knob, total)
        weight += float(s.sum())
    return total / weight
