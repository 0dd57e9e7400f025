"""However a sweep gets to its end, it is the same sweep."""

import contextlib
import signal

import pytest

from bigtrain import sweep
from bigtrain.config.app import compose
from bigtrain.errors import NoTrialCompletedError
from bigtrain.report import Console
from tests.forks import run_module, started
from tests.job.conftest import SMALL, plain_client, run, state, told


class Interrupted(Console):
    """Is interrupted, as by Ctrl-C, when so many trials are recorded."""

    after = 8

    def progress(self, records):
        if len(records) >= self.after:
            raise KeyboardInterrupt


@pytest.mark.parametrize("after", [8, 16])
def test_an_interrupted_sweep_goes_on_where_it_was(folder, whole, after):
    """Ctrl-C, then the same command: trials, scores and champion of the sweep that nothing happened to."""
    with pytest.raises(KeyboardInterrupt):
        run(console=type("At", (Interrupted,), {"after": after}))
    assert state(folder).status == "KILLED"
    assert len(state(folder).records) == after
    run()
    assert told(state(folder)) == told(whole)
    assert state(folder).tags["bigtrain.best_trial"] == whole.tags["bigtrain.best_trial"]


@pytest.mark.parametrize("where", ["job.lifecycle.load_problem", "report.Console.progress"])
def test_an_interruption_is_answered(folder, monkeypatch, capsys, where):
    """Before the first trial or after some: one line says how to go on, on the screen and in the log."""

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"bigtrain.{where}", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sweep.run(compose([*SMALL, "sampler.n_startup_trials=4", "verbose=1"]))
    line = "interrupted: the same command again goes on from here"
    assert capsys.readouterr().out.count(line) == 1
    logs = [path.read_text() for path in folder.rglob("log.txt")]
    assert [log.count(line) for log in logs] == ([1] if "progress" in where else [])


def test_a_sampler_with_a_memory_goes_on_where_it_was(tmp_path, monkeypatch):
    """What CMA-ES has to remember is in the store: interrupted or not, it asks the same.

    That every sampler does, given its records, is a law of `tests/search`.
    """
    for name, console in (("whole", Console), ("broken", Interrupted)):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        with contextlib.suppress(KeyboardInterrupt):
            run("sampler=cmaes", console=console)
    assert len(state(tmp_path / "broken").records) == 8
    run("sampler=cmaes")
    assert told(state(tmp_path / "broken")) == told(state(tmp_path / "whole"))


@pytest.mark.parametrize("first", [3, 8, 13])
def test_an_extended_sweep_is_the_longer_one(folder, whole, first):
    """First fewer trials, then more: as all at once, also where the first end fell inside a cohort."""
    run(f"n_trials={first}")
    run()
    assert told(state(folder)) == told(whole)


def test_a_finished_sweep_is_left_alone(folder, capsys):
    """The same command again says so, shows the result and registers nothing new; nor draws what it lacks."""
    run()
    before = state(folder)
    run("verbose=1", "report=true")
    said = capsys.readouterr().out
    assert "finished before" in said
    assert "report:     python -m bigtrain.report sweep=document   (none was kept)" in said
    assert state(folder) == before
    assert len(plain_client(folder).search_model_versions()) == 1


@pytest.mark.parametrize(
    ("again", "starts"),
    [([], 0), (["n_trials=12"], 0), (["n_trials=21"], 1), (["fresh=true"], 1), (["name=other"], 1)],
)
def test_no_process_prepares_to_save_what_is_saved(done, monkeypatch, again, starts):
    """One is started beside the imports unless it is known by then that nothing is left to search."""
    started = []
    monkeypatch.chdir(done)
    monkeypatch.setattr(sweep, "saver_beside", lambda: contextlib.nullcontext(started.append(1)))
    monkeypatch.setattr(sweep, "the_job", lambda: lambda *_: None)
    sweep.run(compose([*SMALL, "sampler.n_startup_trials=4", *again]))
    assert len(started) == starts


@pytest.mark.parametrize("better", [False, True])
def test_an_extension_in_vain_is_said(folder, whole, better, capsys):
    """How many trials were added where none of them is the best, and which one stays it; else nothing."""
    best = int(whole.tags["bigtrain.best_trial"])
    assert 0 < best < 19
    run(f"n_trials={best if better else best + 1}")
    run("verbose=1")
    said = f"{19 - best} trials were added, and trial {best} stays the best"
    assert (said in capsys.readouterr().out) is not better
    assert state(folder).tags["bigtrain.best_trial"] == str(best)


def test_a_finished_sweep_ends_as_it_did(folder, capsys):
    """The same command again shows the end of the first one, to the last line: where its report is."""
    ends = []
    for _ in range(2):
        run("verbose=1", "report=true", "n_trials=8")
        ends.append(capsys.readouterr().out.partition("document: 8 trials (")[2])
    assert "report.html" in ends[0].splitlines()[-1]
    assert ends[1] == ends[0]


def test_a_sweep_that_ran_out_of_time_is_finished(folder, whole, capsys):
    """It has the first trials of the one that didn't; the same command shows it, more time extends it."""
    run("n_trials=100000", "timeout=3")
    before = state(folder)
    assert 0 < len(before.records) < 100_000
    short = min(len(before.records), 20)
    assert told(before)[:short] == told(whole)[:short]
    run("n_trials=100000", "timeout=3", "verbose=1")
    assert "finished before" in capsys.readouterr().out
    assert told(state(folder)) == told(before)
    run("n_trials=100000", "timeout=4")
    assert told(state(folder))[: len(before.records)] == told(before)
    assert len(state(folder).records) > len(before.records)


def test_no_time_at_all_is_said(folder):
    """A timeout that no cohort keeps is no result: exit 75 with what to raise."""
    with pytest.raises(NoTrialCompletedError, match=r"timeout: no trial was finished in time.*raise it"):
        run("timeout=0.001")
    assert state(folder).records == ()


@pytest.mark.parametrize(
    ("end", "code", "status"),
    [
        # At many an instant in every run, by `tests/kill`.
        pytest.param(signal.SIGKILL, -signal.SIGKILL, "RUNNING", marks=pytest.mark.slow),
        (signal.SIGINT, 130, "KILLED"),
        (signal.SIGTERM, 143, "KILLED"),
    ],
)
def test_a_process_that_is_ended_loses_only_the_cohort_in_flight(folder, whole, end, code, status):
    """Whatever ends it in the middle, the same command goes on: nothing recorded is lost or done twice."""
    overrides = [*SMALL, "sampler.n_startup_trials=4", "verbose=2"]
    with started(run_module, "bigtrain.sweep", *overrides, folder=folder) as process:
        process.until("8/20 trials")
        process.signal(end)
        assert process.ended().code == code
    assert state(folder).status == status
    assert len(state(folder).records) >= 8
    run()
    after = state(folder)
    assert told(after) == told(whole)
    assert after.status == "FINISHED"
    client = plain_client(folder)
    experiments = [e.experiment_id for e in client.search_experiments()]
    assert not [r for r in client.search_runs(experiments) if r.info.status == "RUNNING"]
    assert len(client.search_model_versions()) == 1
