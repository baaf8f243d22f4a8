"""Days on the command line."""

from datetime import UTC, date, datetime, timedelta

import click
import pytest

from oseberg.cli._dates import DAY, parse_day

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-01", date(2026, 11, 1)),
        ("7d", date(2026, 11, 16)),
        ("0d", TODAY),
        ("Yesterday", date(2026, 11, 22)),
        ("today", TODAY),
    ],
)
def test_days_are_read_as_people_write_them(text: str, day: date) -> None:
    """A date, a number of days ago and two words are days."""
    assert parse_day(text, TODAY) == day


@pytest.mark.parametrize("text", ["", "7", "2026-11-31", "2026-W46", "99999d", "tomorrow"])
def test_other_texts_are_refused_with_the_way_to_write_them(text: str) -> None:
    """What is no day is refused, and the sentence says how a day is written."""
    with pytest.raises(ValueError, match="Write 2026-11-01, 7d"):
        parse_day(text, TODAY)


def test_option_type_gives_dates_and_refuses_with_usage_errors() -> None:
    """The click type counts from the present day in UTC and turns a wrong text into wrong usage."""
    assert DAY.convert(TODAY, None, None) == TODAY
    assert abs(DAY.convert("1d", None, None) - datetime.now(UTC).date()) <= timedelta(days=2)
    with pytest.raises(click.BadParameter, match="is no day"):
        DAY.convert("soon", None, None)
