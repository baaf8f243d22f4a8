"""What the tests of the command share."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """Run one embedded server for all of them; each test takes a database of its own."""
    with postgres.server("embedded") as running:
        yield running


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """Run a Dask scheduler with two worker processes; a killed one is replaced, as a cluster's manager does."""
    import dask  # noqa: PLC0415 - a second that only its tests need
    from distributed import LocalCluster  # noqa: PLC0415

    # A killed worker is started again under its name. Dask looks 15 seconds later whether it came back, and gives the
    # name up for good when just then another test has killed it once more.
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1 hour"}),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", host="tcp://127.0.0.1"
        ) as running,
    ):
        yield running
