"""What a sweep's runs hold beside their records: curves, scores of single folds, files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from bigtrain.records import Curve
from bigtrain.tracking.artifacts import is_kept, read_text
from bigtrain.tracking.store import Store

CURVE = "val_rmse"


def read_curves(store: Store, run_ids: Mapping[int, str], numbers: Iterable[int]) -> dict[int, Curve]:
    """Return the validation error by epoch of some trials; `run_ids` as `Store.run_ids` gives them."""

    def read(run_id: str) -> Curve:
        points = store.call(lambda: store.client.get_metric_history(run_id, CURVE))
        return sorted((int(point.step), float(point.value)) for point in points)

    return {number: read(run_ids[number]) for number in numbers if number in run_ids}


def read_metrics(store: Store, run_id: str) -> dict[str, float]:
    """Return every metric of one run, its last value each."""
    return dict(store.call(lambda: store.client.get_run(run_id)).data.metrics)


def read_file(store: Store, run_id: str, name: str) -> str | None:
    """Return the text of a file among a run's artifacts, or None if it isn't there."""
    return store.call(lambda: read_text(store.client, run_id, name))


def has_file(store: Store, run_id: str, name: str) -> bool:
    """Whether a file is among a run's artifacts."""
    return store.call(lambda: is_kept(store.client, run_id, name))


def keep_files(store: Store, run_id: str, folder: Path) -> None:
    """Keep all files of a folder as artifacts of a run."""
    store.call(lambda: store.client.log_artifacts(run_id, str(folder)))


def artifact_root(store: Store, run_id: str) -> str:
    """Return where the artifacts of a run are, as MLflow says it."""
    return str(store.call(lambda: store.client.get_run(run_id)).info.artifact_uri)
