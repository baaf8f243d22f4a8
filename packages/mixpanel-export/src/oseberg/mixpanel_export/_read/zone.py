"""Time zones: exported wall-clock times -> UTC, and evidence about the zone in the data itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from oseberg.mixpanel_export._zones import NEAR_MS, offsets_ms
from oseberg.mixpanel_export.errors import TimeZoneError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Milliseconds = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

MINUTE, QUARTER, DAY = 60_000, 900_000, 86_400_000
QUARTER_HOUR = timedelta(minutes=15)
# Events of one day, in agreement, from which they may contradict the configured zone.
ENOUGH = 5
# No zone is farther from UTC than this many quarters of an hour.
FARTHEST = 15 * 4
# Stands for every greater difference.
TOO_FAR = FARTHEST + 1
PLACES = 2 * TOO_FAR + 1


def to_utc(wall: Milliseconds, processed: Milliseconds, where: ZoneInfo) -> tuple[Milliseconds, int]:
    """Convert wall-clock times to UTC.

    In the hour that occurs twice, the reading nearer to `processed` counts when that is within 30 minutes, else the
    first one. A time that the clocks skipped uses the offset before the change.

    Args:
        wall: Milliseconds of the wall clock, written as if it were UTC.
        processed: True UTC milliseconds of Mixpanel's processing, -1 where missing.
        where: The zone of the wall clock.

    Returns:
        The UTC milliseconds, and how many times of a double hour had to be taken for the first reading.
    """
    if where.key == "UTC" or not len(wall):
        return wall, 0
    minutes, places = np.unique(wall // MINUTE, return_inverse=True)
    offsets = np.array([offsets_ms(minute * MINUTE, where) for minute in minutes.tolist()], dtype=np.int64)[places]
    first, second = wall - offsets[:, 0], wall - offsets[:, 1]
    twice = offsets[:, 0] > offsets[:, 1]
    near_first, near_second = np.abs(first - processed), np.abs(second - processed)
    decided = np.minimum(near_first, near_second) <= NEAR_MS
    late = twice & decided & (near_second < near_first)
    return np.where(late, second, first), int(np.count_nonzero(twice & ~decided))


@dataclass
class Evidence:
    """Evidence from events about the offset of their times, by day, in quarters of an hour."""

    seen: dict[int, Counter[int]] = field(default_factory=dict)

    def add(self, wall: Milliseconds, stamp: Milliseconds, usable: Mask) -> None:
        """Note the difference between exported times and true UTC stamps (-1 where missing) of usable events."""
        chosen = usable & (stamp >= 0)
        days = wall[chosen] // DAY
        quarters = np.rint((wall[chosen] - stamp[chosen]) / QUARTER).astype(np.int64).clip(-TOO_FAR, TOO_FAR)
        found, counts = np.unique(days * PLACES + quarters + TOO_FAR, return_counts=True)
        for number, count in zip(found.tolist(), counts.tolist(), strict=True):
            day, quarter = divmod(number, PLACES)
            self.seen.setdefault(day, Counter())[quarter - TOO_FAR] += count

    def check(self, where: ZoneInfo) -> None:
        """Compare each day's most frequent difference with the zone.

        Raises:
            TimeZoneError: At least 5 and more than half of a day's events agree on an offset that isn't the zone's.
        """
        for day, quarters in sorted(self.seen.items()):
            quarter, count = quarters.most_common(1)[0]
            clear = count >= ENOUGH and 2 * count > quarters.total() and abs(quarter) <= FARTHEST
            expected = day_offsets(date(1970, 1, 1) + timedelta(days=day), where)
            if clear and quarter not in expected:
                raise TimeZoneError(contradiction(date(1970, 1, 1) + timedelta(days=day), quarter, count, where))


def day_offsets(day: date, where: ZoneInfo) -> set[int]:
    """Return the offsets that a zone has during a local day, in quarters of an hour."""
    # Clocks change once a day at most: what holds at its two ends is all that holds in it.
    ends = (datetime.combine(day, end, where) for end in (time.min, time.max.replace(fold=1)))
    return {round((end.utcoffset() or timedelta()) / QUARTER_HOUR) for end in ends}


def contradiction(day: date, quarter: int, count: int, where: ZoneInfo) -> str:
    """Return a sentence on the zone that the data shows, and what to set."""
    sign = "-" if quarter < 0 else "+"
    advice = "Set time_zone to the project's zone: projects created before 2023 export their local time."
    if quarter == 0:
        advice = "Set time_zone to UTC: projects created from 2023 on export it, whatever their own setting."
    shown = f"UTC{sign}{abs(quarter) // 4:02d}:{abs(quarter) % 4 * 15:02d}"
    return (
        f"The times of {day} are in {shown} ({count} events agree), but {where.key} has another offset on that day. "
        f"{advice} If the data is wrong, turn verify_time_zone off."
    )


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)
