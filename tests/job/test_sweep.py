"""The main job: what a user gets for one command."""

import json

import mlflow
import numpy as np
import pytest

from bigtrain.data import load_dataset, split_holdout
from bigtrain.errors import ConfigError, DataError, NoTrialCompletedError
from bigtrain.records import TrialState
from tests.job.conftest import plain_client, run, state, told

RECIPE = ("n_trials=32", "cohort=16", "cv=5", "sampler.n_startup_trials=16", "estimator.params.max_iter=1000")
"""Takes back what tests save on the shipped recipe."""


ROWS = ("bigtrain ", "Ridge ", "mean ")


def trial_runs(client, name="document"):
    experiment = client.get_experiment_by_name(name).experiment_id
    return client.search_runs([experiment], "tags.`bigtrain.kind` = 'trial'", max_results=500)


def test_every_trial_is_a_run_under_one_parent(done):
    """As many runs as trials, all under the sweep, each with its own parameters, metrics and record."""
    client = plain_client(done)
    (parent,) = client.search_runs(
        [client.get_experiment_by_name("document").experiment_id], "tags.`bigtrain.kind` = 'sweep'"
    )
    runs = trial_runs(client)
    assert len(runs) == 20
    assert parent.info.status == "FINISHED"
    for each in runs:
        record = json.loads(each.data.tags["bigtrain.trial"])
        assert each.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert each.data.tags["bigtrain.sweep"] == parent.info.run_id
        assert each.info.status == "FINISHED"
        assert each.data.params == {key: str(value) for key, value in record["settings"].items()}
        assert record["values"] == [each.data.metrics["cv_rmse"]]
        assert {"fold_0_rmse", "fold_2_r2", "cv_mae", "val_rmse"} <= each.data.metrics.keys()


def test_a_parameter_exists_only_where_its_optimizer_reads_it(folder):
    """Betas only under Adam, momentum only under momentum, rho only under RMSprop."""
    run("n_trials=40", "sampler=random")
    readers = {"beta_1": {"adam"}, "beta_2": {"adam"}, "momentum": {"momentum"}, "rho": {"rmsprop"}}
    seen = set()
    for each in trial_runs(plain_client(folder)):
        seen.add(each.data.params["optimizer"])
        for name, optimizers in readers.items():
            assert (name in each.data.params) == (each.data.params["optimizer"] in optimizers)
    assert seen == {"gd", "sgd", "momentum", "rmsprop", "adam"}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_champion_is_least_squares_on_the_documents_line(folder, seed):
    """With the shipped recipe, weight and bias are least squares' to 1e-3, and about 3 and 2."""
    run(*RECIPE, f"seed={seed}")
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlruns/mlflow.db")
    model = mlflow.sklearn.load_model("models:/document@champion")
    data = load_dataset("document")
    rows = data.X.iloc[[0, 1]].assign(x=[0.0, 1.0])
    bias, end = model.predict(rows)
    train = split_holdout(data, 0.2, seed).train
    slope, intercept = np.polyfit(data.X["x"].to_numpy()[train], data.y[train], 1)
    assert intercept == pytest.approx(bias, abs=1e-3)
    assert slope == pytest.approx(end - bias, abs=1e-3)
    assert (pytest.approx(end - bias, abs=0.2), pytest.approx(bias, abs=0.2)) == (3, 2)


@pytest.mark.parametrize("sampler", ["tpe", "qmc"])
def test_the_same_seed_gives_the_same_sweep(tmp_path, monkeypatch, sampler):
    """In two empty folders, on one worker and on two: the same trials and scores to the last bit.

    That every sampler asks the same, whoever is ready first, is a law of `tests/search`.
    """
    sweeps = []
    for number, workers in enumerate((1, 2)):
        home = tmp_path / str(number)
        home.mkdir()
        monkeypatch.chdir(home)
        run(f"sampler={sampler}", f"engine.n_jobs={workers}", "seed=11")
        sweeps.append(told(state(home)))
    assert sweeps[0] == sweeps[1]
    assert len(sweeps[0]) == 20


def test_another_seed_gives_another_sweep(folder):
    """The seed decides: two of them share no trial but the first, which has the defaults."""
    run("seed=1", "name=one")
    run("seed=2", "name=two")
    one, two = ({str(t[2]) for t in told(state(folder, name))[1:]} for name in ("one", "two"))
    assert not one & two


def test_the_best_so_far_is_told_for_every_trial(folder):
    """One point for each trial from the first that completed, also where the first ones failed."""
    run(
        "sampler=grid",
        "space.optimizer=gd",
        "space.optimizer.choices.gd.learning_rate=[1000.0,500.0,400.0,0.01,0.1,0.05]",
        "cohort=2",
    )
    sweep, client = state(folder), plain_client(folder)
    values = {record.number: record.values[0] for record in sweep.records if record.values}
    assert sorted(values) == [3, 4, 5]
    history = {point.step: point.value for point in client.get_metric_history(sweep.sweep_id, "best_so_far")}
    assert history == {n: min(v for m, v in values.items() if m <= n) for n in values}


def test_another_model_is_registered_though_the_sweep_is_finished(folder):
    """A finished sweep whose best is wanted under another name gets it there, without a new trial."""
    run()
    before = told(state(folder))
    run("registry.model=second")
    assert {m.name for m in plain_client(folder).search_registered_models()} == {"document", "second"}
    assert told(state(folder)) == before


@pytest.mark.parametrize(
    "overrides",
    [
        ("space={average:{choices:{true:{l1:0.5},false:{}}}}",),
        ("space={batch_size:{choices:{8:{},16:{l2:0.1}}}}",),
        ("sampler=qmc", "space.l1={low:0,high:0.3,step:0.1}"),
    ],
)
def test_the_same_command_is_the_same_question(folder, overrides):
    """Whatever a space is made of, asking it again is no change, and it can be extended."""
    run("n_trials=8", *overrides)
    run("n_trials=9", *overrides)
    assert len(state(folder).records) == 9


def test_r2_is_refused_where_it_has_no_value(folder):
    """A fold with a constant target is said before a store is touched."""
    rows = "\n".join(f"{np.sin(i)},{5.0 if i in (3, 30) else 0.0}" for i in range(60))
    (folder / "zeros.csv").write_text(f"x,y\n{rows}")
    with pytest.raises(DataError, match="constant in fold"):
        run("data=csv", "data.path=zeros.csv", "data.target=y", "scoring=r2")
    assert not (folder / "mlruns").exists()


def test_a_grid_ends_when_it_has_been_walked(folder):
    """A grid smaller than `n_trials` is a finished sweep, each of its points tried once."""
    run("sampler=grid", "space.optimizer=gd", "space.optimizer.choices.gd.learning_rate=[0.1,0.2,0.3]")
    rates = [record.settings["learning_rate"] for record in state(folder).records]
    assert rates == [0.1, 0.2, 0.3]


def test_all_trials_failing_is_said_and_nothing_is_registered(folder):
    """Exit 75 with the commonest reason; the sweep is FAILED, its trials are there, no model is."""
    with pytest.raises(NoTrialCompletedError, match="diverged"):
        run("space.optimizer=gd", "space.optimizer.choices.gd.learning_rate=1000.0")
    sweep, client = state(folder), plain_client(folder)
    assert sweep.status == "FAILED"
    assert {record.state for record in sweep.records} == {TrialState.FAIL}
    assert {each.info.status for each in trial_runs(client)} == {"FAILED"}
    assert client.search_registered_models() == []


def test_the_end_tells_what_a_person_wants_to_know(folder, capsys):
    """Counts, the best setting, its scores beside the baselines', the version, and what to type next."""
    run("verbose=1")
    out, sweep = capsys.readouterr().out, state(folder)
    best = min(sweep.records, key=lambda record: record.values)
    (line,) = [line for line in out.splitlines() if line.startswith("best trial")]
    assert line.startswith(f"best trial {best.number}: optimizer={best.settings['optimizer']}, ")
    scores = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.startswith(ROWS)}
    prefixes = {"bigtrain": "", "Ridge": "baseline_ridge_", "mean": "baseline_mean_"}
    for row, prefix in prefixes.items():
        keys = [f"{prefix}{part}_{metric}" for part in ("cv", "holdout") for metric in ("rmse", "mae", "r2")]
        assert [f"{sweep.metrics[key]:.5g}" for key in keys] == scores[row]
    assert best.values == (sweep.metrics["cv_rmse"],)
    done, loads = "20 trials (20 done, 0 pruned, 0 failed)", 'load_model("models:/document@champion")'
    for words in (done, "document version 1 @champion", loads, "bigtrain.ui"):
        assert words in out


def test_the_end_says_why_trials_failed(folder, capsys):
    """The commonest reason with its count, below the counts, where some failed."""
    run("verbose=1", "space.optimizer=gd", "space.optimizer.choices.gd.learning_rate=[0.01,1000.0]")
    out = capsys.readouterr().out
    failed = [record.number for record in state(folder).records if record.state is TrialState.FAIL]
    count = len(failed)
    assert count > 1
    assert f", {count} failed) in " in out
    assert f"\nfailed: {count} trials, most often ({count} times): Training diverged: " in out


def test_silence_is_silent(folder, capfd):
    """With `verbose=0` nothing is written to either stream."""
    run("verbose=0")
    assert capfd.readouterr() == ("", "")


def test_nothing_is_written_outside_mlruns(done):
    """The working folder gets mlruns/ and nothing else."""
    assert [path.name for path in done.iterdir()] == ["mlruns"]


def test_a_changed_question_under_the_same_name_is_refused(folder):
    """What changed is named, and so are the two ways on; the old sweep stays as it was."""
    run()
    before = told(state(folder))
    with pytest.raises(ConfigError, match=r"seed: 0 → 3.*name=NEW.*fresh=true"):
        run("seed=3")
    with pytest.raises(ConfigError, match=r"space\.l2: 0\.0 → 0\.5"):
        run("space.l2=0.5")
    assert told(state(folder)) == before
    run("seed=3", "fresh=true")
    assert told(state(folder)) != before
