"""The best score a sweep over strengths finds, beside the exact answer on the same folds."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import lasso_path

from benchmarks.table import Table
from benchmarks.timing import side_by_side
from benchmarks.training.jax_sweep import fold_statistics
from benchmarks.training.workloads import Array, Fold, fold_scores, make_folds, table

STEPS = 200


def run(quick: bool) -> Table:
    """Sweep 256 ridge and 100 lasso strengths both ways, and compare the best mean validation error."""
    n, p, ridges, lassos = (600, 8, 6, 6) if quick else (100_000, 100, 256, 100)
    X, y = table(n, p)
    y = y + 0.3 * np.random.default_rng(2).standard_normal(n)
    folds = make_folds(n)
    l2, l1 = np.geomspace(1e-6, 1, ridges), np.geomspace(1e-4, 0.3, lassos)
    sides: dict[str, Any] = {
        "ridge, ours": lambda: fold_scores(X, y, settings(l2=l2), folds),
        "ridge, eigendecomposition": lambda: exact_ridge(X, y, l2, folds),
        "lasso, ours": lambda: fold_scores(X, y, settings(l1=l1), folds),
        "lasso, coordinate descent": lambda: exact_lasso(X, y, l1, folds),
    }
    timings = side_by_side(sides, rounds=1 if quick else 5)
    best = {name: float(side().mean(axis=0).min()) for name, side in sides.items()}
    rows = []
    for name in sides:
        count = ridges if name.startswith("ridge") else lassos
        exact = best["ridge, eigendecomposition" if name.startswith("ridge") else "lasso, coordinate descent"]
        rows.append(
            {
                "work": name,
                "strengths": count,
                "settings a second": count / timings.median(name),
                "best mean squared error": f"{best[name]:.7f}",
                "above the exact one": f"{best[name] / exact - 1:.1e}",
                "bar": "within 1e-3" if "ours" in name else None,
            }
        )
    return Table(
        title="The same best score as the exact answer",
        compared=f"Strengths of one penalty on the same 5 folds of {n:,} × {p} rows, from raw rows to "
        f"held-out scores; ours by {STEPS} full-batch steps of Nesterov's momentum.",
        differs="For l1 or l2 alone exact solvers are the honest rival, and where they are faster they "
        "should be used. They don't search over optimizers, rates or other losses.",
        rows=rows,
    )


def settings(l1: Array | None = None, l2: Array | None = None) -> list[dict[str, Any]]:
    """Return one setting for each strength of the one penalty that is given."""
    name, strengths = ("l1", l1) if l1 is not None else ("l2", l2)
    assert strengths is not None
    common = {
        "optimizer": "nesterov",
        "learning_rate": 0.02,
        "batch_size": None,
        "max_iter": STEPS,
        "tol": None,
    }
    return [{**common, name: float(s)} for s in strengths]


def centred(G: Array, c: Array) -> tuple[Array, Array, Array, float]:
    """Return the covariances, and the means, of mean products whose last coordinate is the constant 1."""
    mean, y_mean = G[-1, :-1], c[-1]
    return G[:-1, :-1] - np.outer(mean, mean), c[:-1] - mean * y_mean, mean, y_mean


def held_out_error(W: Array, train: tuple[Array, Array], test: tuple[Array, Array, float]) -> Array:
    """Return the held-out MSE of each column of W, the intercept chosen by the training part."""
    _, _, mean, y_mean = centred(*train)
    A = np.vstack([W, y_mean - mean @ W])
    Gv, cv, yy = test
    return np.asarray(np.sum((Gv @ A - 2 * cv[:, None]) * A, axis=0) + yy)


def exact_ridge(X: Array, y: Array, strengths: Array, folds: list[Fold]) -> Array:
    """Return held-out MSE (folds, strengths): one eigendecomposition a fold serves every strength."""
    scores = []
    for G, c, Gv, cv, yy in zip(*fold_statistics(X, y, folds), strict=True):
        S, s, _, _ = centred(G, c)
        values, vectors = np.linalg.eigh(S)
        W = vectors @ ((vectors.T @ s)[:, None] / (values[:, None] + 2 * strengths))
        scores.append(held_out_error(W, (G, c), (Gv, cv, yy)))
    return np.array(scores)


def exact_lasso(X: Array, y: Array, strengths: Array, folds: list[Fold]) -> Array:
    """Return held-out MSE (folds, strengths) by scikit-learn's coordinate descent along the path.

    It works on a square root of the Gram: p rows whose products are those of all n.
    """
    scores = []
    for G, c, Gv, cv, yy in zip(*fold_statistics(X, y, folds), strict=True):
        S, s, _, _ = centred(G, c)
        root = np.linalg.cholesky(S).T
        target = np.linalg.solve(root.T, s)
        p = len(s)
        _, W, _ = lasso_path(
            root * np.sqrt(p), target * np.sqrt(p), alphas=strengths[::-1], precompute=S * p, Xy=s * p
        )
        scores.append(held_out_error(W[:, ::-1], (G, c), (Gv, cv, yy)))
    return np.array(scores)
