"""Saving by a process on standby: the same files, or the same error."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import joblib
import pandas as pd
import pytest
import skops.io
import yaml
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from sklearn.pipeline import Pipeline

from bigtrain.registry import saved_model
from bigtrain.registry.saved_model import DESCRIPTION, MODEL, TRUSTED, save_model, saved_by
from bigtrain.standby import Standby
from bigtrain.sweep import SAVING
from tests.registry.test_versions import Homemade


def contents(folder: Path) -> dict[str, object]:
    """Return all files by name: of the model what it is made of, for its file holds addresses in memory."""
    found: dict[str, object] = {path.name: path.read_bytes() for path in folder.iterdir()}
    described = yaml.safe_load((folder / DESCRIPTION).read_text())
    described.pop("model_size_bytes")
    return found | {DESCRIPTION: described, MODEL: joblib.hash(skops.io.load(folder / MODEL, TRUSTED))}


def test_who_saves_makes_no_difference(pipeline: Pipeline, rows: pd.DataFrame, tmp_path: Path) -> None:
    """Once by the process on standby; again, when that one has ended, by this one: file for file the same."""
    described = Model(artifact_path="somewhere", run_id="0" * 32)
    save_model(pipeline, rows.iloc[:5], tmp_path / "here", deepcopy(described))
    with Standby(*SAVING) as standby:
        save = saved_by(standby, pytest.fail)
        for place in ("there", "again"):
            save(pipeline, rows.iloc[:5], tmp_path / place, deepcopy(described))
            assert standby.used
            assert contents(tmp_path / place) == contents(tmp_path / "here")


@pytest.mark.parametrize(
    ("function", "seconds", "why"),
    [
        ("hang", 0.5, "TimeoutError"),
        ("fail", 60.0, "ChildProcessError('last line')"),
        ("end_at_once", 60.0, "ChildProcessError('ended with 3')"),
    ],
)
def test_who_hangs_or_fails_is_done_without(
    function: str,
    seconds: float,
    why: str,
    pipeline: Pipeline,
    rows: pd.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After some time the same files are there, and one line says what happened."""
    monkeypatch.setattr(saved_model, "SAVED_WITHIN", seconds)
    described, said = Model(artifact_path="somewhere", run_id="0" * 32), list[str]()
    save_model(pipeline, rows.iloc[:5], tmp_path / "here", deepcopy(described))
    with Standby(f"tests.test_standby:{function}") as standby:
        saved_by(standby, said.append)(pipeline, rows.iloc[:5], tmp_path / "there", deepcopy(described))
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    (line,) = said
    assert why in line


@pytest.mark.parametrize("function", ["bigtrain.no_such_module:save", "os:abort"])
def test_what_cannot_be_saved_is_said_as_ever(function: str, rows: pd.DataFrame, tmp_path: Path) -> None:
    """The error is the one of saving here, whether that process says that it failed or just ends."""
    homemade = Pipeline([("model", Homemade())])
    with Standby(function) as standby, pytest.raises(MlflowException, match="Homemade"):
        saved_by(standby, str)(homemade, rows.iloc[:5], tmp_path / "model", Model())
