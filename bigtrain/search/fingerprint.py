"""What must stay the same for a sweep to go on: everything that decides its trials and their scores."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from bigtrain.config import SweepConfig
from bigtrain.data import Dataset
from bigtrain.evaluate import EVALUATION_VERSION
from bigtrain.numerics import NUMERICS_VERSION
from bigtrain.redaction import redacted

LONGEST_VALUE = 24


def fingerprint(config: SweepConfig, dataset: Dataset) -> dict[str, Any]:
    """Return what identifies a sweep's trials and scores, as JSON values.

    Budgets (`n_trials`, `timeout`, `target`, `patience`) are not in it: a sweep may be extended. Nor are the
    engine and its workers, which change nothing but the speed.
    """
    content = {
        "data": {"digest": dataset.digest, "target": dataset.target},
        "holdout": config.holdout,
        "cv": config.cv,
        "split": config.split.model_dump(mode="json", exclude_none=True),
        "seed": config.seed,
        "objectives": ", ".join(config.objectives),
        "cohort": config.cohort,
        "space": config.space.to_data(),
        "start": config.start,
        "estimator": config.estimator.model_dump(mode="json"),
        "preprocess": config.preprocess,
        "sampler": config.sampler.model_dump(mode="json"),
        "pruner": config.pruner.model_dump(mode="json"),
        "numerics": NUMERICS_VERSION,
        "evaluation": EVALUATION_VERSION,
    }
    # As it will be read back: JSON knows no keys but text.
    return {key: _kept(value) for key, value in json.loads(json.dumps(content)).items()}


def _kept(value: Any) -> Any:
    """Return a value as it may be kept: of a secret some digits of its digest, that it can be compared by."""
    if isinstance(value, Mapping):
        return {redacted(key): _kept(own) for key, own in value.items()}
    if isinstance(value, list):
        return [_kept(own) for own in value]
    if not isinstance(value, str) or redacted(value) == value:
        return value
    return f"{redacted(value)} ({hashlib.sha256(value.encode()).hexdigest()[:8]})"


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Say what differs between two fingerprints, a short phrase each: ``seed: 0 → 7``."""
    old, new = dict(_leaves(before)), dict(_leaves(now))
    keys = [*old, *(key for key in new if key not in old)]
    return [
        f"{key}: {_shown(old, key)} → {_shown(new, key)}"
        for key in keys
        if key not in old or key not in new or old[key] != new[key]
    ]


def _shown(leaves: Mapping[str, Any], key: str) -> str:
    """Return a value, a digest by its first digits."""
    text = str(leaves[key]) if key in leaves else "(none)"
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value of a nested mapping with its dotted key."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value
