"""The rival of the sweep: the same Adam steps on the same fold Grams, written for JAX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.training.workloads import Array, Fold

EPSILON = 1e-8


def installed() -> bool:
    """Whether JAX can be imported here."""
    return find_spec("jax") is not None


def fold_statistics(X: Array, y: Array, folds: Sequence[Fold]) -> tuple[Array, ...]:
    """Return G, c of each training part (total minus held out) and G, c, yᵀy of each held-out part, as means.

    The last coordinate is the intercept's. Folds are adjacent rows, so that a slice serves without a copy.
    """
    held = [held_out(X[test[0] : test[-1] + 1], y[test[0] : test[-1] + 1]) for _, test in folds]
    G, c, yy, n = (np.stack([part[i] for part in held]) for i in range(4))
    train = len(y) - n
    return (
        (G.sum(0) - G) / train[:, None, None],
        (c.sum(0) - c) / train[:, None],
        G / n[:, None, None],
        c / n[:, None],
        yy / n,
    )


def held_out(X: Array, y: Array) -> tuple[Array, ...]:
    """Return AᵀA, Aᵀy, yᵀy and n for A = (X, 1); NumPy takes XᵀX as a symmetric product, at half the cost."""
    p = X.shape[1]
    G, c = np.empty((p + 1, p + 1), X.dtype), np.empty(p + 1, X.dtype)
    G[:p, :p], G[p, :p], G[p, p] = X.T @ X, X.sum(0), len(y)
    G[:p, p] = G[p, :p]
    c[:p], c[p] = X.T @ y, y.sum()
    return G, c, y @ y, np.array(len(y))


def make_sweep(steps: int, over_folds: str, unroll: int) -> Callable[..., Any]:
    """Return the compiled function (statistics, rates, strengths) -> held-out MSE of shape (folds, settings).

    Parameters
    ----------
    steps : int
        Full-batch Adam steps.
    over_folds : str
        ``"vmap"``: ``jit(vmap(vmap(scan)))``; ``"map"``: one fold after the other.
    unroll : int
        How many steps `scan` writes out.
    """
    import jax

    jax.config.update("jax_enable_x64", True)
    from jax import numpy as jnp

    def train(G: Any, c: Any, rate: Any, l1: Any) -> Any:
        penalised = jnp.ones_like(c).at[-1].set(0)

        def step(state: Any, t: Any) -> Any:
            w, m, v = state
            g = G @ w - c
            m = 0.9 * m + 0.1 * g
            v = 0.999 * v + 0.001 * g * g
            pace = rate / (jnp.sqrt(v / (1 - 0.999**t)) + EPSILON)
            w = w - pace * m / (1 - 0.9**t)
            w = jnp.sign(w) * jnp.maximum(jnp.abs(w) - pace * l1 * penalised, 0)
            return (w, m, v), None

        start = (jnp.zeros_like(c),) * 3
        ts = jnp.arange(1, steps + 1, dtype=c.dtype)
        return jax.lax.scan(step, start, ts, unroll=unroll)[0][0]

    def fold(G: Any, c: Any, Gv: Any, cv: Any, yy: Any, rates: Any, strengths: Any) -> Any:
        W = jax.vmap(train, in_axes=(None, None, 0, 0))(G, c, rates, strengths)
        return jnp.sum((W @ Gv - 2 * cv) * W, axis=1) + yy

    def sweep(statistics: Any, rates: Any, strengths: Any) -> Any:
        if over_folds == "vmap":
            return jax.vmap(fold, in_axes=(0, 0, 0, 0, 0, None, None))(*statistics, rates, strengths)
        return jax.lax.map(lambda s: fold(*s, rates, strengths), statistics)

    return jax.jit(sweep)


def variants(steps: int) -> dict[str, Callable[..., Any]]:
    """Return JAX's side in the spellings worth trying; the fastest one is the rival."""
    return {
        f"JAX {over}, unroll {unroll}": make_sweep(steps, over, unroll)
        for over in ("vmap", "map")
        for unroll in (1, 4)
    }


def run_from_rows(
    sweep: Callable[..., Any], X: Array, y: Array, folds: Sequence[Fold], settings: Any
) -> Array:
    """From raw rows to scores: the statistics by NumPy, as ours are, the rest by JAX."""
    rates = np.array([s["learning_rate"] for s in settings], X.dtype)
    strengths = np.array([s["l1"] for s in settings], X.dtype)
    return np.asarray(sweep(fold_statistics(X, y, folds), rates, strengths))
