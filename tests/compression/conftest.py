"""A folder in which a sweep has ended, on a table with a column of noise."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bigtrain.config.app import compose
from bigtrain.job import run_job
from bigtrain.report import Console
from bigtrain.tracking import Store, open_store

N_ROWS = 600


def table() -> pd.DataFrame:
    """A sum of two columns and a category, beside two columns of noise."""
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({name: rng.normal(size=N_ROWS) for name in ("a", "b", "noise")})
    rows["kind"], rows["other"] = rng.choice(["x", "y"], N_ROWS), rng.choice(["u", "v"], N_ROWS)
    rows["target"] = (
        10 + 3 * rows["a"] - 2 * rows["b"] + (rows["kind"] == "x") + 0.3 * rng.normal(size=N_ROWS)
    )
    return rows


@pytest.fixture(scope="session")
def home(own_cache: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder; the model is called ``mine``."""
    home: Path = tmp_path_factory.mktemp("home")
    table().to_csv(home / "rows.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        data = ["data=csv", "data.path=rows.csv", "data.target=target", "name=mine", "report=false"]
        config = compose([*data, "estimator=ridge", "space=none", "n_trials=1", "cv=2", "verbose=0"])
        run_job(config, Console(config))
    return home


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Its store, from within the folder."""
    monkeypatch.chdir(home)
    return open_store()
