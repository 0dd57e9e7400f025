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


@pytest.fixture
def database(postgres: Any) -> Callable[[str], str]:
    """Makes an empty database of a name and returns its address."""

    def make(name: str) -> str:
        postgres.psql(f"create database {name}")
        return str(postgres.get_uri(name))

    return make


@pytest.fixture(params=["sql", "client", "http", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Every kind of store: what holds for one has to hold for all."""
    if request.param == "http":
        return open_store(request.getfixturevalue("server_address"))
    if request.param == "postgres":
        return open_store(request.getfixturevalue("postgres").get_uri(), root=tmp_path)
    return {"sql": stores.sql_store, "client": stores.client_store}[request.param](tmp_path)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A sweep of its own for each test, since the server is shared."""
    return str(request.node.name)
