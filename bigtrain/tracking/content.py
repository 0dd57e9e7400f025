"""What a trial looks like as a run, independent of how it gets written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bigtrain.records import FinishedTrial, TrialRecord, TrialState
from bigtrain.redaction import redacted

KIND = "bigtrain.kind"
SWEEP = "bigtrain.sweep"
NUMBER = "bigtrain.number"
STATE = "bigtrain.state"
REASON = "bigtrain.reason"
RECORD = "bigtrain.trial"
FINGERPRINT = "bigtrain.fingerprint"
DATA = "bigtrain.data_digest"
PARENT = "mlflow.parentRunId"

TRACEBACK = "traceback.txt"

NAME = "bigtrain.name"
INHERITED = (NAME, "mlflow.source.type", "mlflow.source.name", "mlflow.source.git.commit")
"""Tags of a sweep that its trials have, too: sorted by anything, the UI shows them without it."""

# MLflow's limits; it cuts what is longer without a word.
TAG_LENGTH = 8000
PARAM_LENGTH = 6000
REASON_LENGTH = 500

_STATUS = {TrialState.COMPLETE: "FINISHED", TrialState.PRUNED: "KILLED", TrialState.FAIL: "FAILED"}


Point: TypeAlias = tuple[str, float, int, int]
"""One value of a metric: key, value, Unix time in milliseconds, and step (an epoch or a trial number)."""


@dataclass(frozen=True, slots=True)
class TrialRun:
    """A finished trial in MLflow's terms.

    ``files`` are its artifacts: texts by name.
    ``record`` holds the tags that make the run a trial; they are written after all the rest, so that
    whatever was interrupted is recognised by their absence.
    """

    number: int
    name: str
    status: str
    started_ms: int
    ended_ms: int
    tags: Mapping[str, str]
    params: Mapping[str, str]
    points: tuple[Point, ...]
    files: Mapping[str, str]
    record: Mapping[str, str]


def trial_run(sweep_id: str, finished: FinishedTrial, inherited: Mapping[str, str]) -> TrialRun:
    """Translate a finished trial of the sweep ``sweep_id``, which hands down some of its tags."""
    trial, outcome, record = finished.trial, finished.outcome, finished.record
    tags = {
        **inherited,
        KIND: "trial",
        SWEEP: sweep_id,
        PARENT: sweep_id,
        NUMBER: str(trial.number),
        STATE: outcome.state.value,
    }
    if record.reason:
        tags[REASON] = shortened(record.reason, REASON_LENGTH)
    return TrialRun(
        number=trial.number,
        name=f"trial-{trial.number:04d}",
        status=_STATUS[outcome.state],
        started_ms=finished.started_ms,
        ended_ms=finished.ended_ms,
        tags=tags,
        params={key: shortened(str(value), PARAM_LENGTH) for key, value in trial.settings.items()},
        points=tuple(_points(finished)),
        files={TRACEBACK: redacted(outcome.traceback)} if outcome.traceback else {},
        record=pieces(RECORD, record.to_json()),
    )


def _points(finished: FinishedTrial) -> Iterator[Point]:
    # One time for all: the order of a curve is its epochs, and a cohort's trials are trained at once.
    now = finished.ended_ms
    for key, value in finished.outcome.metrics.items():
        yield key, float(value), now, 0
    for key, curve in finished.outcome.curves.items():
        for epoch, value in curve:
            yield key, float(value), now, int(epoch)


def record_of(tags: Mapping[str, str]) -> TrialRecord | None:
    """Return the trial a run holds, or None where the run is not a whole trial."""
    text = joined(RECORD, tags)
    return None if text is None else TrialRecord.from_json(text)


def pieces(key: str, text: str) -> dict[str, str]:
    """Cut a text to fit MLflow's tags: ``key``, then ``key.1``, ``key.2``, … as needed.

    The tag ``key`` comes last in the mapping: once it is there, all of it is.
    """
    parts = [text[start : start + TAG_LENGTH] for start in range(0, len(text), TAG_LENGTH)] or [""]
    later = {f"{key}.{index}": part for index, part in enumerate(parts[1:], start=1)}
    return {**later, key: parts[0]}


def joined(key: str, tags: Mapping[str, str]) -> str | None:
    """Return the text that `pieces` cut, or None if it isn't there."""
    if key not in tags:
        return None
    parts, index = [tags[key]], 1
    while (part := tags.get(f"{key}.{index}")) is not None:
        parts.append(part)
        index += 1
    return "".join(parts)


def shortened(text: str, length: int) -> str:
    """Cut a text visibly, with an ellipsis."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
