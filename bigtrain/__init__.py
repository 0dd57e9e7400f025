"""A whole sweep for the price of a fit: many settings of a linear model trained as one.

What is slow to import is imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .estimator import GradientRegressor, fit_cohort
    from .selection import SweepSearchCV

__all__ = ["GradientRegressor", "SweepSearchCV", "__version__", "fit_cohort"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in ("GradientRegressor", "fit_cohort"):
        return getattr(import_module("bigtrain.estimator"), name)
    if name == "SweepSearchCV":
        return import_module("bigtrain.selection").SweepSearchCV
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
