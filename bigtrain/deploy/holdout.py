"""Find the rows again that a version was scored on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from mlflow.exceptions import MlflowException
from pydantic import ValidationError

from bigtrain.config import DataConfig
from bigtrain.config.schema import SplitConfig
from bigtrain.data import Dataset, Split, load_dataset, split_holdout
from bigtrain.deploy.loading import LoadedModel
from bigtrain.errors import BigtrainError
from bigtrain.registry.promotion import DIGEST
from bigtrain.tracking import Store
from bigtrain.tracking.content import SWEEP


@dataclass(frozen=True, slots=True)
class Table:
    """The table a version came of, and its split: the same rows, as their digest says."""

    dataset: Dataset
    split: Split


def find_table(store: Store, model: LoadedModel) -> Table | None:
    """Return the table of the sweep that made a version, or None where it can't be had any more.

    It is read from where the sweep read it, relative to the working folder; and it is only what was there
    then if the digest of the holdout's rows is the one noted with the version.
    """
    try:
        question = _question(store, model)
        data, split = DataConfig(**question["data"]), SplitConfig(**question.get("split", {}))
        dataset = load_dataset(**data.model_dump(), split_column=split.column)
        parts = split_holdout(dataset, question["holdout"], question["seed"], split.kind)
    except (BigtrainError, ValidationError, LookupError, TypeError, OSError):
        return None
    return Table(dataset, parts) if parts.digest == model.tags.get(DIGEST) else None


def _question(store: Store, model: LoadedModel) -> dict[str, Any]:
    """Return what the sweep was asked."""
    with TemporaryDirectory(prefix="bigtrain-") as folder:

        def once() -> str:
            try:
                return store.client.download_artifacts(model.tags[SWEEP], "config.yaml", folder)
            except MlflowException as error:
                raise LookupError(str(error)) from None

        question = yaml.safe_load(Path(store.call(once)).read_text("utf-8"))
    return question if isinstance(question, dict) else {}
