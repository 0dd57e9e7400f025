"""Laws that every kind of store obeys, whoever writes it."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from bigtrain.errors import StoreUnreachableError
from bigtrain.records import TrialState
from bigtrain.tracking import BEST, Store, lease
from bigtrain.tracking.content import KIND, PARENT, SWEEP
from bigtrain.tracking.holds import LEASE_TAG
from bigtrain.tracking.locks import Holder
from tests.tracking.stores import DATASET, ENDED, STARTED, start, trial

MIXED = [trial(0), trial(1, TrialState.FAIL), trial(2, TrialState.PRUNED), trial(3)]


def below(store: Store, sweep_id: str) -> list:
    """The runs of a sweep's trials, by name."""
    experiment = store.client.get_run(sweep_id).info.experiment_id
    runs = store.client.search_runs([experiment], f"tags.`{PARENT}` = '{sweep_id}'")
    return sorted(runs, key=lambda run: run.info.run_name)


def test_what_is_written_is_read_back(store: Store, name: str) -> None:
    """A sweep's records are those of the trials written, ordered by number, whatever the order of writing."""
    sweep_id = store.start_sweep(start(name))
    store.write_trials(sweep_id, MIXED[2:])
    store.write_trials(sweep_id, MIXED[:2])
    state = store.find_sweep(name)
    assert state is not None
    assert tuple(each.record for each in MIXED) == state.records
    assert (sweep_id, "RUNNING", {"seed": 7}) == (state.sweep_id, state.status, state.fingerprint)


def test_writing_twice_changes_nothing(store: Store, name: str) -> None:
    """A trial that is recorded stays as it is, and no second run appears."""
    sweep_id = store.start_sweep(start(name))
    store.write_trials(sweep_id, MIXED)
    before = [run.to_dictionary() for run in below(store, sweep_id)]
    store.write_trials(sweep_id, [trial(0, metrics={"cv_rmse": 99.0}), *MIXED])
    other = Store(store.address, store.client, store._trials)
    other.write_trials(sweep_id, MIXED)
    assert before == [run.to_dictionary() for run in below(store, sweep_id)]


def test_a_trial_says_alone_what_it_is(store: Store, name: str) -> None:
    """Tags, params, metrics, curves, status and times of a run are those of its trial, and no others."""
    sweep_id = store.start_sweep(start(name))
    store.write_trials(sweep_id, MIXED)
    runs = below(store, sweep_id)
    assert [run.info.status for run in runs] == ["FINISHED", "FAILED", "KILLED", "FINISHED"]
    failed = runs[1]
    assert (
        failed.info.run_name,
        failed.info.start_time,
        failed.info.end_time,
    ) == ("trial-0001", STARTED + 1, ENDED + 1)
    said = {
        key: failed.data.tags[f"bigtrain.{key}"] for key in ("kind", "sweep", "number", "state", "reason")
    }
    assert {
        "kind": "trial",
        "sweep": sweep_id,
        "number": "1",
        "state": "FAIL",
        "reason": "diverged at epoch 3",
    } == said
    assert failed.data.params == {
        "optimizer": "adam",
        "learning_rate": "0.05",
        "batch_size": "None",
        "shuffle": "True",
    }
    assert failed.data.metrics == {"cv_rmse": 2.0, "fold_0_rmse": 0.5, "val_rmse": 0.2}
    curve = store.client.get_metric_history(failed.info.run_id, "val_rmse")
    assert [(epoch, 1 / epoch) for epoch in range(1, 6)] == sorted(
        (point.step, point.value) for point in curve
    )


def test_a_failure_has_its_traceback(store: Store, name: str) -> None:
    """Where an exception came from is a file of its trial's run, and of no other's, without passwords."""
    sweep_id = store.start_sweep(start(name))
    said = "Traceback …\n  connect('https://me:secret@host')\nValueError: no"
    failed = trial(0, TrialState.FAIL, reason="ValueError at https://me:secret@host", traceback=said)
    store.write_trials(sweep_id, [failed, trial(1)])
    first, second = below(store, sweep_id)
    path = store.client.download_artifacts(first.info.run_id, "traceback.txt")
    assert Path(path).read_text() == said.replace("me:secret", "…")
    assert "secret" not in str(first.data.tags)
    assert store.client.list_artifacts(second.info.run_id) == []


def test_the_tag_is_json(store: Store, name: str) -> None:
    """The record is JSON that anyone can read, with the sampler's names and the estimator's."""
    sweep_id = store.start_sweep(start(name))
    store.write_trials(sweep_id, [trial(0)])
    record = json.loads(below(store, sweep_id)[0].data.tags["bigtrain.trial"])
    assert (
        record["params"],
        record["state"],
        record["values"],
    ) == ({"adam.learning_rate": 0.1}, "COMPLETE", [1.0])


def test_a_run_without_its_record_is_no_trial(store: Store, name: str) -> None:
    """What an interrupted write left is not read, and is removed by the next write or end."""
    sweep_id = store.start_sweep(start(name))
    experiment = store.client.get_run(sweep_id).info.experiment_id
    tags = {KIND: "trial", SWEEP: sweep_id, PARENT: sweep_id, "bigtrain.number": "0"}
    left = store.client.create_run(experiment, tags=tags).info.run_id
    fresh = Store(store.address, store.client, store._trials)
    state = fresh.find_sweep(name)
    assert state is not None
    assert state.records == ()
    fresh.finish_sweep(sweep_id, "KILLED", patient=False)
    assert store.client.get_run(left).info.lifecycle_stage == "deleted"
    assert below(store, sweep_id) == []


def test_a_parent_without_its_id_is_no_sweep(store: Store, name: str) -> None:
    """A start that was interrupted is not found, and is removed by the next start."""
    sweep_id = store.start_sweep(start(name))
    experiment = store.client.get_run(sweep_id).info.experiment_id
    left = store.client.create_run(experiment, tags={KIND: "sweep"}).info.run_id
    state = store.find_sweep(name)
    assert state is not None
    assert sweep_id == state.sweep_id
    store.start_sweep(start(name))
    assert store.client.get_run(left).info.lifecycle_stage == "deleted"


def test_a_start_ends_what_was_left_running(store: Store, name: str) -> None:
    """A sweep whose process was killed is no longer shown as running once the next one starts."""
    killed, finished = store.start_sweep(start(name)), store.start_sweep(start(name))
    store.resume_sweep(killed)
    store.finish_sweep(finished, "FINISHED")
    experiment = store.client.get_run(killed).info.experiment_id
    half = store.client.create_run(experiment, tags={KIND: "trial", PARENT: killed}).info.run_id
    foreign = store.client.create_run(experiment).info.run_id
    newest = store.start_sweep(start(name))
    status = {run: store.client.get_run(run).info.status for run in (killed, finished, foreign, newest)}
    assert status == {killed: "KILLED", finished: "FINISHED", foreign: "RUNNING", newest: "RUNNING"}
    assert store.client.get_run(half).info.lifecycle_stage == "deleted"


def test_the_newest_sweep_is_found(store: Store, name: str) -> None:
    """Of two sweeps of one name the later is the one to resume; an unknown name has none."""
    store.start_sweep(start(name))
    newest = store.start_sweep(start(name))
    state = store.find_sweep(name)
    assert state is not None
    assert newest == state.sweep_id
    assert store.find_sweep(f"{name} unknown") is None


def test_no_length_is_too_long(store: Store, name: str) -> None:
    """Records, fingerprints, reasons, params and curves beyond MLflow's limits stay whole in the record."""
    long = "x" * 20_000
    big = trial(
        0,
        TrialState.FAIL,
        reason=long,
        rungs=dict.fromkeys(range(2000), 0.1),
        curves={"val_rmse": [(epoch, 0.5) for epoch in range(1, 1203)]},
    )
    big.trial.settings.update({"text": long} | {f"knob_{index}": index for index in range(120)})
    sweep_id = store.start_sweep(start(name, fingerprint={"space": long}, tags={"long": long}))
    store.write_trials(sweep_id, [big])
    state = store.find_sweep(name)
    assert state is not None
    assert ({"space": long}, (big.record,)) == (state.fingerprint, state.records)
    run = below(store, sweep_id)[0]
    assert (
        len(run.data.params),
        run.data.params["text"][-1],
        len(run.data.tags["bigtrain.reason"]),
    ) == (124 + 1, "…", 500)
    assert len(store.client.get_metric_history(run.info.run_id, "val_rmse")) == 1202


def test_numbers_that_are_none_are_kept(store: Store, name: str) -> None:
    """NaN comes back as NaN and infinity as the largest number, as MLflow has it."""
    sweep_id = store.start_sweep(start(name))
    store.write_trials(sweep_id, [trial(0, metrics={"a": math.nan, "b": math.inf, "c": -math.inf})])
    metrics = below(store, sweep_id)[0].data.metrics
    assert math.isnan(metrics["a"])
    assert (metrics["b"], metrics["c"]) == (1.7976931348623157e308, -1.7976931348623157e308)


def test_progress_has_one_value_a_trial(store: Store, name: str) -> None:
    """The curve of the best so far has each trial number once, however often it is sent."""
    sweep_id = store.start_sweep(start(name))
    store.progress(sweep_id, [(0, 3.0), (1, 2.0)])
    store.progress(sweep_id, [(0, 3.0), (1, 2.0), (2, 2.0)])
    Store(store.address, store.client, store._trials).progress(sweep_id, [(2, 2.0), (3, 1.0)])
    points = store.client.get_metric_history(sweep_id, BEST)
    assert sorted((point.step, point.value) for point in points) == [(0, 3.0), (1, 2.0), (2, 2.0), (3, 1.0)]
    assert store.client.get_run(sweep_id).data.metrics[BEST] == 1.0


def test_an_end_is_recorded_and_can_be_taken_back(store: Store, name: str) -> None:
    """A finished sweep has its status, metrics and tags; a resumed one runs again."""
    sweep_id = store.start_sweep(start(name, dataset=DATASET))
    store.finish_sweep(sweep_id, "FINISHED", {"cv_rmse": 0.5}, {"bigtrain.best_trial": "3"})
    state = store.find_sweep(name)
    assert state is not None
    assert (
        state.status,
        state.metrics,
        state.tags["bigtrain.best_trial"],
    ) == ("FINISHED", {"cv_rmse": 0.5}, "3")
    store.resume_sweep(sweep_id)
    assert store.client.get_run(sweep_id).info.status == "RUNNING"


def test_the_parent_explains_itself(store: Store, name: str) -> None:
    """Configuration, and dataset with a digest over every cell, are with the parent run."""
    sweep_id = store.start_sweep(start(name, dataset=DATASET))
    client = store.client
    assert "config.yaml" in [file.path for file in client.list_artifacts(sweep_id)]
    (given,) = client.get_run(sweep_id).inputs.dataset_inputs
    assert (DATASET.digest[:36], '{"uri": "table.csv"}') == (given.dataset.digest, given.dataset.source)


def test_secrets_are_not_recorded(store: Store, name: str) -> None:
    """A password in the configuration or a tag is in nothing that is kept."""
    secret = "uri: postgresql://me:secret@host/runs?password=secret"
    sweep_id = store.start_sweep(start(name, config_yaml=secret, tags={"command": secret}))
    kept = store.client.download_artifacts(sweep_id, "")
    texts = [path.read_text() for path in Path(kept).rglob("*.*")] + [
        store.client.get_run(sweep_id).data.tags["command"]
    ]
    assert texts == ["uri: postgresql://…@host/runs?password=…"] * 2


def test_a_second_coordinator_is_told_who_is_first(store: Store, name: str) -> None:
    """A held sweep can't be held again until it is let go; others can."""
    with store.hold(name):
        with (
            pytest.raises(StoreUnreachableError, match=r"held by process \d+ on .+ since \d{4}-"),
            store.hold(name),
        ):
            pass
        with store.hold(f"{name} another"):
            pass
    with store.hold(name):
        pass


@pytest.mark.parametrize(
    "store", ["http", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_who_was_replaced_writes_no_more(store: Store, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once another process has the lease, nothing of ours is written, and its lease stays."""
    with store.hold(name):
        sweep_id = store.start_sweep(start(name))
        store.write_trials(sweep_id, [trial(0)])
        experiment = store.client.get_run(sweep_id).info.experiment_id
        other = replace(Holder.me(), machine="another-machine").to_json()
        store.client.set_experiment_tag(experiment, LEASE_TAG, other)
        monkeypatch.setattr(lease, "LEASE", 0.0)
        with pytest.raises(StoreUnreachableError, match="another process took over"):
            store.write_trials(sweep_id, [trial(1)])
        store.finish_sweep(sweep_id, "FAILED", patient=False)
    assert other == store.client.get_experiment(experiment).tags[LEASE_TAG]
    state = store.find_sweep(name)
    assert state is not None
    assert (state.status, len(state.records)) == ("RUNNING", 1)


def test_nothing_is_printed(store: Store, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The terminal belongs to the command: neither MLflow nor alembic writes to it."""
    sweep_id = store.start_sweep(start(name))
    store.write_trials(sweep_id, [trial(0)])
    store.finish_sweep(sweep_id, "FINISHED")
    assert capfd.readouterr() == ("", "")
