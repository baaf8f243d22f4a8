"""Which tests coverage measures, since measuring makes a test half as slow again.

Not measured are tests that run lines which other tests measure too: on a further server or store, or along a story of
days and deliveries. Those say so by the mark `unmeasured`. (The mark `no_cover` of pytest-cov leaves out a test alone,
not its fixtures, which live most of a story, nor the programs that it starts.)
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import coverage
import pytest

MEASURED = {"server": "embedded", "store": "moto"}
"""Of the parameters that name a server, the value whose tests are measured."""
EVERY_TEST = "MEASURE_EVERY_TEST"
"""The variable by which `nox -s mutants` has every test measured, to know which tests run a line."""
PROGRAMS = "COVERAGE_PROCESS_CONFIG"
"""The variable by which programs that are started know that they are measured."""


def is_measured(item: pytest.Item) -> bool:
    """Whether coverage measures a test."""
    if EVERY_TEST in os.environ:
        return True
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return item.get_closest_marker("unmeasured") is None and all(
        parameters.get(name, value) == value for name, value in MEASURED.items()
    )


@contextmanager
def unmeasured() -> Iterator[None]:
    """Run a block, and the programs that it starts, without measuring them."""
    programs = os.environ.pop(PROGRAMS, None)
    running = []
    while one := coverage.Coverage.current():  # a worker of xdist has its own, and one of a started program beneath it
        one.stop()
        running.append(one)
    try:
        yield
    finally:
        for one in reversed(running):
            one.start()
        if programs is not None:
            os.environ[PROGRAMS] = programs
