"""Values on the command line: days (`2026-11-01`, `7d`, `yesterday`, `today`), time zones, times of day."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from datetime import tzinfo

# At most 9,999 days: a mistyped year must not become a request for thousands of days.
AGO = re.compile(r"(\d{1,4})d")
YESTERDAY = timedelta(days=1)
NAMED = {"today": timedelta(), "yesterday": YESTERDAY}


def parse_day(text: str) -> date | timedelta:
    """Parse a day as people write it.

    Args:
        text: `2026-11-01`, `7d` (seven days ago), `yesterday` or `today`.

    Returns:
        A date, or how long ago the day was: which one that is depends on a time zone (see `day_in`).

    Raises:
        ValueError: The text is not a day.
    """
    word = text.strip().lower()
    if word in NAMED:
        return NAMED[word]
    if ago := AGO.fullmatch(word):
        return timedelta(days=int(ago[1]))
    try:
        return datetime.strptime(word, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        message = f"{text!r} is not a date. Write 2026-11-01, 7d (seven days ago), yesterday or today."
        raise ValueError(message) from None


def day_in(zone: tzinfo, day: date | timedelta) -> date:
    """Return a date, or the day that was so long ago in a time zone.

    Args:
        zone: The time zone that says what day it is now.
        day: A date, or a length of time as `parse_day` returns it.

    Returns:
        The date.
    """
    return day if isinstance(day, date) else datetime.now(zone).date() - day


class Month(click.ParamType["date"]):
    """The type of a month, `2026-01`; the value is its first day."""

    name = "month"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse a month as it is written on the command line."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value.strip(), "%Y-%m").replace(tzinfo=UTC).date()
        except ValueError:
            self.fail(f"{value!r} is not a month. Write one such as 2026-01.", param, ctx)


MONTH = Month()


class Day(click.ParamType["date | timedelta"]):
    """The type of `--since` and `--until`: the value is what `parse_day` returns."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date | timedelta:  # noqa: ANN401 - click's signature
        """Parse the text of an option; an invalid one ends the command with status 2."""
        if isinstance(value, date | timedelta):  # click converts defaults as well
            return value
        try:
            return parse_day(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Zone(click.ParamType[str]):
    """The type of `--time-zone`: the value is the IANA name."""

    name = "zone"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept the name of a time zone; any other text ends the command with status 2."""
        try:
            return ZoneInfo(value).key
        except (KeyError, ValueError, OSError):
            self.fail(f"{value!r} is not an IANA time zone. Write one such as UTC or America/Chicago.", param, ctx)


class TimeOfDay(click.ParamType[str]):
    """The type of `--at`: a time of day such as 06:30."""

    name = "HH:MM"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept 00:00 to 23:59; any other text ends the command with status 2."""
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            self.fail(f"{value!r} is not a time of day. Write one such as 06:30.", param, ctx)
        return value


DAY, ZONE, TIME_OF_DAY = Day(), Zone(), TimeOfDay()
