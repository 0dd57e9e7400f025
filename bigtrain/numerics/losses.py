"""Losses of one residual r = prediction − y, and their slopes by the prediction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp, log1p
from typing import Any

from numba.extending import register_jitable

# Each formula returns (value, slope). `a` is the loss's own knob, by `Loss.reads`.


@register_jitable
def squared(r, a):
    """½r²: the text's, whose mean is 1/(2n) Σ r²."""
    return 0.5 * r * r, r


@register_jitable
def huber(r, a):
    """½r² up to |r| = a, then a(|r| − ½a): Huber (1964), Robust estimation of a location parameter."""
    clipped = min(max(r, -a), a)
    return clipped * (r - 0.5 * clipped), clipped


@register_jitable
def log_cosh(r, a):
    """log cosh r = |r| + log(1 + e^(−2|r|)) − log 2, which overflows nowhere; its slope is tanh r."""
    small = exp(-2.0 * abs(r))
    size = (1 - small) / (1 + small)
    return abs(r) + log1p(small) - 0.6931471805599453, size if r > 0 else -size


@register_jitable
def quantile(r, a):
    """The pinball: (1 − a)·r above the target, −a·r below it; its minimum is the a-quantile.

    Koenker & Bassett (1978), Regression quantiles. The slope at 0 is taken as 0.
    """
    slope = (1.0 - a if r > 0 else 0.0) - (a if r < 0 else 0.0)
    return slope * r, slope


@register_jitable
def epsilon_insensitive(r, a):
    """max(0, |r| − a): the loss of support vector regression, Vapnik (1995); its slope on the edges is 0."""
    slope = (1.0 if r > a else 0.0) - (1.0 if r < -a else 0.0)
    return max(abs(r) - a, 0.0), slope


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss: (r, a) → (value, slope), and the hyper-parameter that is its a."""

    formula: Callable[..., Any]
    reads: str | None = None


LOSSES: Mapping[str, Loss] = {
    "squared": Loss(squared),
    "huber": Loss(huber, "huber_delta"),
    "log_cosh": Loss(log_cosh),
    "quantile": Loss(quantile, "quantile"),
    "epsilon_insensitive": Loss(epsilon_insensitive, "epsilon_insensitive"),
}
