"""What a table goes through before a linear model sees it, in scikit-learn's own classes."""

from __future__ import annotations

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from bigtrain.data import Dataset

MAX_CATEGORIES = 100
"""Columns that one category column may become; rarer categories share the last one."""


def make_preprocessor(dataset: Dataset) -> ColumnTransformer:
    """Return an unfitted transformer for the columns of `dataset`.

    Numbers: missing cells get the median, then mean 0 and deviation 1. Categories: one column each, in
    which a missing cell is a category of its own (no imputer before it, since that has no ONNX converter
    for text) and an unseen one counts as rare, or as none where nothing was rare.
    """
    numbers = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    categories = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MAX_CATEGORIES, sparse_output=False
    )
    return ColumnTransformer(
        [("numbers", numbers, list(dataset.numeric)), ("categories", categories, list(dataset.categorical))],
        verbose_feature_names_out=False,
    )
