"""Decision trees as ONNX's TreeEnsemble, which compares in float64."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import numpy_helper
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor, RandomForestRegressor

from bigtrain.deploy.graph.builder import DOUBLE, FLOAT, INT64, ML, Graph, refused

LEQ, LESS = 0, 1
"""Modes of a branch: to the left where x <= threshold, or where x < threshold."""
SUM = 1
LOG_LINKS = ("poisson", "gamma")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree, its root first; a leaf has no children.

    Attributes
    ----------
    feature, left, right : int array (n_nodes,)
        The feature compared, and both children; ``left`` is -1 for a leaf.
    threshold, value : float64 array (n_nodes,)
        What is compared with, and what a leaf returns.
    missing_left : bool array (n_nodes,)
        Whether NaN goes to the left.
    mode : int array (n_nodes,)
        `LEQ` or `LESS`.
    target : int
        The column of the result that its leaves are added to.
    """

    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Floats
    missing_left: NDArray[np.bool_]
    mode: Ints
    target: int = 0


def add_trees(graph: Graph, x: str, trees: Sequence[Tree], n_targets: int = 1) -> str:
    """Add the sum of many trees."""
    parts: dict[str, list[Any]] = {key: [] for key in _NODE_KEYS + _LEAF_KEYS + ("tree_roots",)}
    n_nodes = n_leaves = 0
    for tree in map(_with_a_branch, trees):
        leaf = tree.left < 0
        # The number of each node among the branches, or among the leaves.
        index = np.where(leaf, n_leaves + np.cumsum(leaf), n_nodes + np.cumsum(~leaf)) - 1
        left, right = tree.left[~leaf], tree.right[~leaf]
        branches = (tree.feature[~leaf], tree.threshold[~leaf], tree.mode[~leaf], tree.missing_left[~leaf])
        children = (index[left], leaf[left], index[right], leaf[right])
        leaves = (np.full(leaf.sum(), tree.target), tree.value[leaf])
        for key, value in zip(_NODE_KEYS + _LEAF_KEYS, (*branches, *children, *leaves), strict=True):
            parts[key].append(value)
        parts["tree_roots"].append([n_nodes])
        n_nodes, n_leaves = n_nodes + len(left), n_leaves + int(leaf.sum())
    joined = {key: np.concatenate(value) for key, value in parts.items()}
    tensors = {key: numpy_helper.from_array(joined.pop(key).astype(kind)) for key, kind in _TENSORS.items()}
    lists = {key: value.astype(np.int64).tolist() for key, value in joined.items()}
    return graph.add(
        "TreeEnsemble", x, domain=ML, n_targets=n_targets, aggregate_function=SUM, **lists, **tensors
    )


_NODE_KEYS = (
    "nodes_featureids",
    "nodes_splits",
    "nodes_modes",
    "nodes_missing_value_tracks_true",
    "nodes_truenodeids",
    "nodes_trueleafs",
    "nodes_falsenodeids",
    "nodes_falseleafs",
)
_LEAF_KEYS = ("leaf_targetids", "leaf_weights")
_TENSORS = {"nodes_splits": np.float64, "nodes_modes": np.uint8, "leaf_weights": np.float64}


def _with_a_branch(tree: Tree) -> Tree:
    """Return a tree whose root is a branch: ONNX has none that is one leaf."""
    if tree.left[0] >= 0:
        return tree
    both = np.repeat(tree.value[:1], 3)
    none = np.zeros(3, dtype=np.int64)
    children = (np.array([1, -1, -1]), np.array([2, -1, -1]))
    return Tree(none, np.zeros(3), *children, both, none.astype(bool), none, tree.target)


def add_search(graph: Graph, x: str, edges: Floats, modes: Ints) -> str:
    """Add, for each feature, the number of edges that a value has reached.

    Parameters
    ----------
    graph : Graph
        Where.
    x : str
        A matrix of as many columns as `edges` has rows.
    edges : float64 array (n_features, n_edges)
        Ascending in each row.
    modes : int array (n_edges,)
        `LESS`: an edge is reached by its own value; `LEQ`: by what is above it.

    Returns
    -------
    str
        An int64 matrix of the shape of `x`.
    """
    trees = [_search_tree(row, modes, feature) for feature, row in enumerate(edges)]
    return graph.add("Cast", add_trees(graph, x, trees, len(edges)), to=INT64)


def _search_tree(edges: Floats, modes: Ints, feature: int) -> Tree:
    """Return a balanced tree that counts edges."""
    rows: list[tuple[float, int, int, float, int]] = []  # threshold, left, right, value, mode

    def grow(low: int, high: int) -> int:
        at = len(rows)
        if low == high:
            rows.append((0.0, -1, -1, float(low), LEQ))
            return at
        middle = (low + high) // 2
        rows.append((edges[middle], 0, 0, 0.0, int(modes[middle])))
        left, right = grow(low, middle), grow(middle + 1, high)
        rows[at] = (edges[middle], left, right, 0.0, int(modes[middle]))
        return at

    grow(0, len(edges))
    threshold, left, right, value, mode = (np.array(column) for column in zip(*rows, strict=True))
    features, missing = np.full(len(rows), feature), np.zeros(len(rows), dtype=bool)
    return Tree(features, threshold, left, right, value, missing, mode, feature)


def forest(graph: Graph, model: RandomForestRegressor | ExtraTreesRegressor, x: str) -> str:
    """Add a forest: the mean of trees that compare numbers rounded to float32 with float64 thresholds."""
    rounded = graph.add("Cast", graph.add("Cast", x, to=FLOAT), to=DOUBLE)
    trees = [_forest_tree(each.tree_) for each in model.estimators_]
    return graph.add("Div", add_trees(graph, rounded, trees), np.array(float(len(trees))))


def _forest_tree(tree: Any) -> Tree:
    modes = np.full(tree.node_count, LEQ)
    missing = tree.missing_go_to_left.astype(bool)
    values = tree.value[:, 0, 0]
    return Tree(tree.feature, tree.threshold, tree.children_left, tree.children_right, values, missing, modes)


def boosting(graph: Graph, model: HistGradientBoostingRegressor, x: str) -> str:
    """Add boosted trees: a baseline and the sum of trees, through the link of the loss."""
    trees = [_boosted_tree(model, predictor.nodes) for (predictor,) in model._predictors]
    total = graph.add("Add", add_trees(graph, x, trees), np.array(float(model._baseline_prediction[0, 0])))
    return graph.add("Exp", total) if model.loss in LOG_LINKS else total


def _boosted_tree(model: HistGradientBoostingRegressor, nodes: Any) -> Tree:
    if nodes["is_categorical"].any():
        raise refused(model, "a branch on sets of categories")
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        feature=nodes["feature_idx"].astype(np.int64),
        threshold=nodes["num_threshold"].astype(np.float64),
        left=np.where(leaf, -1, nodes["left"].astype(np.int64)),
        right=np.where(leaf, -1, nodes["right"].astype(np.int64)),
        value=nodes["value"].astype(np.float64),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        mode=np.full(len(nodes), LEQ),
    )
