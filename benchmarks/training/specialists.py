"""Tools made for one thing, beside ours: where a single fit of that thing is their home."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import ElasticNet, Lasso, LassoCV, Ridge, SGDRegressor

from benchmarks.table import NOT_INSTALLED, Cell, Table, times
from benchmarks.timing import side_by_side
from benchmarks.training.workloads import Array, fold_scores, make_folds, table
from bigtrain import GradientRegressor, fit_cohort

L1, L2 = 0.02, 1e-3


def run(quick: bool) -> Table:
    """Time single fits and paths of each tool, each at its own best settings."""
    n, p = (500, 10) if quick else (20_640, 100)
    X, y = table(n, p)
    rounds = 1 if quick else 5
    rows = [
        *compare("ridge", ridge_sides(X, y), rounds, objective(X, y, 0, L2)),
        *compare("lasso", lasso_sides(X, y), rounds, objective(X, y, L1, 0)),
        *compare("elastic net", elastic_net_sides(X, y), rounds, objective(X, y, L1, L2)),
        *compare("100 lasso strengths × 5 folds", path_sides(X, y, 10 if quick else 100), rounds),
        *compare("one pass of plain SGD", one_pass_sides(X, y), rounds),
    ]
    return Table(
        title="Specialists, one fit each",
        compared=f"{n:,} × {p} rows, whole fits from arrays, each tool at its default tolerance; ours "
        "takes 100 full-batch steps of Nesterov's momentum. Vowpal Wabbit reads its own cache file, "
        "written beforehand.",
        differs="A solve is exact for ridge and coordinate descent goes to any tolerance for one lasso: "
        "below 1×, or where the last column matters, they are the tool for that one fit. They answer no "
        "question about optimizers, rates, schedules, batches or other losses. A sweep asks those, and "
        "there a setting more costs a column.",
        rows=rows,
    )


def compare(
    work: str,
    sides: dict[str, Callable[[], Any] | None],
    rounds: int,
    judge: Callable[[Any], float] | None = None,
) -> list[dict[str, Cell]]:
    """Return a row for each tool; the ratio is to ours, the first; `judge` is a model's objective."""
    installed = {name: side for name, side in sides.items() if side}
    timings = side_by_side(installed, rounds)
    reached = {name: judge(side()) for name, side in installed.items()} if judge else {}
    best = min(reached.values(), default=1.0)
    return [
        {
            "work": work,
            "tool": name,
            "ms": timings.median(name) * 1e3 if side else NOT_INSTALLED,
            "time / ours": times(timings.ratio(name, next(iter(sides)))) if side else None,
            "objective above the best": f"{reached[name] / best - 1:.0e}" if name in reached else None,
        }
        for name, side in sides.items()
    ]


def objective(X: Array, y: Array, l1: float, l2: float) -> Callable[[Any], float]:
    """Return the function that tells a fitted model's J = 1/(2n) Σ r² + l1 Σ|w| + l2 Σw²."""

    def of(model: Any) -> float:
        w, r = model.coef_, y - model.predict(X)
        return float(np.mean(r**2) / 2 + l1 * np.abs(w).sum() + l2 * (w**2).sum())

    return of


def ours(**setting: Any) -> GradientRegressor:
    """Return the full-batch setting that stands for us in single fits."""
    return GradientRegressor(
        "nesterov", learning_rate=0.02, batch_size=None, max_iter=100, tol=None, **setting
    )


def ridge_sides(X: Array, y: Array) -> dict[str, Callable[[], Any] | None]:
    """Ridge by Cholesky is one product and one solve."""
    return {
        "bigtrain": lambda: ours(l2=L2).fit(X, y),
        "Ridge (cholesky)": lambda: Ridge(alpha=2 * L2 * len(y), solver="cholesky").fit(X, y),
    }


def lasso_sides(X: Array, y: Array) -> dict[str, Callable[[], Any] | None]:
    """Lasso by coordinate descent, on the rows and on the Gram, and by working sets."""
    return {
        "bigtrain": lambda: ours(l1=L1).fit(X, y),
        "Lasso": lambda: Lasso(L1).fit(X, y),
        "Lasso (precompute)": lambda: Lasso(L1, precompute=True).fit(X, y),
        "skglm Lasso": skglm_lasso(X, y),
    }


def skglm_lasso(X: Array, y: Array) -> Callable[[], Any] | None:
    """Return skglm's fit on columns in its own order, or None where it is not installed."""
    if not find_spec("skglm"):
        return None
    from skglm import Lasso as WorkingSetLasso

    F = np.asfortranarray(X)
    return lambda: WorkingSetLasso(alpha=L1).fit(F, y)


def elastic_net_sides(X: Array, y: Array) -> dict[str, Callable[[], Any] | None]:
    """Elastic net by the same means."""
    alpha, ratio = L1 + 2 * L2, L1 / (L1 + 2 * L2)
    return {
        "bigtrain": lambda: ours(l1=L1, l2=L2).fit(X, y),
        "ElasticNet": lambda: ElasticNet(alpha, l1_ratio=ratio).fit(X, y),
        "ElasticNet (precompute)": lambda: ElasticNet(alpha, l1_ratio=ratio, precompute=True).fit(X, y),
    }


def path_sides(X: Array, y: Array, count: int) -> dict[str, Callable[[], Any] | None]:
    """Take a whole path on five folds: what a cohort is for, and what LassoCV is for."""
    strengths = np.geomspace(1e-3, 0.5, count)
    settings = [
        {
            "optimizer": "nesterov",
            "learning_rate": 0.02,
            "batch_size": None,
            "max_iter": 100,
            "tol": None,
            "l1": float(s),
        }
        for s in strengths
    ]
    return {
        "bigtrain": lambda: fold_scores(X, y, settings, make_folds(len(y))),
        "LassoCV": lambda: LassoCV(alphas=strengths, cv=5).fit(X, y),
    }


def one_pass_sides(X: Array, y: Array) -> dict[str, Callable[[], Any] | None]:
    """One epoch of plain SGD, the home of streaming learners."""
    common = {"batch_size": 1, "shuffle": False, "max_iter": 1, "tol": None}
    one = GradientRegressor("sgd", learning_rate=1e-3, **common)
    many = [{"optimizer": "sgd", "learning_rate": float(r), **common} for r in np.geomspace(1e-5, 1e-3, 64)]
    return {
        "bigtrain": lambda: one.fit(X, y),
        "bigtrain, 64 settings": lambda: fit_cohort(X, y, many),
        "SGDRegressor": lambda: SGDRegressor(max_iter=1, tol=None, shuffle=False).fit(X, y),
        "Vowpal Wabbit": vowpal_pass(X, y),
    }


def vowpal_pass(X: Array, y: Array) -> Callable[[], Any] | None:
    """Return one pass over a cache file, written here and not timed; None without Vowpal Wabbit."""
    if not find_spec("vowpalwabbit"):
        return None
    from vowpalwabbit import Workspace

    folder = tempfile.TemporaryDirectory(prefix="vw-")
    text, cache = Path(folder.name, "rows.txt"), Path(folder.name, "rows.cache")
    with text.open("w") as file:
        for row, target in zip(X, y, strict=True):
            file.write(f"{target:.6g} | " + " ".join(f"{j}:{x:.6g}" for j, x in enumerate(row)) + "\n")
    plain = "--sgd --quiet"
    Workspace(f"{plain} -d {text} --cache_file {cache} -k").finish()
    command = f"{plain} -d {text} --cache_file {cache}"

    def one_pass() -> None:
        assert folder.name  # kept, and with it the files, as long as this function is
        Workspace(command).finish()

    return one_pass
