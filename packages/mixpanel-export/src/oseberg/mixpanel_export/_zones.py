"""Time zones by name, and wall clocks that were written as if they were UTC.

This module is the same text in every package that converts times; a test of the repository compares the copies.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock, which has no zone
MILLISECOND = timedelta(milliseconds=1)
NEAR_MS = 30 * 60 * 1000  # Mixpanel processes most events within half an hour of their time


def find_zone(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name.

    Args:
        name: For example `America/Chicago` or `UTC`.

    Returns:
        The zone.

    Raises:
        ValueError: The name is not in the IANA list. The message is a sentence for people.

    Example:
        >>> find_zone("America/Chicago").key
        'America/Chicago'
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError, TypeError):
        # zoneinfo raises each of these, depending on whether the name looks like a path, a folder or another type
        raise ValueError(f"{name!r} is not an IANA time zone. Write one such as America/Chicago or UTC.") from None


def offsets_ms(wall_ms: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return a zone's offsets from UTC at a wall clock, for its first and its second reading.

    The two differ only in the hour that autumn has twice. In the hour that spring skips, both are the offset before
    the change.

    Args:
        wall_ms: The wall clock in milliseconds, written as if it were UTC.
        zone: The zone of the wall clock.

    Returns:
        Both offsets in milliseconds; positive east of Greenwich.
    """
    try:
        wall = (EPOCH + timedelta(milliseconds=wall_ms)).replace(tzinfo=zone)
        first, second = _offset_ms(wall), _offset_ms(wall.replace(fold=1))
    except OverflowError:  # the first and last day of the calendar have no neighbor to look at
        return 0, 0
    return first, min(first, second)


def to_utc_ms(wall_ms: int, processed_ms: int | None, zone: ZoneInfo) -> int:
    """Convert a wall clock that was written as if it were UTC to UTC.

    In the hour that autumn has twice, the reading nearer to the time of processing counts if that is within 30 minutes;
    otherwise the first one.

    Args:
        wall_ms: The wall clock in milliseconds since 1970.
        processed_ms: When Mixpanel processed the event, in true UTC milliseconds; None if unknown.
        zone: The zone of the wall clock.

    Returns:
        Milliseconds since 1970 in UTC.
    """
    first, second = (wall_ms - offset for offset in offsets_ms(wall_ms, zone))
    if second <= first or processed_ms is None:
        return first
    nearest = min((first, second), key=lambda reading: abs(reading - processed_ms))
    return nearest if abs(nearest - processed_ms) <= NEAR_MS else first


def _offset_ms(moment: datetime) -> int:
    return (moment.utcoffset() or timedelta()) // MILLISECOND
