"""Pruning in a sweep run for real: what falls out is on record, and a killed sweep prunes the same."""

import contextlib
import json

from bigtrain.records import TrialState
from bigtrain.report import Console
from tests.job.conftest import plain_client, run, state, told
from tests.job.test_resume import Interrupted

HALVING = ("sampler=random", "pruner=halving", "pruner.min_epochs=5", "n_trials=16")


def test_a_killed_sweep_prunes_the_same_on_any_number_of_workers(tmp_path, monkeypatch):
    """Pruned trials are KILLED runs with their rungs; interrupted on one worker or not, then gone on with on
    two, they are the same trials.
    """
    for name, console in (("whole", Console), ("broken", Interrupted)):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        with contextlib.suppress(KeyboardInterrupt):
            run(*HALVING, "engine.n_jobs=1", console=console)
    run(*HALVING, "engine.n_jobs=2")
    whole, broken = state(tmp_path / "whole"), state(tmp_path / "broken")
    assert told(broken) == told(whole)
    assert [r.rungs for r in broken.records] == [r.rungs for r in whole.records]
    pruned = [r for r in whole.records if r.state is TrialState.PRUNED]
    assert pruned
    assert all(r.rungs and r.values is None for r in pruned)
    client = plain_client(tmp_path / "whole")
    runs = client.search_runs(
        [client.get_experiment_by_name("document").experiment_id], "attributes.status = 'KILLED'"
    )
    numbers = {json.loads(each.data.tags["bigtrain.trial"])["number"] for each in runs}
    assert numbers == {r.number for r in pruned}
