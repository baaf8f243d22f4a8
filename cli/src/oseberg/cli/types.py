"""Days and time zones on the command line: `2026-11-01`, `7d` (seven days ago), `yesterday`, `today`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

if TYPE_CHECKING:
    from datetime import tzinfo

AGO = re.compile(r"(\d{1,4})d")
YESTERDAY = timedelta(days=1)
NAMED = {"today": timedelta(), "yesterday": YESTERDAY}


def parse_day(text: str) -> date | timedelta:
    """Read a day as people write it.

    Args:
        text: `2026-11-01`, `7d` (seven days ago), `yesterday` or `today`.

    Returns:
        A date, or how long ago the day was: which one that is depends on a zone (see `day_in`).

    Raises:
        ValueError: The text is none of these.
    """
    word = text.strip().lower()
    if word in NAMED:
        return NAMED[word]
    if ago := AGO.fullmatch(word):
        return timedelta(days=int(ago[1]))
    try:
        return datetime.strptime(word, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise ValueError(f"{text!r} is no day. Write 2026-11-01, 7d (seven days ago), yesterday or today.") from None


def day_in(zone: tzinfo, day: date | timedelta) -> date:
    """Give a date, or the day that was so long ago in a time zone."""
    return day if isinstance(day, date) else datetime.now(zone).date() - day


class Day(click.ParamType["date | timedelta"]):
    """The type of `--since` and `--until`: gives what `parse_day` does."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date | timedelta:  # noqa: ANN401 - click's signature
        """Turn the text of an option into a day; a wrong one ends the command with status 2."""
        if isinstance(value, date | timedelta):
            return value
        try:
            return parse_day(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Zone(click.ParamType[str]):
    """The type of `--time-zone`: gives the IANA name."""

    name = "zone"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept the name of a zone; any other text ends the command with status 2."""
        try:
            return ZoneInfo(value).key
        except (KeyError, ValueError, OSError):
            self.fail(f"{value!r} is no time zone. Name it like America/Chicago.", param, ctx)


DAY, ZONE = Day(), Zone()
