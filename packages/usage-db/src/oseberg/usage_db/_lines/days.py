"""Days and wall clocks of a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from oseberg.usage_db._zones import find_zone, to_utc_ms
from oseberg.usage_db.errors import LoadError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name.

    Raises:
        LoadError: The name is not in the IANA list.
    """
    try:
        return find_zone(name)
    except ValueError as error:
        raise LoadError(str(error)) from None


@dataclass(frozen=True)
class Day:
    """A day of a time zone, as the instants in which it begins and ends.

    Example:
        >>> day = Day(date(2026, 11, 1), find_zone("America/Chicago"))  # clocks go back
        >>> day.end - day.start
        datetime.timedelta(days=1, seconds=3600)
    """

    date: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        """The first instant, in UTC."""
        return datetime.combine(self.date, time(), self.zone).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """The first instant after it, in UTC."""
        return datetime.combine(self.date + timedelta(days=1), time(), self.zone).astimezone(UTC)

    def fixed_offset_ms(self) -> int | None:
        """Return the offset from UTC in milliseconds; None when it changes on or next to this day."""
        # Three hours more on either side: a wall clock near midnight may belong to the neighboring day in UTC.
        around = [datetime.combine(self.date, time(), self.zone) + timedelta(hours=hours) for hours in range(-3, 28)]
        offsets = {moment.utcoffset() for moment in around}
        return _milliseconds(offsets.pop()) if len(offsets) == 1 else None

    def utc_ms(self, wall_ms: int, processed_ms: int | None) -> int:
        """Convert a wall clock, written as if it were UTC, to UTC (both in milliseconds since 1970).

        The hour that autumn has twice is told apart by nearness to the time of processing when that is within 30
        minutes, else it is the first. The hour that spring lacks is read with the offset before the change.
        """
        return to_utc_ms(wall_ms, processed_ms, self.zone)


def _milliseconds(offset: timedelta | None) -> int:
    return round((offset or timedelta()) / timedelta(milliseconds=1))
