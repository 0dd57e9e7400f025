"""An encoder of categories as what it is: a table to look up, found by asking it about each category."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

from bigtrain.errors import RefusedError

ENCODERS = (OneHotEncoder, OrdinalEncoder, TargetEncoder)

UNSEEN = "\0unseen"
"""Stands for any category that was not there in training."""


def category_table(encoder: Any, names: list[str], index: int) -> tuple[list[str], NDArray[np.float64]]:
    """Return what an encoder makes of each category of one column.

    Parameters
    ----------
    encoder : OneHotEncoder, OrdinalEncoder or TargetEncoder
        Fitted.
    names : list of str
        The columns it takes.
    index : int
        Which of them.

    Returns
    -------
    known : list of str
        The categories of training, without a missing one.
    table : float64 array (len(known) + 2, n_columns)
        The columns that come of each, then those of a missing category and of an unseen one.

    Raises
    ------
    RefusedError
        If it has no answer to an unseen category.
    """
    known = [str(category) for category in encoder.categories_[index] if not _is_missing(category)]
    cells = pd.Series([*known, np.nan, UNSEEN], dtype=object)
    others = pd.Series([UNSEEN] * len(cells), dtype=object)
    rows = pd.DataFrame({name: cells if at == index else others for at, name in enumerate(names)})
    try:
        with warnings.catch_warnings(action="ignore"):  # it says that a category is unseen
            encoded: Any = encoder.transform(rows)
    except ValueError:
        raise RefusedError("has no answer to an unseen category", where=type(encoder).__name__) from None
    dense = encoded if isinstance(encoded, np.ndarray) else encoded.toarray()
    return known, np.asarray(dense, dtype=np.float64)[:, _own_columns(encoder, index)]


def _own_columns(encoder: Any, index: int) -> slice:
    """Return which columns of the result are made of one column."""
    if not isinstance(encoder, OneHotEncoder):
        return slice(index, index + 1)
    begin = sum(encoded_width(encoder, before) for before in range(index))
    return slice(begin, begin + encoded_width(encoder, index))


def encoded_width(encoder: OneHotEncoder, index: int) -> int:
    """Return how many columns a one-hot encoder makes of one."""
    infrequent = getattr(encoder, "infrequent_categories_", None)
    rare = 0 if infrequent is None or infrequent[index] is None else len(infrequent[index])
    width = len(encoder.categories_[index]) - max(rare - 1, 0)
    dropped = encoder.drop_idx_
    return width - (dropped is not None and dropped[index] is not None)


def _is_missing(category: Any) -> bool:
    return category is None or category != category  # noqa: PLR0124 - NaN is not itself
