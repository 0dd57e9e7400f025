"""An empty store, and a model to register."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from bigtrain.tracking import Store, SweepStart, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return open_store(root=tmp_path)


@pytest.fixture
def sweep_id(store: Store) -> str:
    """A sweep to register a model of."""
    return store.start_sweep(SweepStart("houses", {}, ""))


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    """Numbers and categories, some missing."""
    rows = pd.DataFrame({"area": np.linspace(1, 20, 20), "age": np.arange(20.0) % 7})
    rows["kind"] = pd.Series(["flat", "house", np.nan, "hut"] * 5, dtype=object)
    rows.loc[3, "area"] = np.nan
    return rows


@pytest.fixture(scope="session")
def pipeline(rows: pd.DataFrame) -> Pipeline:
    """A fitted pipeline of scikit-learn's own classes."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    kinds = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=100, sparse_output=False)
    preprocess = ColumnTransformer([("numbers", numbers, ["area", "age"]), ("kinds", kinds, ["kind"])])
    return Pipeline([("preprocess", preprocess), ("model", LinearRegression())]).fit(rows, np.arange(20.0))
