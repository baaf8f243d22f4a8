"""Each test that asks for `url` or `db` runs on embedded Postgres and on the system's."""

from collections.abc import Iterator

import pytest

from oseberg.usage_db import UsageDatabase
from tests import postgres


@pytest.fixture(scope="session", params=postgres.KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[postgres.Server]:
    if postgres.is_missing(request.param):
        pytest.skip("no Postgres is installed on this system")
    with postgres.server(request.param) as running:
        yield running


@pytest.fixture
def url(server: postgres.Server) -> Iterator[str]:
    with server.database() as name:
        yield name


@pytest.fixture
def empty_url(server: postgres.Server) -> Iterator[str]:
    with server.database("template1") as name:
        yield name


@pytest.fixture
def db(url: str) -> Iterator[UsageDatabase]:
    with UsageDatabase(url) as database:
        yield database
