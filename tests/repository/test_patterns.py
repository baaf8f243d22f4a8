"""No pattern of the code takes forever on hostile text: names, cells and keys come from strangers."""

import importlib
import re
import signal
import time
from collections.abc import Iterator
from types import FrameType

import pytest

from tests.repository.helpers import all_modules

SECONDS = 2.0
"""A linear pattern needs milliseconds for these texts; one that backtracks without end needs years."""
LENGTH = 20_000
UNITS = [
    "a",
    "A",
    "0",
    " ",
    "\t",
    "-",
    "_",
    ".",
    ",",
    "/",
    "'",
    '"',
    "(",
    "0 ",
    "a ",
    "A1",
    "1/2 ",
    "NE/4 ",
    "a.",
    "a-",
    "&",
    "ÄÖ",
]
HOSTILE = [unit * (LENGTH // len(unit)) + ending for unit in UNITS for ending in ("", "\x00", "!", "é")]


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the compiled patterns that modules of the project keep."""
    for name in all_modules():
        for key, value in vars(importlib.import_module(name)).items():
            found = value if isinstance(value, tuple | list) else value.values() if isinstance(value, dict) else [value]
            for number, one in enumerate(found):
                if isinstance(one, re.Pattern) and isinstance(one.pattern, str):
                    yield f"{name}.{key}[{number}]", one


PATTERNS = dict(patterns())


def give_up(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"after {SECONDS} s")


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_pattern_ends(name: str) -> None:
    """Each text is read within a time that no user would notice."""
    before = signal.signal(signal.SIGALRM, give_up)
    try:
        for text in HOSTILE:
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            began = time.perf_counter()
            PATTERNS[name].match(text)
            PATTERNS[name].fullmatch(text)
            assert time.perf_counter() - began < SECONDS, text[:20]
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_there_are_patterns() -> None:
    """The test finds what it is about."""
    assert len(PATTERNS) > 20
