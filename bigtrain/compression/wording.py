"""What a model is made of, in a few words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.kernel_approximation import Nystroem
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.svm import SVR

from bigtrain.compression.rounding import LINEAR
from bigtrain.compression.shrinking import FOREST, members
from bigtrain.wording import counted

PLURALS = {"leaf": "leaves"}


def in_words(pipeline: Any) -> str:
    """Return what a pipeline, or a blend, is made of: ``12 terms``, ``120 trees with 3,600 leaves``."""
    parts = members(pipeline)
    counts: Counter[str] = Counter()
    for member in parts:
        for _, step in member.steps:
            counts.update(_COUNTS.get(type(step), lambda _: {})(step))
    said = " and ".join(counted(count, what, PLURALS.get(what)) for what, count in counts.items())
    return f"{counted(len(parts), 'model')}: {said}" if len(parts) > 1 else said


def _terms(model: Any) -> dict[str, int]:
    return {"term": int(np.count_nonzero(model.coef_))}


def _forest(model: Any) -> dict[str, int]:
    leaves = sum(int(tree.get_n_leaves()) for tree in model.estimators_)
    return {"tree": len(model.estimators_), "leaf": leaves}


def _boosting(model: HistGradientBoostingRegressor) -> dict[str, int]:
    leaves = sum(each.get_n_leaf_nodes() for (each,) in model._predictors)
    return {"tree": len(model._predictors), "leaf": int(leaves)}


_COUNTS: Mapping[type, Callable[[Any], Mapping[str, int]]] = {
    **dict.fromkeys(LINEAR, _terms),
    **dict.fromkeys(FOREST, _forest),
    HistGradientBoostingRegressor: _boosting,
    KNeighborsRegressor: lambda model: {"row": len(model._fit_X)},
    SVR: lambda model: {"support vector": len(model.support_vectors_)},
    MLPRegressor: lambda model: {"unit": sum(len(each) for each in model.intercepts_[:-1])},
    Nystroem: lambda step: {"component": len(step.components_)},
}
