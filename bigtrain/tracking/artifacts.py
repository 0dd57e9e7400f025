"""Files of a run, wherever the store keeps them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mlflow import MlflowClient


def is_kept(client: MlflowClient, run_id: str, name: str) -> bool:
    """Whether a file is among a run's artifacts."""
    above = name.rpartition("/")[0] or None
    return name in {file.path for file in client.list_artifacts(run_id, above)}


def read_text(client: MlflowClient, run_id: str, name: str) -> str | None:
    """Return the text of one of a run's artifacts, or None if it isn't there."""
    if not is_kept(client, run_id, name):
        return None
    with tempfile.TemporaryDirectory(prefix="bigtrain-") as folder:
        return Path(client.download_artifacts(run_id, name, folder)).read_text("utf-8")
