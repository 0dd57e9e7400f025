"""Everything that explains a sweep, or repeats it, is in its runs: read with MLflow's own client alone."""

import json
import os
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from mlflow import MlflowClient
from mlflow.entities import Run

from bigtrain.data import load_dataset, split_holdout
from tests.job.conftest import SMALL, plain_client

DIVERGING = "start=[{optimizer:gd,learning_rate:4.9}]"
TYPED = [*SMALL, "space.optimizer.choices.gd.learning_rate.high=5.0", DIVERGING, "seed=3"]
"""One of its trials diverges at least; Hydra is handed other words than these."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep run as a user runs it, in a repository with changes."""
    folder = tmp_path_factory.mktemp("whole")
    who = ["-c", "user.name=law", "-c", "user.email=law@home", "-c", "commit.gpgsign=false"]
    (folder / "file").write_text("one")
    for arguments in (["init", "-q"], ["add", "file"], ["commit", "-qm", "one"]):
        subprocess.run(["git", *who, *arguments], cwd=folder, check=True)
    (folder / "file").write_text("two")
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-m", "bigtrain.sweep", *TYPED], cwd=folder, env=path, check=True)
    return folder


@pytest.fixture
def client(place: Path) -> MlflowClient:
    return plain_client(place)


@pytest.fixture
def parent(client: MlflowClient) -> Run:
    (found,) = client.search_runs(["1"], "tags.`bigtrain.kind` = 'sweep'")
    return found


@pytest.fixture
def trials(client: MlflowClient) -> list[Run]:
    return client.search_runs(["1"], "tags.`bigtrain.kind` = 'trial'", max_results=100)


def test_the_parent_says_where_it_came_from(place: Path, parent: Run) -> None:
    """The command as it was typed, the commit and that it was changed, the version of all that counts."""
    tags = parent.data.tags
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=place, capture_output=True, text=True, check=True
    )
    assert shlex.split(tags["mlflow.source.name"]) == ["python", "-m", "bigtrain.sweep", *TYPED]
    assert tags["mlflow.source.git.commit"] == commit.stdout.strip()
    assert tags["bigtrain.git_dirty"] == "true"
    versions = json.loads(tags["bigtrain.versions"])
    packages = ("bigtrain", "mlflow", "numba", "numpy", "optuna", "pandas", "scikit-learn", "scipy")
    assert {name: version(name) for name in packages}.items() <= versions.items()
    assert versions["python"].startswith("3.")


def test_the_parent_says_what_was_asked(client: MlflowClient, parent: Run) -> None:
    """The whole configuration with its seed, resolved; the table by digest and columns; the rows held out."""
    config = yaml.safe_load(Path(client.download_artifacts(parent.info.run_id, "config.yaml")).read_text())
    asked = {key: config[key] for key in ("seed", "n_trials", "cv", "cohort")}
    assert asked == {"seed": 3, "n_trials": 20, "cv": 3, "cohort": 8}
    assert config["space"]["optimizer"]["choices"]["gd"]["learning_rate"]["high"] == 5.0
    data = load_dataset("document")
    assert parent.data.tags["bigtrain.data_digest"] == data.digest
    assert parent.data.tags["bigtrain.split_digest"] == split_holdout(data, 0.2, 3).digest
    (given,) = parent.inputs.dataset_inputs
    columns = json.loads(given.dataset.schema)["mlflow_colspec"]
    assert {column["name"]: column["type"] for column in columns} == {"x": "double", "y": "double"}


def test_a_trial_says_alone_what_it_is(parent: Run, trials: list[Run]) -> None:
    """Sorted by anything, each row says which sweep and trial, how and when it ended, by which command."""
    assert len(trials) == 20
    for run in trials:
        tags, record = run.data.tags, json.loads(run.data.tags["bigtrain.trial"])
        own = {"kind": "trial", "name": "document", "number": str(record["number"]), "state": record["state"]}
        assert {f"bigtrain.{key}": value for key, value in own.items()}.items() <= tags.items()
        assert tags["bigtrain.sweep"] == parent.info.run_id == tags["mlflow.parentRunId"]
        for key in ("mlflow.source.name", "mlflow.source.git.commit"):
            assert tags[key] == parent.data.tags[key]
        assert run.info.run_name == f"trial-{record['number']:04d}"
        assert run.info.start_time == record["started_ms"] <= run.info.end_time == record["ended_ms"]
        assert len(record["stop_reasons"]) == 3
        assert isinstance(record["rungs"], dict)


def test_a_trial_says_why_it_failed(trials: list[Run]) -> None:
    """The reason is one line, and the same in the record."""
    failed = [run for run in trials if run.info.status == "FAILED"]
    assert failed
    for run in failed:
        reason = run.data.tags["bigtrain.reason"]
        assert "diverged" in reason
        assert "\n" not in reason
        assert json.loads(run.data.tags["bigtrain.trial"])["reason"] == reason
