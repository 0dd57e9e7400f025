"""What is put on record of a sweep before its first trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from bigtrain.data import Dataset
from bigtrain.job.problem import Problem
from bigtrain.job.tags import SPLIT
from bigtrain.provenance import provenance_tags
from bigtrain.redaction import redacted_tree
from bigtrain.tracking import DatasetFacts, SweepStart
from bigtrain.tracking.content import DATA


def start_of(problem: Problem, fingerprint: Mapping[str, Any]) -> SweepStart:
    """Return all that explains a sweep: what was asked, of which rows, by which code."""
    config, dataset = problem.config, problem.dataset
    return SweepStart(
        name=config.name,
        fingerprint=fingerprint,
        config_yaml=yaml.safe_dump(redacted_tree(config.resolved), sort_keys=False),
        tags={**provenance_tags(), DATA: dataset.digest, SPLIT: problem.split.digest},
        dataset=DatasetFacts(
            name=dataset.name,
            digest=dataset.digest,
            source=dataset.source,
            columns=column_types(dataset),
            n_rows=len(dataset.y),
        ),
    )


def column_types(dataset: Dataset) -> dict[str, str]:
    """Return MLflow's name for the type of each column, the target last."""
    kinds = {name: "double" if name in dataset.numeric else "string" for name in dataset.X.columns}
    return {**kinds, dataset.target: "double"}
