"""Weeks: Monday to Sunday in the model's time zone, written `2026-W46`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

import pandas as pd

from oseberg.health_model.errors import WeekError

if TYPE_CHECKING:
    from collections.abc import Iterable

SPELLING = re.compile(r"(\d{4})-?[Ww](\d{2})")
EARLIEST, LATEST = date(1970, 1, 1), date(2261, 12, 31)  # pandas counts nanoseconds up to 2262
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True, order=True)
class Week:
    """One ISO week, known by its Monday.

    >>> Week.parse("2026-W46").monday
    datetime.date(2026, 11, 9)
    """

    monday: date

    @classmethod
    def parse(cls, value: str | date | Week) -> Self:
        """Read `2026-W46`, or find the week of a day.

        Returns:
            The week, from Monday to Sunday.

        Raises:
            WeekError: The text is not a week of the ISO calendar, or outside 1970 to 2261.
        """
        if isinstance(value, Week):
            return cls(value.monday)
        day = day_of(value)
        if day is None or not EARLIEST <= day <= LATEST:
            raise WeekError(f"{value!r} is not a week. Write the ISO year and week, as in 2026-W46.")
        return cls(day - day.weekday() * DAY)

    def __str__(self) -> str:
        return f"{self.monday:%G-W%V}"

    def next(self, count: int = 1) -> Week:
        """Return the week `count` weeks later; earlier if it is negative.

        Returns:
            The week.
        """
        return Week(self.monday + count * WEEK)

    def window(self, zone: str) -> tuple[datetime, datetime]:
        """Return the week's time span in UTC; 167 or 169 hours when clocks change.

        Returns:
            The first instant, and the one after the last.
        """
        first = datetime(self.monday.year, self.monday.month, self.monday.day, tzinfo=ZoneInfo(zone))
        return first.astimezone(UTC), (first + WEEK).astimezone(UTC)

    def days_touched(self, zone: str, export_zone: str) -> list[date]:
        """List the days of another zone that share time with the week.

        Args:
            zone: The time zone of the week.
            export_zone: The time zone of the days.

        Returns:
            The days, oldest first: seven, or eight if the zones differ.
        """
        since, until = self.window(zone)
        first = since.astimezone(ZoneInfo(export_zone)).date()
        last = (until - timedelta(microseconds=1)).astimezone(ZoneInfo(export_zone)).date()
        return [first + offset * DAY for offset in range((last - first).days + 1)]


def day_of(value: object) -> date | None:
    """Return a day of the week that a value means; None if it is not a week or day."""
    if value is not pd.NaT and isinstance(value, date):  # a datetime as well
        return date(value.year, value.month, value.day)
    text = value.strip() if isinstance(value, str) else ""
    match = SPELLING.fullmatch(text)
    try:
        return date.fromisocalendar(int(match[1]), int(match[2]), 1) if match else date.fromisoformat(text)
    except ValueError:
        return None


def mondays(weeks: pd.Series[Any]) -> pd.Series[Any]:
    """Return the Monday of each week of a column, however it is spelled; each spelling is read once."""
    return weeks.map({value: Week.parse(value).monday for value in weeks.unique()})


def complete_weeks(days: Iterable[date], export_zone: str, model_zone: str) -> list[Week]:
    """Return the weeks that can be scored: every day they touch is loaded.

    Args:
        days: The loaded days, each a day in the export's zone.
        export_zone: The time zone of the Mixpanel project's days, such as `UTC`.
        model_zone: The time zone of the model's weeks, such as `America/Chicago`.

    Returns:
        The weeks, oldest first.

    >>> days = [date(2026, 11, 9) + offset * DAY for offset in range(8)]
    >>> [str(week) for week in complete_weeks(days, "UTC", "America/Chicago")]
    ['2026-W46']
    >>> complete_weeks(days[:7], "UTC", "America/Chicago")
    []
    """
    loaded = set(days)
    candidates = sorted({Week.parse(day) for day in loaded})
    return [week for week in candidates if loaded.issuperset(week.days_touched(model_zone, export_zone))]
