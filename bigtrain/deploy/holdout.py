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
from bigtrain.data.split import Rows, groups_of, make_folds
from bigtrain.deploy.loading import LoadedModel
from bigtrain.errors import BigtrainError, DataError, NoInputError
from bigtrain.registry.promotion import DIGEST
from bigtrain.tracking import Store
from bigtrain.tracking.content import DATA, SWEEP


@dataclass(frozen=True, slots=True)
class Table:
    """The table a version came of, and its split: the same rows, as their digest says.

    Attributes
    ----------
    dataset, split : Dataset, Split
        As the sweep had them.
    kind, cv, seed : str, int, int
        How the sweep divided rows into how many folds, and its seed.
    """

    dataset: Dataset
    split: Split
    kind: str
    cv: int
    seed: int

    @property
    def groups(self) -> Rows | None:
        """The group of each row to learn from, where the sweep kept groups together."""
        return groups_of(self.dataset)[self.split.train] if self.kind == "group" else None

    def folds(self, count: int) -> list[tuple[Rows, Rows]]:
        """Return folds of the rows to learn from; of groups no more than the sweep had."""
        train = self.split.train
        count = min(count, self.cv) if self.kind == "group" else min(count, len(train) - 1)
        return make_folds(self.dataset, train, count, self.seed, self.kind)


def find_table(store: Store, model: LoadedModel) -> Table | None:
    """Return the table of the sweep that made a version, or None where it can't be had any more.

    It is read from where the sweep read it, relative to the working folder; and it is only what was there
    then if its digest is the one that the sweep noted, and that of the holdout's rows the version's.
    """
    try:
        return require_table(store, model)
    except BigtrainError:
        return None


def require_table(store: Store, model: LoadedModel) -> Table:
    """Return the table of the sweep that made a version.

    Raises
    ------
    NoInputError
        If what the sweep was asked isn't on record, or the table isn't where it was read from.
    DataError
        If it can't be read as it was, or holds other rows than the version was scored on.
    """
    try:
        question = _question(store, model)
        data, split = DataConfig(**question["data"]), SplitConfig(**question.get("split", {}))
        fraction, seed, cv = question["holdout"], question["seed"], question["cv"]
    except (ValidationError, LookupError, TypeError):
        raise NoInputError(
            "what its sweep was asked is not on record, so its table can't be found again", where=str(model)
        ) from None
    dataset = load_dataset(**data.model_dump(), split_column=split.column)
    parts = split_holdout(dataset, fraction, seed, split.kind)
    if parts.digest != model.tags.get(DIGEST) or dataset.digest != _digest(store, model):
        raise DataError(
            f"not the rows any more that {model} was trained and scored on",
            where=dataset.source,
            hint="bring the table of then back, or run the sweep again",
        )
    return Table(dataset, parts, split.kind, cv, seed)


def _digest(store: Store, model: LoadedModel) -> str:
    """Return the digest of the whole table, as its sweep noted it."""
    return str(store.call(lambda: store.client.get_run(model.tags[SWEEP])).data.tags.get(DATA))


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
