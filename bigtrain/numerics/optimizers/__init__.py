"""The optimizers, by name: each one short formula with its paper."""

from __future__ import annotations

from collections.abc import Mapping

from .adam import adam, adamax, adamw, amsgrad, bias_corrections, lion, momentum_decay, nadam
from .adaptive import adadelta, adagrad, rmsprop
from .descent import momentum, nesterov, sgd
from .rule import Rule, no_clock

__all__ = ["RULES", "Rule", "no_clock"]

_BETAS = ("beta_1", "beta_2", "epsilon")

RULES: Mapping[str, Rule] = {
    "gd": Rule(sgd, slots=0),
    "sgd": Rule(sgd, slots=0),
    "momentum": Rule(momentum, slots=1, reads=("momentum",)),
    "nesterov": Rule(nesterov, slots=1, reads=("momentum",)),
    "adagrad": Rule(adagrad, slots=1, reads=("epsilon",)),
    "adadelta": Rule(adadelta, slots=3, reads=("rho", "epsilon")),
    "rmsprop": Rule(rmsprop, slots=1, reads=("rho", "epsilon")),
    "adam": Rule(adam, slots=2, reads=_BETAS, clock=bias_corrections),
    "amsgrad": Rule(amsgrad, slots=3, reads=_BETAS, clock=bias_corrections),
    "adamax": Rule(adamax, slots=2, reads=_BETAS, clock=bias_corrections),
    "nadam": Rule(nadam, slots=2, reads=_BETAS, clock=momentum_decay),
    "adamw": Rule(adamw, slots=2, reads=(*_BETAS, "weight_decay"), clock=bias_corrections),
    "lion": Rule(lion, slots=1, reads=("beta_1", "beta_2", "weight_decay")),
}
