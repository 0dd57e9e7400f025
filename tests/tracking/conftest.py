"""One MLflow server and one PostgreSQL for all tests of this folder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bigtrain.tracking import Store, open_store
from tests.tracking import stores


@pytest.fixture(scope="session")
def server_address(own_cache: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with stores.server(tmp_path_factory.mktemp("server")) as running:
        yield running.address


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A running PostgreSQL with an empty database."""
    with stores.postgres() as running:
        yield running


@pytest.fixture(scope="session")
def database(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Makes a database `like` another and returns its address.

    By default one with MLflow's tables, which take seconds to make, and are copied.
    """
    postgres.psql("create database migrated")
    open_store(postgres.get_uri("migrated"), root=tmp_path_factory.mktemp("migrated"))
    # Nobody may be connected to what is copied.
    postgres.psql("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'migrated'")

    def make(name: str, like: str = "migrated") -> str:
        postgres.psql(f"create database {name} template {like}")
        return str(postgres.get_uri(name))

    return make


@pytest.fixture(scope="session")
def runs(database: Callable[..., str]) -> str:
    """The address of a database for all tests that don't ask for one of their own."""
    return database("runs")


@pytest.fixture(params=["sql", "client", "http", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Every kind of store: what holds for one has to hold for all."""
    if request.param == "http":
        return open_store(request.getfixturevalue("server_address"))
    if request.param == "postgres":
        return open_store(request.getfixturevalue("runs"), root=tmp_path)
    return {"sql": stores.sql_store, "client": stores.client_store}[request.param](tmp_path)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A sweep of its own for each test, since the server is shared."""
    return str(request.node.name)
