"""Each test that asks for `url` or `db` runs on Postgres 18 and on the system's (15 in CI).

The rooms whose SQL depends on the version run on those between as well.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from oseberg.usage_db import UsageDatabase
from tests import postgres

BETWEEN = {"wheel16", *postgres.FURTHER}
EVERY_VERSION = {f"test_{name}.py" for name in ("archive", "migrations", "replace_day", "roles", "rollup")}
"""Partitions, rights, catalogs and the planner are what differs; what the oldest and the newest run alike, all run."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the versions between the oldest and the newest to the tests that need them."""
    here = Path(__file__).parent
    left = [
        item
        for item in items
        if item.path.parent == here
        and item.path.name not in EVERY_VERSION
        and getattr(item, "callspec", None)
        and item.callspec.params.get("server") in BETWEEN  # type: ignore[attr-defined]
    ]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


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
