"""Times of the tests."""

from __future__ import annotations

from datetime import UTC, datetime

HOUR = 3_600_000


def at(text: str) -> int:
    """Give the milliseconds of a wall-clock time, as if it were UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
