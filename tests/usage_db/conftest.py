"""Each test that asks for `url` or `db` runs on Postgres 16, 17 and 18, and on the system's (15 in CI)."""

from collections.abc import Iterator

import pytest

from oseberg.usage_db import UsageDatabase
from tests import postgres


@pytest.fixture(scope="session", params=postgres.KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[postgres.Server]:
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
