"""Optimizers that follow the gradient at one rate for all coordinates."""

from __future__ import annotations

from .rule import Step


def sgd(g, w, m, v, u, lr, h1, h2, h3, h4, d1, d2, d3) -> Step:
    """w ← w − lr·g. On the full batch this is `gd`, batch gradient descent.

    Robbins & Monro (1951), A stochastic approximation method.
    """
    return lr * g, lr, m, v, u


def momentum(g, w, m, v, u, lr, momentum, h2, h3, h4, d1, d2, d3) -> Step:
    """m ← μ·m + g;  w ← w − lr·m.

    Polyak (1964), Some methods of speeding up the convergence of iteration methods. As in PyTorch the
    rate multiplies the sum, not each gradient, and there is no dampening. Where the gradient holds still
    the sum is g/(1 − μ), so that the step a coordinate really takes is lr/(1 − μ).
    """
    m = momentum * m + g
    return lr * m, lr / (1 - momentum), m, v, u


def nesterov(g, w, m, v, u, lr, momentum, h2, h3, h4, d1, d2, d3) -> Step:
    """m ← μ·m + g;  w ← w − lr·(g + μ·m).

    Nesterov (1983), in the form of Sutskever et al. (2013) as PyTorch writes it, with the gradient taken at
    the weights themselves. Where the gradient holds still the step is lr·g/(1 − μ), as for `momentum`.
    """
    m = momentum * m + g
    return lr * (g + momentum * m), lr / (1 - momentum), m, v, u
