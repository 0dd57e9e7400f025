"""What must stay the same for a sweep to go on: everything that decides its trials and their scores."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bigtrain.config import SweepConfig
from bigtrain.data import Dataset
from bigtrain.evaluate import EVALUATION_VERSION
from bigtrain.numerics import NUMERICS_VERSION
from bigtrain.redaction import redacted
from bigtrain.space import Choice, Fixed, Tree
from bigtrain.space.knobs import branch_name

LONGEST_VALUE = 24

ORDER = "order"
"""Key of the order in which the space is written, as far as it decides what is asked."""

ABSENT = "(none)"
"""Stands for what one side has not."""


ASKING_VERSION = 2
"""Raised whenever the same question, with the same trials known, would ask other trials than before."""


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
        ORDER: _order(config),
        "start": config.start,
        "estimator": config.estimator.model_dump(mode="json"),
        "preprocess": config.preprocess,
        "sampler": config.sampler.model_dump(mode="json"),
        "pruner": config.pruner.model_dump(mode="json"),
        "numerics": NUMERICS_VERSION,
        "evaluation": EVALUATION_VERSION,
        "asking": ASKING_VERSION,
    }
    # As it will be read back: JSON knows no keys but text.
    return {key: _kept(value) for key, value in json.loads(json.dumps(content)).items()}


def _order(config: SweepConfig) -> dict[str, dict[str, str]]:
    """Return the options of each choice in their order and, unless they are drawn by name, so the knobs."""
    options: dict[str, str] = {}
    knobs: dict[str, str] = {}

    def note(tree: Tree, path: str) -> None:
        searched = {name: knob for name, knob in tree.items() if not isinstance(knob, Fixed)}
        if searched:
            knobs[path or "all"] = ", ".join(searched)
        for name, knob in searched.items():
            if isinstance(knob, Choice):
                options[branch_name(path, name)] = ", ".join(map(str, knob.options))
                for option, below in knob.options.items():
                    note(below, branch_name(path, str(option)))

    note(config.space.tree, "")
    by_name = config.sampler.kind == "tpe" and len(config.objectives) == 1
    return {"options": options} if by_name else {"options": options, "knobs": knobs}


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
    """Say what differs between two fingerprints, a short phrase each: ``seed: 0 → 7``.

    What is a mapping on one side alone is one difference, not as many as it has keys. The order is one where
    nothing else is: another space has another. Fingerprints from before it was kept have any.
    """
    phrases = _phrases({ORDER: now.get(ORDER, ABSENT), **before}, now)
    return [phrase for phrase in phrases if not phrase.startswith(f"{ORDER}.")] or phrases


def _phrases(before: Mapping[str, Any], now: Mapping[str, Any], path: str = "") -> list[str]:
    phrases = []
    for key in dict.fromkeys([*before, *now]):
        old, new = before.get(key, ABSENT), now.get(key, ABSENT)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            phrases += _phrases(old, new, f"{path}{key}.")
        elif old != new:
            phrases.append(f"{path}{key}: {_shown(old)} → {_shown(new)}")
    return phrases


def _shown(value: Any) -> str:
    """Return a value, a digest by its first digits."""
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
