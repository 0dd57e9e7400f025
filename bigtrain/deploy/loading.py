"""Load a registered version without ever running what somebody put into it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sklearn
import skops.io
import yaml
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from pandas import DataFrame
from sklearn.ensemble import VotingRegressor
from sklearn.pipeline import Pipeline

from bigtrain.config import TrackingConfig
from bigtrain.errors import ConfigError, NoInputError, RefusedError
from bigtrain.registry.listing import known_references
from bigtrain.registry.manifest import read_files
from bigtrain.registry.saved_model import BOOSTERS, DESCRIPTION, EXAMPLE, FILES, MODEL, flavors
from bigtrain.tracking import Store, open_store
from bigtrain.tracking.address import existing_address

CHAMPION = "champion"
FORMS = "NAME (its champion), NAME@ALIAS, NAME/VERSION"
_REFERENCE = re.compile(r"(?:models:/)?(?P<name>[^/@:]+)(?:@(?P<alias>[^/@:]+)|/(?P<version>[1-9]\d*))?")
_ABSENT = ("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST")
"""What stores call a name, version or alias that they don't have."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A registered version, loaded.

    Attributes
    ----------
    name, version : str
        What it is registered as.
    pipeline : estimator
        Fitted, of scikit-learn's own classes; takes a DataFrame of `columns`, predicts in the target's unit.
    columns : mapping
        ``double`` or ``string`` by column, in the pipeline's order.
    input_example : DataFrame
        A few rows that it was trained on: numbers as float64, categories as object, missing as NaN.
    tags : mapping
        Of the version.
    """

    name: str
    version: str
    pipeline: Any
    columns: Mapping[str, str]
    input_example: DataFrame
    tags: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"


def open_registry(tracking: TrackingConfig) -> Store:
    """Open a store that must be there: whoever asks for a version doesn't want an empty one made.

    Raises
    ------
    NoInputError
        If the store is a file that doesn't exist.
    """
    existing_address(tracking.uri, tracking.artifacts, Path.cwd())
    return open_store(tracking.uri, tracking.artifacts, Path.cwd())


def find_version(store: Store, reference: str) -> ModelVersion:
    """Return MLflow's record of the version that a reference means now.

    Parameters
    ----------
    store : Store
        From `open_registry`.
    reference : str
        ``NAME@ALIAS``, ``NAME/VERSION``, or ``NAME`` for its champion; ``models:/`` may stand before it.

    Raises
    ------
    ConfigError
        If it is none of these.
    NoInputError
        If nothing of that name is registered.
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ConfigError("not a registered model", where="model", received=reference, allowed=FORMS)
    name, alias, version = found["name"], found["alias"] or CHAMPION, found["version"]

    def once() -> ModelVersion:
        try:
            if version:
                return store.client.get_model_version(name, version)
            return store.client.get_model_version_by_alias(name, alias)
        except MlflowException as error:
            if error.error_code not in _ABSENT:
                raise
            raise NoInputError(
                "nothing is registered under this name",
                where="model",
                received=reference,
                hint=known_references(store),
            ) from None

    return store.call(once)


def load_model(store: Store, reference: str) -> LoadedModel:
    """Load a registered version, having checked all there is of it.

    Its files must be those whose digests were noted when it was registered, no more and no fewer; it must
    say of itself exactly what a model of bigtrain says; and its pipeline must be made of nothing but the
    types that such pipelines are made of. Nothing is imported or called that a file names.

    Parameters
    ----------
    store : Store
        From `open_registry`.
    reference : str
        As `find_version` takes it.

    Raises
    ------
    RefusedError
        If it is anything else.
    ConfigError, NoInputError
        As `find_version`.
    """
    return load_version(store, find_version(store, reference))


def load_version(store: Store, version: ModelVersion) -> LoadedModel:
    """Load a version that was found before; see `load_model`."""
    where = f"{version.name}/{version.version}"
    files = read_files(store, version, FILES)
    description = _description(files.get(DESCRIPTION, b""), where)
    columns = _columns(description, where)
    trusted = description["flavors"]["sklearn"]["skops_trusted_types"]
    return LoadedModel(
        name=version.name,
        version=str(version.version),
        pipeline=_pipeline(files.get(MODEL, b""), trusted, where),
        columns=columns,
        input_example=_example(files.get(EXAMPLE, b""), columns, where),
        tags=dict(version.tags),
    )


def _description(content: bytes, where: str) -> Mapping[str, Any]:
    """Return what a model says of itself, if it says what ours do."""
    try:
        description = yaml.safe_load(content)
        said = description["flavors"]
        versions = said["python_function"]["python_version"], said["sklearn"]["sklearn_version"]
        trusted = set(said["sklearn"]["skops_trusted_types"])
    except (yaml.YAMLError, UnicodeDecodeError, LookupError, TypeError):
        raise _foreign(where) from None
    packages = [package for package, types in BOOSTERS.items() if trusted.issuperset(types)]
    if said != flavors(*versions, packages):
        raise _foreign(where)
    return dict(description)


def _foreign(where: str) -> RefusedError:
    return RefusedError(
        "doesn't say what a model of bigtrain says, so loading it could run any code",
        where=f"{where}: {DESCRIPTION}",
    )


def _columns(description: Mapping[str, Any], where: str) -> dict[str, str]:
    try:
        inputs = json.loads(description["signature"]["inputs"])
        return {str(column["name"]): str(column["type"]) for column in inputs}
    except (LookupError, TypeError, ValueError):
        raise _foreign(where) from None


def _example(content: bytes, columns: Mapping[str, str], where: str) -> DataFrame:
    try:
        rows = DataFrame(json.loads(content)["data"], columns=list(columns), dtype=object)
        kinds = {name: float if kind == "double" else object for name, kind in columns.items()}
        return rows.where(rows.notna(), float("nan")).astype(kinds)
    except (LookupError, TypeError, ValueError):
        raise RefusedError("is no example of its columns", where=f"{where}: {EXAMPLE}") from None


def _pipeline(content: bytes, trusted: Sequence[str], where: str) -> Any:
    try:
        pipeline = skops.io.loads(content, trusted=list(trusted))
    except Exception as error:  # skops has no class for what it can't read
        raise RefusedError(
            f"can't be loaded safely ({error})",
            where=f"{where}: {MODEL}",
            hint=f"scikit-learn {sklearn.__version__} and skops {skops.__version__} tried",
        ) from None
    if not isinstance(pipeline, (Pipeline, VotingRegressor)):
        raise RefusedError("is no pipeline", where=f"{where}: {MODEL}", received=type(pipeline).__name__)
    return pipeline
