"""What a sweep looks like in the store: what starts one, and what is read back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bigtrain.records import TrialRecord
from bigtrain.redaction import redacted
from bigtrain.tracking.content import FINGERPRINT, NAME, joined, pieces

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput, Run

DIGEST_LENGTH = 36
SCHEMA_LENGTH = 1_000_000


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """The table a sweep learns from, as MLflow shows it.

    Attributes
    ----------
    name : str
        What people call it.
    digest : str
        Hex digest over every cell. MLflow shows its first 36 digits; the sweep's tags have it whole.
    source : str
        Where it came from: a path or a name.
    columns : mapping
        MLflow's type (``double``, ``string``) by column, the target last.
    n_rows : int
        Rows used, holdout included.
    """

    name: str
    digest: str
    source: str
    columns: Mapping[str, str]
    n_rows: int

    def to_input(self) -> DatasetInput:
        """Return what MLflow logs as a run's input."""
        from mlflow.entities import Dataset, DatasetInput, InputTag  # noqa: PLC0415 - what is read needs none

        columns = [{"name": name, "type": kind, "required": True} for name, kind in self.columns.items()]
        schema = json.dumps({"mlflow_colspec": columns})
        dataset = Dataset(
            name=self.name[:500],
            digest=self.digest[:DIGEST_LENGTH],
            source_type="local",
            source=json.dumps({"uri": redacted(self.source)}),
            schema=schema if len(schema) <= SCHEMA_LENGTH else None,
            profile=json.dumps({"num_rows": self.n_rows, "num_columns": len(columns)}),
        )
        return DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])


@dataclass(frozen=True, slots=True)
class SweepStart:
    """All that is recorded of a sweep before its first trial.

    Attributes
    ----------
    name : str
        The experiment's name.
    fingerprint : mapping
        JSON values that must not change for the sweep to be resumed.
    config_yaml : str
        The resolved configuration, kept as the artifact ``config.yaml``.
    tags : mapping of str
        Whatever else explains the sweep: versions, git commit, command line.
    dataset : DatasetFacts or None
        The table.
    """

    name: str
    fingerprint: Mapping[str, Any]
    config_yaml: str
    tags: Mapping[str, str] = field(default_factory=dict)
    dataset: DatasetFacts | None = None

    def all_tags(self) -> dict[str, str]:
        """Return the tags of the parent run, without passwords, in pieces where MLflow would cut them off."""
        own: dict[str, str] = {}
        for key, value in self.tags.items():
            own |= pieces(key, redacted(value))
        return own | {NAME: self.name} | pieces(FINGERPRINT, json.dumps(self.fingerprint, sort_keys=True))


@dataclass(frozen=True, slots=True)
class SweepState:
    """A sweep as the store has it.

    Attributes
    ----------
    sweep_id : str
        The id of its parent run.
    status : str
        ``RUNNING``, ``FINISHED``, ``KILLED`` or ``FAILED``.
    fingerprint, tags, metrics : mapping
        As given at its start and end.
    records : tuple of TrialRecord
        Its trials, ordered by number.
    """

    sweep_id: str
    status: str
    fingerprint: Mapping[str, Any]
    records: Sequence[TrialRecord]
    tags: Mapping[str, str]
    metrics: Mapping[str, float]

    @classmethod
    def of(cls, parent: Run, records: Sequence[TrialRecord]) -> SweepState:
        """Read a sweep from its parent run."""
        tags = parent.data.tags
        return cls(
            sweep_id=parent.info.run_id,
            status=parent.info.status,
            fingerprint=json.loads(joined(FINGERPRINT, tags) or "{}"),
            records=tuple(sorted(records, key=lambda record: record.number)),
            tags=tags,
            metrics=parent.data.metrics,
        )
