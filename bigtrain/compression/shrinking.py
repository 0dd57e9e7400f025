"""Making any other pipeline smaller: fewer columns, and a smaller model of its own kind, fitted again."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame
from sklearn.base import clone
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    VotingRegressor,
)
from sklearn.inspection import permutation_importance
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.svm import SVR

from bigtrain.compression.structure import inputs_of, with_inputs
from bigtrain.evaluate.blend import voting
from bigtrain.evaluate.estimators import fit_in_unit
from bigtrain.wording import counted

Floats = NDArray[np.float64]

COLUMNS = (1.0, 0.75, 0.5, 0.25)
SIZES = (1.0, 0.5, 0.25, 0.125)
TREES = (1.0, 0.75, 0.5)
"""Shares to try: of the table's columns, of the model's own size, and of its trees, which need no refit."""

FASTEST = 0.3
"""The learning rate that boosting of fewer trees is raised to at most."""

RANKED_ROWS, REPEATS = 2000, 2
"""What columns are ranked by: rows, and permutations of each."""

FOREST = (RandomForestRegressor, ExtraTreesRegressor)


class Shrinking:
    """Ways to make a pipeline, or a blend of several, smaller.

    Parameters
    ----------
    pipeline : Pipeline or VotingRegressor
        Fitted.
    """

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def fits(
        self, X: DataFrame, y: Floats, wanted: Collection[str] | None = None
    ) -> Iterator[tuple[str, Any]]:
        """Yield each wanted way's name, and a pipeline fitted to these rows."""
        inputs = inputs_read(self._pipeline)
        fitted_members: dict[int, Pipeline] = {}
        whole = refit(self._pipeline, X[inputs], y, inputs, 1.0, fitted_members)
        ranked = _ranked(whole, X[inputs], y)
        counts = dict.fromkeys(max(1, round(share * len(inputs))) for share in COLUMNS)
        for count in counts:
            kept = [name for name in inputs if name in ranked[:count]]
            known = fitted_members if count == len(inputs) else {}
            for size in SIZES if _can_shrink(self._pipeline) else (1.0,):
                names = {
                    f"{counted(count, 'column')}, size {size:g}, {trees:g} of its trees": trees
                    for trees in TREES
                }
                if wanted is not None:
                    names = {name: trees for name, trees in names.items() if name in wanted}
                if not names:
                    continue
                same = count == len(inputs) and size == 1.0
                fitted = whole if same else refit(self._pipeline, X[kept], y, kept, size, known)
                for name, trees in names.items():
                    if trees == 1 or has_trees(fitted):
                        yield name, first_trees(fitted, trees)


def members(pipeline: Any) -> list[Pipeline]:
    """Return the pipelines of a blend, or the one there is."""
    return list(pipeline.estimators_) if isinstance(pipeline, VotingRegressor) else [pipeline]


def weights_of(blend: VotingRegressor) -> dict[int, float]:
    """Return the weight of each member by the number of its trial."""
    numbers = [int(name.rpartition("_")[2]) for name, _ in blend.estimators]
    return dict(zip(numbers, blend.weights or [1.0] * len(numbers), strict=True))


def changed(blend: VotingRegressor, change: Callable[[Pipeline], Pipeline]) -> VotingRegressor:
    """Return the same blend of members that are changed."""
    weights = weights_of(blend)
    return voting({n: change(each) for n, each in zip(weights, blend.estimators_, strict=True)}, weights)


def inputs_read(pipeline: Any) -> list[str]:
    """Return the columns that a pipeline, or any member of a blend, reads."""
    return list(dict.fromkeys(name for each in members(pipeline) for name in inputs_of(each[0])))


def refit(
    pipeline: Any,
    X: DataFrame,
    y: Floats,
    kept: list[str],
    size: float,
    known: dict[int, Pipeline] | None = None,
) -> Any:
    """Fit a pipeline again from nothing.

    Parameters
    ----------
    pipeline : Pipeline or VotingRegressor
        What it is like.
    X, y : DataFrame, array
        Rows and targets.
    kept : list of str
        The columns that it may read.
    size : float
        Share of its size: its members, of a blend; else what its model, or its features, are measured by.
    known : dict, optional
        Members of a blend, by trial, that were fitted to these rows and columns before; others join them.
    """
    if isinstance(pipeline, VotingRegressor):
        return _refit_blend(pipeline, X, y, kept, size, {} if known is None else known)
    steps, Z = [], X
    for name, step in pipeline.steps[:-1]:
        fresh = with_inputs(step, kept) if name == pipeline.steps[0][0] else _smaller(step, size)
        if isinstance(fresh, Nystroem):
            fresh.set_params(n_components=min(fresh.n_components, len(y)))
        Z = fresh.fit_transform(Z, y)
        steps.append((name, fresh))
    model = pipeline[-1]
    # Of weights that were learned by steps, no penalty is known: the least that keeps a solution in bounds.
    smaller = Ridge() if isinstance(model, LinearRegression) else _smaller(model, size)
    rows = _sample(len(y), size) if isinstance(model, KNeighborsRegressor) else slice(None)
    fitted = fit_in_unit(smaller, np.ascontiguousarray(Z)[rows], y[rows])
    return Pipeline([*steps, (pipeline.steps[-1][0], fitted)])


def _refit_blend(
    blend: VotingRegressor,
    X: DataFrame,
    y: Floats,
    kept: list[str],
    size: float,
    known: dict[int, Pipeline],
) -> Any:
    """Fit the heaviest members of a blend again, each once: a smaller blend has the same, only fewer."""
    weights = weights_of(blend)
    heaviest = sorted(weights, key=lambda number: -weights[number])[: max(1, round(size * len(weights)))]
    parts = dict(zip(weights, blend.estimators_, strict=True))
    for number in heaviest:
        if number not in known:
            known[number] = refit(parts[number], X, y, kept, 1.0)
    fitted = {number: known[number] for number in sorted(heaviest)}
    total = sum(weights[number] for number in fitted)
    share = {number: weights[number] / total for number in fitted}
    return next(iter(fitted.values())) if len(fitted) == 1 else voting(fitted, share)


def _smaller(step: Any, size: float) -> Any:
    """Return an unfitted step like this one, smaller."""
    fresh, shrink = clone(step), _SMALLER.get(type(step))
    if shrink is not None and size < 1:
        fresh.set_params(**shrink(step, size))
    return fresh


def _fewer_trees(model: HistGradientBoostingRegressor, size: float) -> dict[str, Any]:
    count = max(1, round(model.n_iter_ * size))
    faster = min(model.learning_rate * model.n_iter_ / count, max(FASTEST, model.learning_rate))
    return {"max_iter": count, "learning_rate": faster, "early_stopping": False}


def _fewer_leaves(model: Any, size: float) -> dict[str, Any]:
    leaves = float(np.mean([tree.get_n_leaves() for tree in model.estimators_]))
    return {"max_leaf_nodes": max(2, round(leaves * size))}


def _fewer_units(model: MLPRegressor, size: float) -> dict[str, Any]:
    widths = [len(each) for each in model.intercepts_[:-1]]
    return {"hidden_layer_sizes": tuple(max(1, round(width * size)) for width in widths)}


_SMALLER: Mapping[type, Callable[[Any, float], dict[str, Any]]] = {
    HistGradientBoostingRegressor: _fewer_trees,
    RandomForestRegressor: _fewer_leaves,
    ExtraTreesRegressor: _fewer_leaves,
    MLPRegressor: _fewer_units,
    Nystroem: lambda step, size: {"n_components": max(1, round(len(step.components_) * size))},
    # A wider tube has fewer rows on or beyond its walls, which are the ones that are kept.
    SVR: lambda step, size: {"epsilon": step.epsilon / size},
}
"""What a step of each kind is measured by, and how it gets a share of that."""


def _can_shrink(pipeline: Any) -> bool:
    if isinstance(pipeline, VotingRegressor):
        return True
    kinds = {type(step) for _, step in pipeline.steps}
    return bool(kinds & {*_SMALLER, KNeighborsRegressor})


def _sample(n_rows: int, size: float) -> NDArray[np.intp]:
    """Return some rows, drawn the same way each time, in their order."""
    chosen = np.random.default_rng(0).permutation(n_rows)[: max(1, round(n_rows * size))]
    return np.sort(chosen)


def has_trees(pipeline: Any) -> bool:
    """Whether it, or a member of it, is a sum or a mean of trees."""
    return any(isinstance(each[-1], (HistGradientBoostingRegressor, *FOREST)) for each in members(pipeline))


def first_trees(pipeline: Any, share: float) -> Any:
    """Return the same pipeline with the first of its trees alone, as they are."""
    if share == 1:
        return pipeline
    if isinstance(pipeline, VotingRegressor):
        return changed(pipeline, lambda each: first_trees(each, share))
    model = copy.copy(pipeline[-1])
    if isinstance(model, HistGradientBoostingRegressor):
        model._predictors = model._predictors[: max(1, round(share * model.n_iter_))]
    elif isinstance(model, FOREST):
        model.estimators_ = model.estimators_[: max(1, round(share * len(model.estimators_)))]
        model.n_estimators = len(model.estimators_)
    return Pipeline([*pipeline.steps[:-1], (pipeline.steps[-1][0], model)])


def _ranked(pipeline: Any, X: DataFrame, y: Floats) -> list[str]:
    """Return the columns, the one whose shuffling costs most first."""
    rows = _sample(len(y), min(1.0, RANKED_ROWS / len(y)))
    importances = permutation_importance(
        pipeline,
        X.iloc[rows],
        y[rows],
        scoring="neg_mean_squared_error",
        n_repeats=REPEATS,
        random_state=0,
    ).importances_mean
    return [X.columns[index] for index in np.argsort(-importances, kind="stable")]
