"""What all tests share."""

import signal
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import settings

from tests.measuring import is_measured, unmeasured

# A machine that pauses is no fault of the code: speed is for the benchmarks to say.
settings.register_profile("oseberg", deadline=None)
settings.load_profile("oseberg")

# A shell lets what it runs in the background ignore Ctrl-C, and so would every program that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_make_parametrize_id(val: Any) -> str | None:
    """Don't name a test by a file's content: a workbook has the time in it, and each worker would make another one."""
    return "content" if isinstance(val, bytes) and len(val) > 40 else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test and its fixtures, measured or not."""
    if is_measured(item):
        return (yield)
    with unmeasured():
        return (yield)
