"""Parts of the world that tests need: a missing one is a failure in CI, and a skip elsewhere."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """End the test that needs a part which this machine lacks."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
