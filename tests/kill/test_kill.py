"""Whatever instant a sweep is killed at, the same command again leaves what an undisturbed sweep leaves.

Trials, parameters, scores, curves, champion and alias are compared to the last bit; exactly so many trials,
none twice, no run RUNNING, one model version, a sound database, nothing left over: `record.KINDS` lists it.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bigtrain.failpoints import Failpoint
from tests.kill.harness import BENCHES, BY_CLIENT, Bench
from tests.kill.record import KINDS, Record, violations

INSTANTS, FULL = 3, 200


@pytest.fixture(scope="module")
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A kind of store with the record of an undisturbed sweep."""
    with BENCHES[request.param](tmp_path_factory.mktemp(request.param)) as made:
        yield made


@pytest.mark.parametrize("bench", ["sqlite"], indirect=True)
def test_one_sweep_survives_every_failpoint(bench: Bench) -> None:
    """Killed at the first point, at the second when run again, and so on to the last; then left alone."""
    assert bench.at_failpoint(*bench.failpoints) == []


@pytest.mark.slow
@pytest.mark.parametrize("bench", ["client"], indirect=True)
def test_one_sweep_survives_every_failpoint_of_the_plain_writer(bench: Bench) -> None:
    """The same in the middle of a trial that MLflow's client writes call by call."""
    assert bench.at_failpoint(*(point for point in Failpoint if point in BY_CLIENT)) == []


@pytest.mark.parametrize("bench", ["sqlite", "overlapping"], indirect=True)
def test_a_sweep_survives_random_instants(bench: Bench) -> None:
    """Killed anywhere, and not after its end."""
    assert [bench.at_instant(seconds) for seconds in bench.instants(INSTANTS, seed=0)] == [[]] * INSTANTS
    assert bench.n_killed


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(
    "bench",
    ["sqlite", "overlapping", "client", "saver", pytest.param("postgres", marks=pytest.mark.postgres)],
    indirect=True,
)
def test_a_sweep_survives_the_full_dose(bench: Bench) -> None:
    """Every failpoint, each alone, and hundreds of random instants."""
    found = {str(point): bench.at_failpoint(point) for point in bench.failpoints}
    found |= {f"{seconds} s": bench.at_instant(seconds) for seconds in bench.instants(FULL, seed=0)}
    assert {where: wrong for where, wrong in found.items() if wrong} == {}


WHOLE = Record(
    trials={"0": [{"status": "FINISHED"}], "1": [{"status": "FAILED"}]},
    curves={"0": [("val_rmse", 1, 0.5, False)]},
    parents=[("FINISHED", [("cv_rmse", 0.5)], [("bigtrain.best_trial", "0")], 1)],
    progress=[(0, 0.5)],
    versions=[(1, ["champion"], [])],
    champion=[1.0],
    logged_models=[(2, None)],
    running=0,
    integrity="ok",
    left_over=[],
)
DAMAGE = {
    "trials are missing or too many": {"trials": {"0": WHOLE.trials["0"]}},
    "a trial is there twice": {"trials": WHOLE.trials | {"0": WHOLE.trials["0"] * 2}},
    "trials differ": {"trials": WHOLE.trials | {"0": [{"status": "KILLED"}]}},
    "curves differ": {"curves": {}},
    "the parent differs": {"parents": WHOLE.parents * 2},
    "the progress differs": {"progress": []},
    "a run is left RUNNING": {"running": 1},
    "more than one model version": {"versions": WHOLE.versions * 2},
    "the versions differ": {"versions": [(1, [], [])]},
    "the champion differs": {"champion": "RESOURCE_DOES_NOT_EXIST"},
    "models nobody registered": {"logged_models": WHOLE.logged_models * 2},
    "the database is damaged": {"integrity": "row 1 missing from index"},
    "files are left over": {"left_over": [".model-x"]},
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_damage_is_noticed(kind: str) -> None:
    """The harness can fail: a record with one thing wrong is found wrong in that, and in nothing else."""
    assert violations(WHOLE, WHOLE) == []
    assert violations(WHOLE, replace(WHOLE, **DAMAGE[kind])) == [kind]
