"""What several tests start from: a copy of the shipped model, a portfolio and its page."""

import pytest

from oseberg.health_model import HealthModel, write_report
from tests.health_model.helpers import MODEL, portfolio


@pytest.fixture
def copy(tmp_path):
    """Copy the shipped model to a folder of one's own."""
    return HealthModel.load().save(tmp_path / "own")


@pytest.fixture(scope="module")
def world():
    return portfolio()


@pytest.fixture(scope="module")
def page(world, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(path, **vars(world), model=MODEL)
    return path
