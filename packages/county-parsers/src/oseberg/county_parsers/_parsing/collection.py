"""Python's garbage collector while a delivery is parsed."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Documents refer to nothing that refers to them, so looking through all of them again and again finds nothing: it took
# half of the time where a delivery is in memory as a whole. Young objects are still looked at: errors make circles.
_THRESHOLDS = (50_000, 20, 1_000)


_lock = Lock()
_before: list[tuple[int, int, int]] = []


@contextmanager
def rare_collection() -> Iterator[None]:
    """Make the garbage collector look at old objects rarely, until the last of several parses has ended."""
    with _lock:
        _before.append(gc.get_threshold())
        gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        with _lock:
            # Parses in threads end in any order: the first of them knows what was there before all.
            last = _before.pop()
            if not _before:
                gc.set_threshold(*last)
