"""Days on the command line: `2026-11-01`, `7d` (seven days ago), `yesterday`, `today`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datetime import tzinfo

AGO = re.compile(r"(\d{1,4})d")
NAMED = {"today": 0, "yesterday": 1}


def parse_day(text: str, today: date) -> date:
    """Read a day as people write it.

    Args:
        text: `2026-11-01`, `7d` (seven days before `today`), `yesterday` or `today`.
        today: The day on which the command runs.

    Raises:
        ValueError: The text is none of these.
    """
    word = text.strip().lower()
    ago = AGO.fullmatch(word)
    try:
        if word in NAMED or ago:
            return today - timedelta(days=int(ago[1]) if ago else NAMED[word])
        return datetime.strptime(word, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no day. Write 2026-11-01, 7d (seven days ago), yesterday or today.") from None


def today_in(zone: tzinfo = UTC) -> date:
    """Give the present day in a time zone."""
    return datetime.now(zone).date()


class Day(click.ParamType[date]):
    """The type of `--since` and `--until`: gives a `datetime.date`, counted from the present day in UTC."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:  # noqa: ANN401 - click's signature
        """Turn the text of an option into a day; a wrong one ends the command with status 2."""
        if isinstance(value, date):
            return value
        try:
            return parse_day(value, today_in())
        except ValueError as error:
            self.fail(str(error), param, ctx)


DAY = Day()
