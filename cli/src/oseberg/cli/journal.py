"""Count what a command did, for its log and for the record of a run."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_counts: ContextVar[Counter[str] | None] = ContextVar("counts", default=None)


def add_counts(**counts: int) -> None:
    """Add to the counts of the running command, as in `add_counts(days=1, inserted=929)`."""
    current = _counts.get()
    if current is not None:
        current.update(counts)


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """Collect the counts of a command while the block lasts.

    Yields:
        The counts, complete when the block ends.
    """
    counts: Counter[str] = Counter()
    token = _counts.set(counts)
    try:
        yield counts
    finally:
        _counts.reset(token)
