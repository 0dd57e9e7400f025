"""The store: sweeps and trials as MLflow runs, and nothing kept anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from mlflow import MlflowClient
from mlflow.entities import Experiment, Metric, RunTag
from mlflow.exceptions import MlflowException

from bigtrain.errors import ConfigError
from bigtrain.failpoints import Failpoint, reach
from bigtrain.records import FinishedTrial, TrialRecord
from bigtrain.redaction import redacted
from bigtrain.tracking.address import Address, read_address, slug
from bigtrain.tracking.artifacts import read_text
from bigtrain.tracking.client_trials import ClientTrials, search, tagged
from bigtrain.tracking.content import INHERITED, KIND, SWEEP, Point, TrialRun, trial_run
from bigtrain.tracking.failures import impatiently, patiently
from bigtrain.tracking.holds import Holds
from bigtrain.tracking.quiet import quiet
from bigtrain.tracking.schema import prepare
from bigtrain.tracking.sql_trials import SqlTrials, is_verified, make_engine
from bigtrain.tracking.sweeps import SweepStart, SweepState

Result = TypeVar("Result")

BEST = "best_so_far"
"""The parent's metric by trial number."""

LOG = "log.txt"
"""The parent's artifact with all that its processes said."""

HTTP_THREADS = 4


class Trials(Protocol):
    """How trials get into a store and out of it."""

    def write(self, experiment_id: str, runs: Sequence[TrialRun]) -> None:
        """Write runs that are not in the store yet, each whole or recognisably not."""

    def read(self, experiment_id: str, sweep_id: str) -> dict[str, TrialRecord | None]:
        """Return the trials of a sweep by run id; None stands for one that is not whole."""

    def add_points(self, run_id: str, points: Sequence[Point]) -> None:
        """Add values to the metrics of a run."""


def open_store(uri: str | None = None, artifacts: str | None = None, root: Path | None = None) -> Store:
    """Open the store, and make it where it is a database without tables.

    Parameters
    ----------
    uri : str, optional
        Any MLflow tracking URI but a plain folder; ``sqlite:///<root>/mlruns/mlflow.db`` by default.
    artifacts : str, optional
        Folder or URI for files; ``<root>/mlruns/artifacts`` by default, with HTTP the server's own.
    root : Path, optional
        What relative paths are relative to; the working folder by default.

    Raises
    ------
    ConfigError
        If the URI is malformed.
    StoreUnreachableError
        If nothing answers there within seconds.
    StorageError
        If the database or its folder can't be used.
    """
    address = read_address(uri, artifacts, root or Path.cwd())
    return patiently(address, lambda: _open(address))


def _open(address: Address) -> Store:
    prepare(address)
    client = MlflowClient(address.uri, registry_uri=address.uri)
    return Store(address, client, _trials(address, client))


def _trials(address: Address, client: MlflowClient) -> Trials:
    """Return the fastest way that is known to be right for this store."""
    if address.is_http:
        return ClientTrials(client, HTTP_THREADS)
    engine = make_engine(address.uri)
    return SqlTrials(engine) if is_verified(engine) else ClientTrials(client)


class Store:
    """Sweeps and their trials in one MLflow store. Made by `open_store`.

    A sweep is a parent run, a trial a run below it; each becomes one by the tag that is written last
    (``bigtrain.sweep``, ``bigtrain.trial``), and what lacks it is removed at the next write.
    Every method may be repeated without changing what is recorded, and waits for a store that is
    away for a while. Writing needs `hold`.

    Attributes
    ----------
    address : Address
        Where it is.
    client : MlflowClient
        MLflow's own client for it.
    """

    def __init__(self, address: Address, client: MlflowClient, trials: Trials) -> None:
        self.address, self.client, self._trials = address, client, trials
        # By sweep: its experiment, the tags it hands down, its trials, the steps of its progress; as needed.
        self._experiments: dict[str, str] = {}
        self._inherited: dict[str, dict[str, str]] = {}
        self._recorded: dict[str, set[int]] = {}
        self._progressed: dict[str, set[int]] = {}
        self._holds = Holds(address, client)

    def call(self, call: Callable[[], Result]) -> Result:
        """Call something that uses `client`: errors in our words, patience with a store that is away.

        ``call`` must be safe to repeat. It is not done where a lease of ours is lost.
        """
        return patiently(self.address, self._while_held(call))

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Keep other coordinators off the sweep ``name`` for the length of a block.

        Raises
        ------
        StoreUnreachableError
            On entering, if another holds it; the message says which process, where and since when.
        """

        def experiment_of(name: str) -> str:
            return str(self.call(lambda: self._experiment(name)).experiment_id)

        # The libraries are silenced throughout: to do so for each call empties the caches of every logger.
        with quiet(), self._holds.sweep(name, experiment_of):
            yield

    def hold_model(self, model: str) -> AbstractContextManager[None]:
        """Keep others from deciding about a registered model for the length of a block.

        Nobody takes long over that, so it waits for its turn.

        Raises
        ------
        StoreUnreachableError
            On entering, if another does not let go of it.
        """
        return self._holds.model(model)

    def find_sweep(self, name: str) -> SweepState | None:
        """Return the newest sweep of the experiment ``name``, with its trials; None if there is none."""
        return self.call(lambda: self._find_sweep(name))

    def start_sweep(self, start: SweepStart) -> str:
        """Record a new sweep; return its id, which is its parent run's."""
        return self.call(lambda: self._start_sweep(start))

    def resume_sweep(self, sweep_id: str) -> None:
        """Mark a sweep as running again."""
        self.call(lambda: self.client.update_run(sweep_id, "RUNNING"))

    def write_trials(self, sweep_id: str, trials: Sequence[FinishedTrial]) -> None:
        """Record finished trials; those recorded before are left as they are."""
        self.call(lambda: self._write_trials(sweep_id, trials))

    def progress(self, sweep_id: str, best: Sequence[tuple[int, float]]) -> None:
        """Add to the parent's curve of the best value so far: (trial number, value)."""
        now = _now_ms()
        self.call(lambda: self._progress(sweep_id, best, now))

    def add_log(self, sweep_id: str, text: str) -> None:
        """Add what a process said to the sweep's ``log.txt``; tried once, and never raises."""

        def add() -> None:
            before = read_text(self.client, sweep_id, LOG) or ""
            if not before.endswith(text):
                self.client.log_text(sweep_id, before + text, LOG)

        text = redacted(text)
        impatiently(self.address, self._while_held(add))

    def run_ids(self, sweep_id: str) -> dict[int, str]:
        """Return the ids of the runs of a sweep's trials, by number."""
        trials = self.call(lambda: self._trials.read(self._experiment_of(sweep_id), sweep_id))
        return {record.number: run_id for run_id, record in trials.items() if record}

    def finish_sweep(
        self,
        sweep_id: str,
        status: str,
        metrics: Mapping[str, float] | None = None,
        tags: Mapping[str, str] | None = None,
        *,
        patient: bool = True,
    ) -> None:
        """End a sweep as ``FINISHED``, ``KILLED`` or ``FAILED``, with its final metrics and tags.

        With ``patient=False`` it is tried once, for some seconds, and never raises: for a sweep that ends
        because of something else, which is what has to be told.
        """
        now = _now_ms()
        points = [Metric(key, value, now, 0) for key, value in (metrics or {}).items()]
        own_tags = [RunTag(key, value) for key, value in (tags or {}).items()]

        def finish() -> None:
            self._tidy_trials(sweep_id)
            if points or own_tags:
                self.client.log_batch(sweep_id, metrics=points, tags=own_tags)
                reach(Failpoint.END_NOTED)
            self.client.set_terminated(sweep_id, status, now)

        if patient:
            self.call(finish)
        else:
            impatiently(self.address, self._while_held(finish))

    def _while_held(self, call: Callable[[], Result]) -> Callable[[], Result]:
        def checked() -> Result:
            self._holds.check()
            return call()

        return checked

    def _experiment(self, name: str) -> Experiment:
        """Return the experiment of this name, made if need be."""
        experiment = self.client.get_experiment_by_name(name)
        while experiment is None:
            self._make_experiment(name)
            experiment = self.client.get_experiment_by_name(name)
        if experiment.lifecycle_stage != "active":
            raise ConfigError(
                "the experiment of this name was deleted",
                where="name",
                received=name,
                hint=f"choose another, or: mlflow experiments restore -x {experiment.experiment_id}",
            )
        return experiment

    def _make_experiment(self, name: str) -> None:
        root = self.address.artifacts
        location = None if root is None else f"{root.rstrip('/')}/{slug(name)}"
        try:
            self.client.create_experiment(name, artifact_location=location)
        except MlflowException as error:
            # Another coordinator was a moment faster.
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise

    def _find_sweep(self, name: str) -> SweepState | None:
        experiment = self.client.get_experiment_by_name(name)
        if experiment is None:
            return None
        order = ["attributes.start_time DESC"]
        for parent in search(self.client, [experiment.experiment_id], tagged(KIND, "sweep"), order):
            if SWEEP in parent.data.tags:
                trials = self._trials.read(parent.info.experiment_id, parent.info.run_id)
                return SweepState.of(parent, [record for record in trials.values() if record])
        return None

    def _start_sweep(self, start: SweepStart) -> str:
        experiment_id = self._experiment(start.name).experiment_id
        reach(Failpoint.EXPERIMENT_MADE)
        self._end_leftovers(experiment_id)
        name = time.strftime("sweep-%Y-%m-%d-%H%M%S")
        tags = start.all_tags() | {KIND: "sweep"}
        sweep_id: str = self.client.create_run(experiment_id, tags=tags, run_name=name).info.run_id
        reach(Failpoint.PARENT_MADE)
        if start.dataset is not None:
            self.client.log_inputs(sweep_id, [start.dataset.to_input()])
        self.client.log_text(sweep_id, redacted(start.config_yaml), "config.yaml")
        reach(Failpoint.CONFIG_KEPT)
        self.client.set_tag(sweep_id, SWEEP, sweep_id)
        reach(Failpoint.SWEEP_STARTED)
        self._recorded[sweep_id] = set()
        return sweep_id

    def _end_leftovers(self, experiment_id: str) -> None:
        """End what a killed process left running: while we hold the experiment, nothing runs there."""
        for run in search(self.client, [experiment_id], "attributes.status = 'RUNNING'"):
            kind, run_id = run.data.tags.get(KIND), run.info.run_id
            if kind == "sweep" and SWEEP in run.data.tags:
                self.client.set_terminated(run_id, "KILLED")
            elif kind is not None:
                # Half a sweep, or half a trial, that is none. What isn't ours stays as it is.
                self._remove(run_id)

    def _write_trials(self, sweep_id: str, trials: Sequence[FinishedTrial]) -> None:
        self._tidy_trials(sweep_id)
        # Taken out while writing: whatever interrupts leaves it to the next call to look again.
        recorded = self._recorded.pop(sweep_id)
        experiment, inherited = self._experiment_of(sweep_id), self._inherited[sweep_id]
        new = [each for each in trials if each.trial.number not in recorded]
        self._trials.write(experiment, [trial_run(sweep_id, each, inherited) for each in new])
        self._recorded[sweep_id] = recorded | {each.trial.number for each in trials}

    def _tidy_trials(self, sweep_id: str) -> None:
        """Remove what an interrupted write left of trials, and note what is recorded; once will do."""
        if sweep_id in self._recorded:
            return
        trials = self._trials.read(self._experiment_of(sweep_id), sweep_id)
        for run_id, record in trials.items():
            if record is None:
                self._remove(run_id)
        self._recorded[sweep_id] = {record.number for record in trials.values() if record}

    def _remove(self, run_id: str) -> None:
        # Among deleted runs, too, none should seem to be running.
        self.client.set_terminated(run_id, "KILLED")
        self.client.delete_run(run_id)

    def _experiment_of(self, sweep_id: str) -> str:
        if sweep_id not in self._experiments:
            run = self.client.get_run(sweep_id)
            self._experiments[sweep_id] = run.info.experiment_id
            self._inherited[sweep_id] = {key: run.data.tags[key] for key in INHERITED if key in run.data.tags}
        return self._experiments[sweep_id]

    def _progress(self, sweep_id: str, best: Sequence[tuple[int, float]], now: int) -> None:
        if sweep_id not in self._progressed:
            known = self.client.get_metric_history(sweep_id, BEST)
            self._progressed[sweep_id] = {point.step for point in known}
        new = [(number, value) for number, value in best if number not in self._progressed[sweep_id]]
        # The same time on a repeated call: MLflow keeps one of two equal points.
        self._trials.add_points(sweep_id, [(BEST, value, now, number) for number, value in new])
        self._progressed[sweep_id] |= {number for number, _ in new}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
