"""Optimizers that divide each coordinate's gradient by its own size."""

from __future__ import annotations

from bigtrain.numerics.lanes import sqrt

from .rule import Step


def adagrad(g, w, v, s2, s3, lr, epsilon, h2, h3, h4, d1, d2, d3) -> Step:
    """v ← v + g²;  w ← w − lr·g/(√v + ε).

    Duchi, Hazan & Singer (2011), Adaptive subgradient methods. ε outside the root, v from 0, as PyTorch.
    """
    v = v + g * g
    reach = lr / (sqrt(v) + epsilon)
    return reach * g, reach, v, s2, s3


def adadelta(g, w, m, v, u, lr, rho, epsilon, h3, h4, d1, d2, d3) -> Step:
    """v ← ρv + (1−ρ)g²;  δ = g·√(u+ε)/√(v+ε);  u ← ρu + (1−ρ)δ²;  w ← w − lr·δ.

    Zeiler (2012), ADADELTA. Here alone, as in the paper and in PyTorch, ε lies under both roots: it is what
    lets the first step move at all.
    """
    v = rho * v + (1 - rho) * g * g
    ratio = sqrt(u + epsilon) / sqrt(v + epsilon)
    u = rho * u + (1 - rho) * (ratio * g) * (ratio * g)
    return lr * ratio * g, lr * ratio, m, v, u


def rmsprop(g, w, v, s2, s3, lr, rho, epsilon, h3, h4, d1, d2, d3) -> Step:
    """v ← ρv + (1−ρ)g²;  w ← w − lr·g/(√v + ε).

    Tieleman & Hinton (2012), lecture 6.5. ε outside the root and v from 0, as PyTorch; ρ is its alpha.
    """
    v = rho * v + (1 - rho) * g * g
    reach = lr / (sqrt(v) + epsilon)
    return reach * g, reach, v, s2, s3
