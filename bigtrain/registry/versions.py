"""Register a sweep's model, once."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mlflow import MlflowClient
from mlflow.entities import LoggedModel, LoggedModelOutput, LoggedModelStatus
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from numpy.typing import NDArray
from pandas import DataFrame

from bigtrain.failpoints import Failpoint, reach
from bigtrain.registry.manifest import MANIFEST, manifest_of
from bigtrain.registry.saved_model import RESIDUALS, Save, save_model
from bigtrain.tracking import Store
from bigtrain.tracking.content import NUMBER, SWEEP

BLEND = "bigtrain.blend"
"""The members of a blend, on its version."""

LINK = "mlflow.modelVersions"
"""What MLflow tags a logged model with once it is registered."""


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """A version in the registry; ``models:/NAME/VERSION`` is what `mlflow.sklearn.load_model` takes."""

    name: str
    version: str


def register(
    store: Store,
    *,
    sweep_id: str,
    trial: int,
    model: str,
    pipeline: Any,
    input_example: DataFrame,
    residuals: NDArray[np.float64],
    metrics: Mapping[str, float],
    made_of: str = "",
    save: Save = save_model,
) -> RegisteredVersion:
    """Register a fitted pipeline as a version of ``model``.

    A sweep's trial, or blend, is registered once: another call returns the version that is there.

    Parameters
    ----------
    store : Store
        Where; held by the caller.
    sweep_id, trial : str, int
        What the model came of.
    model : str
        The registered model's name.
    pipeline : Pipeline
        Fitted, of scikit-learn's own classes.
    input_example : DataFrame
        A few rows of input.
    residuals : float64 array
        Target minus prediction on the rows of the holdout, in their order.
    metrics : mapping
        Final scores, noted on the version as ``bigtrain.<metric>``.
    made_of : str, optional
        The members of a blend.
    save : callable, optional
        Does what `save_model` does.

    Returns
    -------
    RegisteredVersion
    """
    noted = {f"bigtrain.{name}": repr(float(value)) for name, value in metrics.items()}
    tags = {**noted, SWEEP: sweep_id, NUMBER: str(trial), **({BLEND: made_of} if made_of else {})}

    def once() -> RegisteredVersion:
        version = _existing(store, model, sweep_id, trial, made_of)
        if version is None:
            logged, manifest = log_model(store, sweep_id, pipeline, input_example, residuals, save)
            reach(Failpoint.MODEL_LOGGED)
            version = create_version(store, model, logged, {**tags, MANIFEST: manifest})
            reach(Failpoint.VERSION_MADE)
        link(store.client, sweep_id, version)
        reach(Failpoint.VERSION_LINKED)
        return RegisteredVersion(model, str(version.version))

    return store.call(once)


def _existing(store: Store, model: str, sweep_id: str, trial: int, made_of: str) -> ModelVersion | None:
    for found in store.client.search_model_versions(f"tags.`{SWEEP}` = '{sweep_id}'"):
        tags = found.tags
        if found.name == model and (tags.get(NUMBER), tags.get(BLEND, "")) == (str(trial), made_of):
            return found
    return None


def log_model(
    store: Store,
    run_id: str,
    pipeline: Any,
    input_example: DataFrame,
    residuals: NDArray[np.float64],
    save: Save = save_model,
) -> tuple[LoggedModel, str]:
    """Upload a model that a run made; return MLflow's record of it, and the digests of its files."""
    client = store.client
    _remove_leftovers(client, run_id)
    run = client.get_run(run_id)
    logged = client.create_logged_model(
        run.info.experiment_id,
        name="champion-candidate",
        source_run_id=run_id,
        tags={SWEEP: run.data.tags.get(SWEEP, run_id)},
    )
    reach(Failpoint.MODEL_BEGUN)
    described = Model(
        artifact_path=logged.artifact_location,
        run_id=run_id,
        model_uuid=logged.model_id,
        model_id=logged.model_id,
    )
    database = store.address.database
    # Beside the store, where that is a file: a sweep writes nowhere else.
    with _scratch(database and database.parent, run_id) as folder:
        saved = folder / "model"
        save(pipeline, input_example, saved, described)
        np.save(saved / RESIDUALS, residuals, allow_pickle=False)
        manifest = manifest_of(saved)
        reach(Failpoint.MODEL_SAVED)
        client.log_model_artifacts(logged.model_id, str(saved))
    reach(Failpoint.MODEL_UPLOADED)
    client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
    return client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY), manifest


def _remove_leftovers(client: MlflowClient, run_id: str) -> None:
    """Delete the models of interrupted registrations: those of the run that no version was made from."""
    kept = {version.source for version in client.search_model_versions(f"run_id = '{run_id}'")}
    for left in _logged_models(client, run_id):
        if left.artifact_location not in kept and LINK not in left.tags:
            client.delete_logged_model(left.model_id)


def link(client: MlflowClient, run_id: str, version: ModelVersion) -> None:
    """Note the version where MLflow's UI looks for it: on the logged model."""
    named = json.dumps([{"name": version.name, "version": version.version}])
    for logged in _logged_models(client, run_id):
        if logged.artifact_location == version.source and logged.tags.get(LINK) != named:
            client.set_logged_model_tags(logged.model_id, {LINK: named})


def _logged_models(client: MlflowClient, run_id: str) -> Sequence[LoggedModel]:
    experiment_id = client.get_run(run_id).info.experiment_id
    return client.search_logged_models([experiment_id], f"source_run_id = '{run_id}'")


@contextmanager
def _scratch(parent: Path | None, run_id: str) -> Iterator[Path]:
    """Yield an empty folder for a while; what a killed process left of one for this run is removed."""
    prefix = f".model-{run_id}-"
    for left in parent.glob(f"{prefix}*") if parent else ():
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent) as folder:
        yield Path(folder)


def create_version(store: Store, model: str, logged: LoggedModel, tags: Mapping[str, str]) -> ModelVersion:
    """Make a version of an uploaded model, and the registered model with it where it is the first."""
    client = store.client
    try:
        client.create_registered_model(model)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    reach(Failpoint.MODEL_NAMED)
    return client.create_model_version(
        model,
        # Not "models:/ID": for that MLflow asks a client of its own, which opens the working folder's store.
        source=logged.artifact_location,
        run_id=logged.source_run_id,
        tags=dict(tags),
        model_id=logged.model_id,
    )
