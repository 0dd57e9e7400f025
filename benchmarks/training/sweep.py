"""The whole sweep: settings × folds × steps, from raw rows to scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.linear_model import SGDRegressor

from benchmarks.table import NOT_INSTALLED, Cell, Table, times
from benchmarks.timing import Timings, seconds_of, side_by_side
from benchmarks.training import jax_sweep
from benchmarks.training.workloads import Array, Fold, adam_with_l1, fold_scores, make_folds, table
from bigtrain import GradientRegressor


def run(quick: bool) -> Table:
    """Time our sweep beside JAX's, one default SGDRegressor, one Gram and solve, and one fit of ours."""
    n, p, count, steps, rounds = (600, 8, 6, 20, 1) if quick else (100_000, 100, 256, 200, 7)
    X, y = table(n, p)
    folds, settings = make_folds(n), adam_with_l1(count, steps)
    one = GradientRegressor(**settings[0])
    jax_sides = jax_variants(X, y, folds, settings, steps)
    timings = side_by_side(
        {
            "bigtrain": lambda: fold_scores(X, y, settings, folds),
            "bigtrain, float32": in_single(X, y, folds, settings),
            **jax_sides,
            "SGDRegressor().fit": lambda: SGDRegressor(random_state=0).fit(X, y),
            "one Gram + solve": lambda: gram_and_solve(X, y),
            "one fit of ours": lambda: one.fit(X, y),
        },
        rounds,
    )
    agreement = largest_difference(jax_sides, X, y, folds, settings)
    share = 2 * (p + 1) ** 2 * count * len(folds) * steps / timings.median("bigtrain") / product_peak()
    return Table(
        title="A sweep, from raw rows to scores",
        compared=f"{count} settings × {len(folds)} folds × {steps} full-batch Adam steps with l1, {n:,} × "
        f"{p} rows, float64 unless it says otherwise; statistics, training and held-out scores of all "
        "settings are in the time, compilation is not. JAX takes the same steps on the same fold Grams, "
        "`jit(vmap(vmap(scan)))` and three spellings of it, the fastest of which is the rival. The steps' "
        f"products are {share:.0%} of what a large matrix product could do in our whole time.",
        differs=f"Largest relative difference between the two sides' scores: {agreement}. JAX gets its "
        "statistics from NumPy on slices of adjacent rows; ours takes folds of any rows.",
        rows=list(rows(timings, list(jax_sides), count)),
    )


def rows(timings: Timings, jax_sides: list[str], count: int) -> list[dict[str, Cell]]:
    """Return a row for each side; the ratio says how ours compares."""
    rival = timings.best(*jax_sides) if jax_sides else "JAX"

    def row(side: str, ratio: str | None, bar: str | None, per: int = 1) -> dict[str, Cell]:
        known = side in timings.seconds
        seconds = timings.median(side) if known else None
        return {
            "work": side,
            "seconds": NOT_INSTALLED if seconds is None else seconds,
            "settings a second": per / seconds if seconds and per > 1 else None,
            "ratio": ratio,
            "bar": bar,
        }

    def cost(side: str) -> str:
        return f"sweep = {times(timings.ratio('bigtrain', side))} this"

    gain = f"ours is {times(timings.ratio(rival, 'bigtrain'))} as fast" if jax_sides else None
    others = [row(side, None, None, count) for side in jax_sides if side != rival]
    return [
        row("bigtrain", None, None, count),
        row("bigtrain, float32", None, None, count),
        row(rival, gain, "≥ 1.5×", count),
        *others,
        row("SGDRegressor().fit", cost("SGDRegressor().fit"), "≤ 1.2×"),
        row("one Gram + solve", cost("one Gram + solve"), "≤ 8×"),
        row("one fit of ours", cost("one fit of ours"), "printed"),
    ]


def in_single(X: Array, y: Array, folds: list[Fold], settings: list[dict[str, Any]]) -> Callable[[], Any]:
    """Return our sweep in float32, the conversion not timed."""
    X32, y32 = X.astype(np.float32), y.astype(np.float32)
    return lambda: fold_scores(X32, y32, settings, folds)


def jax_variants(
    X: Array, y: Array, folds: list[Fold], settings: list[dict[str, Any]], steps: int
) -> dict[str, Callable[[], Any]]:
    """Return JAX's sides, none where it is not installed."""
    if not jax_sweep.installed():
        return {}
    return {
        name: (lambda sweep=sweep: jax_sweep.run_from_rows(sweep, X, y, folds, settings))
        for name, sweep in jax_sweep.variants(steps).items()
    }


def largest_difference(
    jax_sides: dict[str, Callable[[], Any]],
    X: Array,
    y: Array,
    folds: list[Fold],
    settings: list[dict[str, Any]],
) -> str:
    """Return how far the two sides' scores are apart: they claim to do the same work."""
    if not jax_sides:
        return NOT_INSTALLED
    theirs = next(iter(jax_sides.values()))()
    return f"{np.max(np.abs(fold_scores(X, y, settings, folds) / theirs - 1)):.1e}"


def gram_and_solve(X: Array, y: Array) -> Array:
    """Return least squares by the normal equations: the least that any answer costs."""
    G, c = X.T @ X, X.T @ y
    return np.linalg.solve(G, c)


def product_peak(size: int = 512) -> float:
    """Return the floating-point operations a second of a large square matrix product into a buffer.

    Products of the sweep's own narrow shapes are slower in BLAS than in our kernels, and so are no floor.
    """
    A, B, out = np.ones((size, size)), np.ones((size, size)), np.empty((size, size))
    return 2 * size**3 / seconds_of(lambda: np.dot(A, B, out=out), rounds=5)
