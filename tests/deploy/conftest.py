"""A store with one registered model."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline

from bigtrain.registry.versions import register
from bigtrain.tracking import Store, SweepStart, open_store
from tests.registry.conftest import pipeline, rows

__all__ = ["pipeline", "rows"]


@pytest.fixture(scope="session")
def store(
    own_cache: None, tmp_path_factory: pytest.TempPathFactory, pipeline: Pipeline, rows: pd.DataFrame
) -> Store:
    """A store with the version 1 of a model ``houses``, its champion."""
    root: Path = tmp_path_factory.mktemp("store")
    store = open_store(root=root)
    register(
        store,
        sweep_id=store.start_sweep(SweepStart("houses", {}, "")),
        trial=3,
        model="houses",
        pipeline=pipeline,
        input_example=rows.iloc[:5],
        residuals=np.zeros(4),
        metrics={"holdout_rmse": 0.5},
    )
    store.client.set_registered_model_alias("houses", "champion", "1")
    return store
