"""The papers' formulas in plain Python on floats: what the fast code must equal, step by step.

Nothing here is shared with the code under test: no NumPy, no vectors, one coordinate at a time.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Rule = Callable[[float, float, float, int], tuple[float, float]]
"""(weight, slope, learning rate, t from 1) -> (next weight, the pace: what one unit of slope moves it)."""


@dataclass(frozen=True)
class Hyper:
    """The hyper-parameters of one training, with the defaults of the papers."""

    optimizer: str = "sgd"
    learning_rate: float = 0.05
    momentum: float = 0.9
    beta_1: float = 0.9
    beta_2: float = 0.999
    rho: float = 0.9
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    l1: float = 0.0
    l2: float = 0.0
    l1_step: str = "proximal"
    loss: str = "squared"
    huber_delta: float = 1.35
    quantile: float = 0.5
    epsilon_insensitive: float = 0.1
    batch_size: int | None = None
    fit_intercept: bool = True


def plain(h: Hyper) -> Rule:
    """w - lr g."""
    return lambda w, g, lr, _: (w - lr * g, lr)


def momentum(h: Hyper) -> Rule:
    """PyTorch's heavy ball: the buffer sums whole slopes, so a constant slope moves lr / (1 - mu)."""
    b = 0.0

    def step(w: float, g: float, lr: float, t: int) -> tuple[float, float]:
        nonlocal b
        b = h.momentum * b + g
        return w - lr * b, lr / (1 - h.momentum)

    return step


def nesterov(h: Hyper) -> Rule:
    """PyTorch's Nesterov (Sutskever et al. 2013, rearranged): g + mu b."""
    b = 0.0

    def step(w: float, g: float, lr: float, t: int) -> tuple[float, float]:
        nonlocal b
        b = h.momentum * b + g
        return w - lr * (g + h.momentum * b), lr / (1 - h.momentum)

    return step


def adagrad(h: Hyper) -> Rule:
    """Duchi et al. 2011."""
    s = 0.0

    def step(w: float, g: float, lr: float, t: int) -> tuple[float, float]:
        nonlocal s
        s += g * g
        pace = lr / (math.sqrt(s) + h.epsilon)
        return w - pace * g, pace

    return step


def adadelta(h: Hyper) -> Rule:
    """Zeiler 2012; its epsilon is inside both roots, in the paper and in PyTorch."""
    s = d = 0.0

    def step(w: float, g: float, lr: float, t: int) -> tuple[float, float]:
        nonlocal s, d
        s = h.rho * s + (1 - h.rho) * g * g
        ratio = math.sqrt(d + h.epsilon) / math.sqrt(s + h.epsilon)
        d = h.rho * d + (1 - h.rho) * (ratio * g) ** 2
        return w - lr * ratio * g, lr * ratio

    return step


def rmsprop(h: Hyper) -> Rule:
    """Hinton's lecture 6e; rho is PyTorch's alpha."""
    s = 0.0

    def step(w: float, g: float, lr: float, t: int) -> tuple[float, float]:
        nonlocal s
        s = h.rho * s + (1 - h.rho) * g * g
        pace = lr / (math.sqrt(s) + h.epsilon)
        return w - pace * g, pace

    return step


def adam(h: Hyper) -> Rule:
    """Kingma and Ba 2015, algorithm 1."""
    m = v = 0.0

    def step(w: float, g: float, lr: float, t: int) -> tuple[float, float]:
        nonlocal m, v
        m = h.beta_1 * m + (1 - h.beta_1) * g
        v = h.beta_2 * v + (1 - h.beta_2) * g * g
        pace = lr / (math.sqrt(v / (1 - h.beta_2**t)) + h.epsilon)
        return w - pace * m / (1 - h.beta_1**t), pace

    return step


def amsgrad(h: Hyper) -> Rule:
    """Reddi et al. 2018 as PyTorch has it: the largest v, corrected afterwards."""
    m = v = largest = 0.0

    def step(w: float, g: float, lr: float, t: int) -> tuple[float, float]:
        nonlocal m, v, largest
        m = h.beta_1 * m + (1 - h.beta_1) * g
        v = h.beta_2 * v + (1 - h.beta_2) * g * g
        largest = max(largest, v)
        pace = lr / (math.sqrt(largest / (1 - h.beta_2**t)) + h.epsilon)
        return w - pace * m / (1 - h.beta_1**t), pace

    return step


def adamax(h: Hyper) -> Rule:
    """Kingma and Ba 2015, algorithm 2; PyTorch adds epsilon to the slope's size."""
    m = u = 0.0

    def step(w: float, g: float, lr: float, t: int) -> tuple[float, float]:
        nonlocal m, u
        m = h.beta_1 * m + (1 - h.beta_1) * g
        u = max(h.beta_2 * u, abs(g) + h.epsilon)
        return w - lr / u * m / (1 - h.beta_1**t), lr / u

    return step


def nadam(h: Hyper) -> Rule:
    """Dozat 2016 with its momentum decay: mu_t = beta_1 (1 - 0.5 · 0.96^(0.004 t)).

    Its step is two parts, of the slope and of the mean; where the slope holds still both move with it.
    """
    m = v = 0.0
    product = 1.0

    def mu(t: int) -> float:
        return h.beta_1 * (1 - 0.5 * 0.96 ** (t * 0.004))

    def step(w: float, g: float, lr: float, t: int) -> tuple[float, float]:
        nonlocal m, v, product
        product *= mu(t)
        m = h.beta_1 * m + (1 - h.beta_1) * g
        v = h.beta_2 * v + (1 - h.beta_2) * g * g
        pace = lr / (math.sqrt(v / (1 - h.beta_2**t)) + h.epsilon)
        of_slope = (1 - mu(t)) / (1 - product)
        of_mean = mu(t + 1) / (1 - product * mu(t + 1))
        return w - pace * (of_slope * g + of_mean * m), pace * (of_slope + of_mean)

    return step


def lion(h: Hyper) -> Rule:
    """Chen et al. 2023, algorithm 2 (its weight decay is applied by `train`)."""
    m = 0.0

    def step(w: float, g: float, lr: float, t: int) -> tuple[float, float]:
        nonlocal m
        c = h.beta_1 * m + (1 - h.beta_1) * g
        m = h.beta_2 * m + (1 - h.beta_2) * g
        return w - lr * ((c > 0) - (c < 0)), math.nan

    return step


RULES: dict[str, Callable[[Hyper], Rule]] = {
    "gd": plain,
    "sgd": plain,
    "momentum": momentum,
    "nesterov": nesterov,
    "adagrad": adagrad,
    "adadelta": adadelta,
    "rmsprop": rmsprop,
    "adam": adam,
    "amsgrad": amsgrad,
    "adamax": adamax,
    "nadam": nadam,
    "adamw": adam,
    "lion": lion,
}


def loss_value(h: Hyper, r: float) -> float:
    """The loss of one residual r = y - prediction."""
    if h.loss == "squared":
        return r * r / 2
    if h.loss == "huber":
        d = h.huber_delta
        return r * r / 2 if abs(r) <= d else d * abs(r) - d * d / 2
    if h.loss == "log_cosh":
        return abs(r) + math.log1p(math.exp(-2 * abs(r))) - math.log(2)
    if h.loss == "quantile":
        return max(h.quantile * r, (h.quantile - 1) * r)
    return max(0.0, abs(r) - h.epsilon_insensitive)


def loss_slope(h: Hyper, r: float) -> float:
    """The loss's derivative by the prediction, at residual r = y - prediction."""
    if h.loss == "squared":
        return -r
    if h.loss == "huber":
        return -max(-h.huber_delta, min(h.huber_delta, r))
    if h.loss == "log_cosh":
        return -math.tanh(r)
    if h.loss == "quantile":
        return -h.quantile if r > 0 else 1 - h.quantile if r < 0 else 0.0
    return 0.0 if abs(r) <= h.epsilon_insensitive else -math.copysign(1, r)


def shrink(w: float, threshold: float) -> float:
    """argmin_z (z - w)²/2 + threshold |z|."""
    return math.copysign(max(abs(w) - threshold, 0.0), w)


def sign(w: float) -> int:
    """-1, 0 or 1."""
    return (w > 0) - (w < 0)


def batches(n: int, size: int | None) -> list[range]:
    """Rows in their order, the last batch as short as it comes."""
    size = size or n
    return [range(start, min(start + size, n)) for start in range(0, n, size)]


def train(
    h: Hyper,
    X: Sequence[Sequence[float]],
    y: Sequence[float],
    epochs: int,
    rate: Callable[[int], float] | None = None,
    start: Sequence[float] | None = None,
) -> Iterator[list[float]]:
    """Yield the weights and, last, the intercept after each epoch; arguments as `train_by_step`'s."""
    steps = len(batches(len(y), h.batch_size))
    yield from itertools.islice(train_by_step(h, X, y, epochs, rate, start), steps - 1, None, steps)


def train_by_step(
    h: Hyper,
    X: Sequence[Sequence[float]],
    y: Sequence[float],
    epochs: int,
    rate: Callable[[int], float] | None = None,
    start: Sequence[float] | None = None,
) -> Iterator[list[float]]:
    """Yield the weights and, last, the intercept after each step.

    Parameters
    ----------
    h : Hyper
        The setting.
    X, y : sequences of float
        Rows and targets.
    epochs : int
        How many passes.
    rate : callable, optional
        The learning rate at step t, from 1; constant by default.
    start : sequence of float, optional
        Weights and intercept to begin from; zeros by default.
    """
    p, t = len(X[0]), 0
    w = list(start or [0.0] * (p + 1))
    rules = [RULES[h.optimizer](h) for _ in w]
    for _ in range(epochs):
        for rows in batches(len(y), h.batch_size):
            t += 1
            lr = rate(t) if rate else h.learning_rate
            slopes = [loss_slope(h, y[i] - w[p] - sum(X[i][j] * w[j] for j in range(p))) for i in rows]
            for j in range(p + h.fit_intercept):
                g = sum(s * (X[i][j] if j < p else 1.0) for s, i in zip(slopes, rows, strict=True)) / len(
                    rows
                )
                w[j] = coordinate_step(h, rules[j], w[j], g, lr, t, penalised=j < p)
            yield list(w)


def coordinate_step(h: Hyper, rule: Rule, w: float, g: float, lr: float, t: int, *, penalised: bool) -> float:
    """One coordinate's step: decoupled decay, the rule, and last the proximal step of l1."""
    if not penalised:
        return rule(w, g, lr, t)[0]
    subgradient = h.l1_step == "subgradient"
    g += 2 * h.l2 * w + (h.l1 * sign(w) if subgradient else 0.0)
    if h.optimizer in ("adamw", "lion"):
        w *= 1 - lr * h.weight_decay
    moved, pace = rule(w, g, lr, t)
    return shrink(moved, h.l1 * pace) if h.l1 and not subgradient else moved


def objective(h: Hyper, X: Sequence[Sequence[float]], y: Sequence[float], w: Sequence[float]) -> float:
    """J(w, b): the mean loss, plus l1 Σ|w| + l2 Σw² over the weights without the intercept."""
    *coef, b = w
    mean = sum(
        loss_value(h, t - b - sum(x * c for x, c in zip(row, coef, strict=True)))
        for row, t in zip(X, y, strict=True)
    )
    return mean / len(y) + sum(h.l1 * abs(c) + h.l2 * c * c for c in coef)
