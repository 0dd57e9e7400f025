"""Threads share out the cores once."""

from threadpoolctl import threadpool_info

from bigtrain.config import EngineConfig
from bigtrain.engine import open_engine


def test_no_task_has_threads_of_its_own():
    """Neither of BLAS nor of OpenMP, which counts them for each thread that asks."""
    import sklearn.ensemble  # noqa: F401 - it brings its OpenMP

    with open_engine(EngineConfig(n_jobs=4)) as engine:
        pools = engine.submit(threadpool_info).result()
    assert {pool["user_api"] for pool in pools} >= {"blas", "openmp"}
    assert {pool["num_threads"] for pool in pools} == {1}
