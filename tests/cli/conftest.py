"""What the tests of the command share."""

from collections.abc import Iterator

import pytest

from tests import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """Run one embedded server for all of them; each test takes a database of its own."""
    with postgres.server("embedded") as running:
        yield running
