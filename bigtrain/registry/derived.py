"""Versions that are made of another version, with what they came of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Metric
from mlflow.entities.model_registry import ModelVersion
from numpy.typing import NDArray
from pandas import DataFrame

from bigtrain.registry.evidence import Evidence, compare
from bigtrain.registry.history import Event
from bigtrain.registry.manifest import MANIFEST
from bigtrain.registry.promotion import DIGEST, EVIDENCE, RMSE, give, residuals_of
from bigtrain.registry.versions import RegisteredVersion, create_version, link, log_model
from bigtrain.tracking import Store
from bigtrain.tracking.client_trials import search, tagged
from bigtrain.tracking.content import INHERITED, KIND, PARENT, SWEEP

FROM = "bigtrain.made_from"
"""The version that a version was made of, as NAME/VERSION."""

HOW = "bigtrain.made_by"
"""What was done to it, in words."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """A model made of a registered version.

    Attributes
    ----------
    kind : str
        ``compression`` or ``distillation``.
    origin : str
        The version it was made of: NAME/VERSION.
    how : str
        What was done, in words: of two that agree in this and in `origin`, one is enough.
    pipeline : estimator
        Fitted, of scikit-learn's own classes.
    input_example : DataFrame
        A few rows of the columns it takes.
    residuals : float64 array (n_rows,)
        Target minus prediction on the holdout.
    holdout_digest : str
        Of the holdout's rows.
    metrics : mapping
        Noted as metrics of the run, and on the version as ``bigtrain.<metric>``.
    folder : Path or None
        Its files become artifacts of the run.
    """

    kind: str
    origin: str
    how: str
    pipeline: Any
    input_example: DataFrame
    residuals: NDArray[np.float64]
    holdout_digest: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    folder: Path | None = None


def register_derived(
    store: Store, origin: ModelVersion, model: str, made: Derivation
) -> tuple[RegisteredVersion, bool]:
    """Register a model that was made of a version, once.

    It gets a run of its own below the sweep that everything began with, and no alias.

    Parameters
    ----------
    store : Store
        Where.
    origin : ModelVersion
        What it was made of.
    model : str
        The registered model that it becomes a version of.
    made : Derivation
        All about it.

    Returns
    -------
    RegisteredVersion, bool
        The version, and whether it is new.
    """

    def once() -> tuple[RegisteredVersion, bool]:
        found = _existing(store, model, made)
        version = _made(store, origin, model, made) if found is None else found
        link(store.client, str(version.run_id), version)
        return RegisteredVersion(model, str(version.version)), found is None

    with store.hold_model(model):
        return store.call(once)


def _made(store: Store, origin: ModelVersion, model: str, made: Derivation) -> ModelVersion:
    run_id = _note_run(store, origin.tags[SWEEP], made)
    logged, manifest = log_model(store, run_id, made.pipeline, made.input_example, made.residuals)
    return create_version(store, model, logged, {**_tags(store, origin, made), MANIFEST: manifest})


def give_alias(store: Store, version: RegisteredVersion, alias: str, why: str) -> None:
    """Give an alias that is nobody's title: whoever had it before just lets it go."""
    with store.hold_model(version.name):
        store.call(lambda: give(store, version, Event.now(alias, version.version, why)))


def _tags(store: Store, origin: ModelVersion, made: Derivation) -> dict[str, str]:
    rmse = float(np.sqrt(np.mean(np.square(made.residuals))))
    noted = {f"bigtrain.{name}": repr(float(value)) for name, value in made.metrics.items()}
    evidence = _evidence(store, origin, made)
    return {
        **noted,
        SWEEP: origin.tags[SWEEP],
        FROM: made.origin,
        HOW: made.how,
        DIGEST: made.holdout_digest,
        RMSE: repr(rmse),
        **({} if evidence is None else {EVIDENCE: evidence.to_json()}),
    }


def _evidence(store: Store, origin: ModelVersion, made: Derivation) -> Evidence | None:
    """Compare it with what it was made of, on the same rows."""
    before = residuals_of(store, origin)
    if before is None or len(before) != len(made.residuals):
        return None
    return compare(made.residuals, before)


def _existing(store: Store, model: str, made: Derivation) -> ModelVersion | None:
    for found in store.client.search_model_versions(tagged(FROM, made.origin)):
        if (found.name, found.tags.get(HOW)) == (model, made.how):
            return found
    return None


def _note_run(store: Store, sweep_id: str, made: Derivation) -> str:
    """Note a run that is over from its start: nothing that is killed leaves it running."""
    client, sweep = store.client, store.client.get_run(sweep_id)
    run_id = _left_run(client, sweep.info.experiment_id, made)
    if run_id is None:
        inherited = {key: sweep.data.tags[key] for key in INHERITED if key in sweep.data.tags}
        tags = {**inherited, PARENT: sweep_id, SWEEP: sweep_id, FROM: made.origin, HOW: made.how}
        name = f"{made.kind}-of-{made.origin.replace('/', '-v')}"
        run_id = str(client.create_run(sweep.info.experiment_id, tags=tags, run_name=name).info.run_id)
    client.set_terminated(run_id)
    # Last: a run that is of a kind, and still running, is taken for what a killed process left.
    client.set_tag(run_id, KIND, made.kind)
    begun = client.get_run(run_id).info.start_time
    client.log_batch(run_id, metrics=[Metric(key, float(v), begun, 0) for key, v in made.metrics.items()])
    if made.folder is not None:
        client.log_artifacts(run_id, str(made.folder))
    return run_id


def _left_run(client: MlflowClient, experiment_id: str, made: Derivation) -> str | None:
    """Return the run that an interrupted registration of the same left: it has no version."""
    for run in search(client, [experiment_id], tagged(FROM, made.origin)):
        run_id = str(run.info.run_id)
        if run.data.tags.get(HOW) == made.how and not client.search_model_versions(f"run_id = '{run_id}'"):
            return run_id
    return None
