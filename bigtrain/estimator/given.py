"""What is handed in: hyper-parameters and arrays, as they come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bigtrain.numerics.setting import Setting

SETTING_NAMES = dict.fromkeys(Setting._fields).keys()
"""The hyper-parameters of a column, in the order of `Setting`."""


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn numpy scalars, as a grid gives them, into Python's own numbers."""
    return {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}


def pass_unchanged(X: Any, y: Any) -> bool:
    """Whether scikit-learn's checks would hand these back as they are.

    They take a seventh of a short fit. What this doesn't recognise is theirs to judge.
    """
    if not (type(X) is type(y) is np.ndarray and X.ndim == 2 and y.ndim == 1 and len(X) == len(y)):
        return False
    if X.dtype not in (np.float64, np.float32) or y.dtype not in (np.float64, np.float32) or not X.size:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(X.sum()) and np.isfinite(y.sum()))  # no sum is where a number isn't
