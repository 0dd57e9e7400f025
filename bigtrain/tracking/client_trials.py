"""Trials through MLflow's own client: works with every store, at some 20–90 ms a trial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run

from bigtrain.failpoints import Failpoint, reach
from bigtrain.records import TrialRecord
from bigtrain.tracking.content import KIND, PARENT, Point, TrialRun, record_of

Item = TypeVar("Item")

METRICS_A_BATCH = 1000
PARAMS_A_BATCH = 100
RUNS_A_PAGE = 1000


class ClientTrials:
    """Writes trials run by run, the record last.

    Parameters
    ----------
    client : MlflowClient
        With an explicit tracking URI.
    n_threads : int, default=1
        Runs written at the same time: more than one only helps where a server answers.
    """

    def __init__(self, client: MlflowClient, n_threads: int = 1) -> None:
        self._client, self._n_threads = client, n_threads

    def write(self, experiment_id: str, runs: Sequence[TrialRun]) -> None:
        """Write runs that are not in the store yet."""
        if self._n_threads == 1:
            for run in runs:
                self._write_one(experiment_id, run)
            return
        with ThreadPoolExecutor(self._n_threads) as pool:
            list(pool.map(lambda run: self._write_one(experiment_id, run), runs))

    def read(self, experiment_id: str, sweep_id: str) -> dict[str, TrialRecord | None]:
        """Return the trials of a sweep by run id; None stands for one that is not whole."""
        below = search(self._client, [experiment_id], tagged(PARENT, sweep_id))
        return {
            run.info.run_id: record_of(run.data.tags) for run in below if run.data.tags.get(KIND) == "trial"
        }

    def add_points(self, run_id: str, points: Sequence[Point]) -> None:
        """Add values to the metrics of a run."""
        for batch in _batches(points, METRICS_A_BATCH):
            self._client.log_batch(run_id, metrics=[Metric(*point) for point in batch])

    def _write_one(self, experiment_id: str, run: TrialRun) -> None:
        tags = dict(run.tags)
        client = self._client
        run_id = client.create_run(experiment_id, run.started_ms, tags, run.name).info.run_id
        reach(Failpoint.RUN_MADE)
        for batch in _batches(list(run.params.items()), PARAMS_A_BATCH):
            client.log_batch(run_id, params=[Param(*pair) for pair in batch])
        self.add_points(run_id, run.points)
        for name, text in run.files.items():
            client.log_text(run_id, text, name)
        reach(Failpoint.RUN_FILLED)
        client.set_terminated(run_id, run.status, run.ended_ms)
        reach(Failpoint.RUN_ENDED)
        for key, value in run.record.items():
            client.set_tag(run_id, key, value)


def search(
    client: MlflowClient, experiments: list[str], condition: str, order: list[str] | None = None
) -> Iterator[Run]:
    """Yield every run that is not deleted and meets a condition, page after page."""
    token: str | None = None
    while True:
        page = client.search_runs(
            experiments, condition, max_results=RUNS_A_PAGE, order_by=order, page_token=token
        )
        yield from list(page)
        token = page.token
        if not token:
            return


def tagged(key: str, value: str) -> str:
    """Return the condition for runs with this tag."""
    return f"tags.`{key}` = '{value}'"


def _batches(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
