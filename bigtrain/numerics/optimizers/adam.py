"""Adam and its relatives: a running mean of the gradient over a running size of it."""

from __future__ import annotations

from bigtrain.numerics.lanes import maximum, sqrt

from .rule import Step

DECAY = 0.96**0.004
"""How much closer to β₁ each step brings NAdam's momentum (ψ = 0.004, as in PyTorch)."""


def bias_corrections(c1, c2, c3, beta_1, beta_2):
    """Advance β₁ᵗ and β₂ᵗ; derive 1/(1 − β₁ᵗ) and 1/(1 − β₂ᵗ), which make m̂ of m and v̂ of v."""
    c1, c2 = c1 * beta_1, c2 * beta_2
    return c1, c2, c3, 1 / (1 - c1), 1 / (1 - c2), 0.0


def momentum_decay(c1, c2, c3, beta_1, beta_2):
    """Advance Πₜμ, β₂ᵗ and 0.96^(0.004 t), from which μₜ = β₁(1 − ½·0.96^(0.004 t)).

    Derive (1−μₜ)/(1−Πₜμ), μₜ₊₁/(1−Πₜ₊₁μ) and 1/(1 − β₂ᵗ).
    """
    c3 = c3 * DECAY
    now, following = beta_1 * (1 - 0.5 * c3), beta_1 * (1 - 0.5 * c3 * DECAY)
    c1, c2 = c1 * now, c2 * beta_2
    return c1, c2, c3, (1 - now) / (1 - c1), following / (1 - c1 * following), 1 / (1 - c2)


def adam(g, w, m, v, u, lr, beta_1, beta_2, epsilon, h4, of_m, of_v, d3) -> Step:
    """m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;  w ← w − lr·m̂/(√v̂ + ε), with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).

    Kingma & Ba (2015), Adam, algorithm 1; ε outside the root, as there and in PyTorch.
    """
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g * g
    reach = lr / (sqrt(v * of_v) + epsilon)
    return reach * m * of_m, reach, m, v, u


def amsgrad(g, w, m, v, u, lr, beta_1, beta_2, epsilon, h4, of_m, of_v, d3) -> Step:
    """`adam` with the largest v so far: u ← maximum(u, v);  w ← w − lr·m̂/(√(u/(1−β₂ᵗ)) + ε).

    Reddi, Kale & Kumar (2018), On the convergence of Adam and beyond. As in PyTorch the largest *uncorrected*
    v is kept and then corrected (the paper corrects nothing).
    """
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g * g
    u = maximum(u, v)
    reach = lr / (sqrt(u * of_v) + epsilon)
    return reach * m * of_m, reach, m, v, u


def adamax(g, w, m, v, u, lr, beta_1, beta_2, epsilon, h4, of_m, of_v, d3) -> Step:
    """m ← β₁m + (1−β₁)g;  v ← max(β₂v, |g| + ε);  w ← w − lr/(1−β₁ᵗ)·m/v.

    Kingma & Ba (2015), algorithm 2. ε is added to |g|, as in PyTorch; the paper has none.
    """
    m = beta_1 * m + (1 - beta_1) * g
    v = maximum(beta_2 * v, abs(g) + epsilon)
    reach = lr / v
    return reach * m * of_m, reach, m, v, u


def nadam(g, w, m, v, u, lr, beta_1, beta_2, epsilon, h4, of_gradient, of_mean, of_v) -> Step:
    """w ← w − lr/(√v̂ + ε)·[(1−μₜ)/(1−Πₜμ)·g + μₜ₊₁/(1−Πₜ₊₁μ)·m], with m and v as in `adam`.

    Dozat (2016), Incorporating Nesterov momentum into Adam, with its decay of the momentum,
    μₜ = β₁(1 − ½·0.96^(tψ)) and ψ = 0.004, as PyTorch writes it. Where the gradient holds still m is g, so
    that the step is the rate times the sum of the two factors.
    """
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g * g
    scale = lr / (sqrt(v * of_v) + epsilon)
    return scale * (of_gradient * g + of_mean * m), scale * (of_gradient + of_mean), m, v, u


def adamw(g, w, m, v, u, lr, beta_1, beta_2, epsilon, weight_decay, of_m, of_v, d3) -> Step:
    """`adam`, and beside it w ← w − lr·λ·w: decay that the division by √v̂ doesn't touch.

    Loshchilov & Hutter (2019), Decoupled weight decay regularization; λ times the rate, as in PyTorch.
    """
    m = beta_1 * m + (1 - beta_1) * g
    v = beta_2 * v + (1 - beta_2) * g * g
    reach = lr / (sqrt(v * of_v) + epsilon)
    return reach * m * of_m + lr * weight_decay * w, reach, m, v, u


def lion(g, w, m, v, u, lr, beta_1, beta_2, weight_decay, h4, d1, d2, d3) -> Step:
    """w ← w − lr·(sign(β₁m + (1−β₁)g) + λ·w);  m ← β₂m + (1−β₂)g.

    Chen et al. (2023), Symbolic discovery of optimization algorithms. A step has the same size whatever the
    gradient's, so none corresponds to a unit gradient: `l1` has no proximal step here and is refused.
    """
    direction = beta_1 * m + (1 - beta_1) * g
    m = beta_2 * m + (1 - beta_2) * g
    sign = (direction > 0) - (direction < 0)
    return lr * (sign + weight_decay * w), 0.0 * lr, m, v, u
