"""The normal distribution's quantile, of which ONNX has none."""

from __future__ import annotations

import numpy as np

from bigtrain.deploy.graph.builder import Graph

# Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988): relative error about 1e-16.
_CENTER = (
    (
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ),
    (
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ),
)
_MIDDLE = (
    (
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ),
    (
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ),
)
_TAIL = (
    (
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ),
    (
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ),
)
"""Numerator and denominator of each part, highest power first."""

CENTRAL, TAIL_FROM = 0.425, 5.0
LEAST = 1e-300
"""Keeps the logarithm finite where another part is chosen anyway."""


def normal_quantile(graph: Graph, p: str, low: float, high: float) -> str:
    """Add the quantile of the standard normal distribution, kept between `low` and `high`.

    Parameters
    ----------
    graph : Graph
        Where.
    p : str
        Probabilities from 0 to 1.
    low, high : float
        What 0 and 1 become.
    """
    q = graph.add("Sub", p, np.array(0.5))
    square = graph.add("Sub", np.array(CENTRAL**2), graph.add("Mul", q, q))
    center = graph.add("Mul", q, _ratio(graph, _CENTER, square))
    outer = graph.add("Min", p, graph.add("Sub", np.array(1.0), p))
    log = graph.add("Log", graph.add("Max", outer, np.array(LEAST)))
    r = graph.add("Sqrt", graph.add("Neg", log))
    middle = _ratio(graph, _MIDDLE, graph.add("Sub", r, np.array(1.6)))
    tail = _ratio(graph, _TAIL, graph.add("Sub", r, np.array(TAIL_FROM)))
    far = graph.add("Where", graph.add("Greater", r, np.array(TAIL_FROM)), tail, middle)
    signed = graph.add("Where", graph.add("Less", q, np.array(0.0)), graph.add("Neg", far), far)
    central = graph.add("LessOrEqual", graph.add("Abs", q), np.array(CENTRAL))
    y = graph.add("Where", central, center, signed)
    return graph.add("Min", graph.add("Max", y, np.array(low)), np.array(high))


def _ratio(graph: Graph, parts: tuple[tuple[float, ...], tuple[float, ...]], x: str) -> str:
    return graph.add("Div", *(_polynomial(graph, part, x) for part in parts))


def _polynomial(graph: Graph, coefficients: tuple[float, ...], x: str) -> str:
    """Add a polynomial by Horner's rule."""
    first, second, *rest = coefficients
    y = graph.add("Add", graph.add("Mul", x, np.array(first)), np.array(second))
    for coefficient in rest:
        y = graph.add("Add", graph.add("Mul", y, x), np.array(coefficient))
    return y
