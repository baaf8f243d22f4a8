"""What a running command records about itself: its counts, and the log that gets its messages."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator


class Journal(Protocol):
    """The log of a command, as other modules see it."""

    logger: logging.Logger
    run: str
    quiet: bool

    def emit(self, message: str, level: str = "info", **fields: object) -> None:
        """Write a line."""


_counts: ContextVar[Counter[str] | None] = ContextVar("counts", default=None)
_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)
_log: ContextVar[Journal | None] = ContextVar("log", default=None)


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
    outer, counts = _counts.get(), Counter[str]()
    token = _counts.set(counts)
    try:
        yield counts
    finally:
        _counts.reset(token)
        if outer is not None:
            outer.update(counts)  # a step's counts are those of its run, too


def note_message(message: str) -> None:
    """Pass a message on to a run that collects those of its steps."""
    heard = _heard.get()
    if heard is not None and message.strip():
        heard.append(message.strip())


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect the messages of a step while the block lasts.

    Yields:
        The messages, in order.
    """
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def current_log() -> Journal | None:
    """Return the log of the running command, or None if it has none."""
    return _log.get()


@contextmanager
def logging_by(log: Journal) -> Iterator[None]:
    """Send messages to a log while the block lasts."""
    token = _log.set(log)
    try:
        yield
    finally:
        _log.reset(token)
