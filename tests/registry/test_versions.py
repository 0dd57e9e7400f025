"""Laws of registration: once for a trial, and loadable by anyone."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from bigtrain.errors import StorageError
from bigtrain.registry.promotion import promote
from bigtrain.registry.versions import RegisteredVersion, register
from bigtrain.tracking import Store


class Homemade(BaseEstimator):
    """A type that only we have."""

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Predict nothing."""
        return np.zeros(len(X))


def registered(
    store: Store, sweep_id: str, pipeline: object, rows: pd.DataFrame, trial: int = 3
) -> RegisteredVersion:
    """Register a model named with a space."""
    return register(
        store,
        sweep_id=sweep_id,
        trial=trial,
        model="my houses",
        pipeline=pipeline,
        input_example=rows.iloc[:5],
        residuals=np.zeros(4),
        metrics={"holdout_rmse": 0.5},
    )


def test_a_trial_is_registered_once(
    store: Store, sweep_id: str, pipeline: Pipeline, rows: pd.DataFrame
) -> None:
    """A second call returns the version that is there; another trial of the sweep gets another."""
    first = registered(store, sweep_id, pipeline, rows)
    assert registered(store, sweep_id, pipeline, rows) == first
    assert first == RegisteredVersion("my houses", "1")
    assert registered(store, sweep_id, pipeline, rows, trial=4).version == "2"


def test_a_version_says_what_it_came_of(
    store: Store, sweep_id: str, pipeline: Pipeline, rows: pd.DataFrame
) -> None:
    """Sweep, trial and scores are tags of the version, and its run is the sweep."""
    version = registered(store, sweep_id, pipeline, rows)
    found = store.client.get_model_version(version.name, version.version)
    assert found.run_id == sweep_id
    manifest = json.loads(found.tags.pop("bigtrain.manifest"))
    assert {"MLmodel", "model.skops", "holdout_residuals.npy"} <= manifest.keys()
    assert found.tags == {
        "bigtrain.sweep": sweep_id,
        "bigtrain.number": "3",
        "bigtrain.holdout_rmse": "0.5",
    }


def test_what_an_interruption_left_is_removed(
    store: Store, sweep_id: str, pipeline: Pipeline, rows: pd.DataFrame
) -> None:
    """A model whose files never came is gone after the next registration."""
    left = store.client.create_logged_model("1", name="half", source_run_id=sweep_id).model_id
    registered(store, sweep_id, pipeline, rows)
    assert left not in [model.model_id for model in store.client.search_logged_models(["1"])]


def test_nothing_is_left_or_written_elsewhere(
    store: Store, sweep_id: str, pipeline: Pipeline, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model is made beside the store, where that is a file, and needs no other place to write to."""
    assert store.address.database is not None
    folder = store.address.database.parent
    before = {path.name for path in folder.iterdir()}
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    registered(store, sweep_id, pipeline, rows)
    assert before | {"artifacts"} == {path.name for path in folder.iterdir()}


def test_a_type_that_only_we_have_is_refused(store: Store, sweep_id: str, rows: pd.DataFrame) -> None:
    """A model that others couldn't load is not registered."""
    with pytest.raises(StorageError, match="untrusted types"):
        registered(store, sweep_id, Pipeline([("model", Homemade())]), rows)


def test_anyone_can_load_it(
    store: Store, sweep_id: str, pipeline: Pipeline, rows: pd.DataFrame, tmp_path: Path
) -> None:
    """Python that can't import bigtrain loads the champion both ways and predicts the same."""
    version = registered(store, sweep_id, pipeline, rows)
    promote(store, version, alias="champion", holdout_digest="d", residuals=np.zeros(4), baseline_rmse=1.0)
    code = """
import json, sys
sys.modules["bigtrain"] = None
import mlflow, pandas
mlflow.set_tracking_uri(sys.argv[1])
rows = pandas.read_json(sys.argv[2], dtype=False).astype({"kind": object})
for flavor in (mlflow.sklearn, mlflow.pyfunc):
    print(json.dumps(flavor.load_model("models:/my houses@champion").predict(rows).tolist()))
"""
    some = rows.dropna()
    some.to_json(tmp_path / "rows.json")
    command = [sys.executable, "-W", "ignore", "-c", code, store.address.uri, str(tmp_path / "rows.json")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        np.testing.assert_allclose(json.loads(line), pipeline.predict(some), rtol=1e-12)


def test_the_model_says_what_it_takes(
    store: Store, sweep_id: str, pipeline: Pipeline, rows: pd.DataFrame, tmp_path: Path
) -> None:
    """Signature, example and requirements are with the model."""
    registered(store, sweep_id, pipeline, rows)
    (found,) = store.client.search_logged_models(["1"])
    folder = Path(found.artifact_location)
    assert folder.is_relative_to(tmp_path)
    assert {"MLmodel", "input_example.json", "model.skops", "requirements.txt"} <= {
        path.name for path in folder.iterdir()
    }
    required = {line.partition("==")[0] for line in (folder / "requirements.txt").read_text().splitlines()}
    assert required == {"mlflow", "numpy", "pandas", "scikit-learn", "scipy", "skops"}
