"""Days and zones on the command line."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import click
import pytest

from oseberg.cli.types import DAY, ZONE, day_in, parse_day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-01", date(2026, 11, 1)),
        ("7d", timedelta(days=7)),
        ("0d", timedelta()),
        ("Yesterday", timedelta(days=1)),
        ("today", timedelta()),
    ],
)
def test_days_are_read_as_people_write_them(text: str, day: date | timedelta) -> None:
    """A date, a number of days ago and two words are days."""
    assert parse_day(text) == day


@pytest.mark.parametrize("text", ["", "7", "2026-11-31", "2026-W46", "99999d", "tomorrow"])
def test_other_texts_are_refused_with_the_way_to_write_them(text: str) -> None:
    """What is not a date is refused, and the sentence says how a day is written."""
    with pytest.raises(ValueError, match="Write 2026-11-01, 7d"):
        parse_day(text)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Honolulu"])
def test_how_long_ago_is_counted_in_the_zone(zone: str) -> None:
    """Yesterday is the day before the zone's own today, of which there are up to three at a time."""
    where = ZoneInfo(zone)
    before = datetime.now(where).date()
    assert day_in(where, parse_day("yesterday")) + timedelta(days=1) in {before, datetime.now(where).date()}
    assert day_in(where, date(2026, 11, 1)) == date(2026, 11, 1)


def test_option_types_refuse_with_usage_errors() -> None:
    """The click types turn a wrong text into wrong usage, and take what they gave."""
    assert DAY.convert(DAY.convert("2026-11-01", None, None), None, None) == date(2026, 11, 1)
    assert DAY.convert("1d", None, None) == timedelta(days=1)
    assert ZONE.convert("America/Chicago", None, None) == "America/Chicago"
    with pytest.raises(click.BadParameter, match="is not a date"):
        DAY.convert("soon", None, None)
    for text in ("Mars/Olympus", "", "America"):
        with pytest.raises(click.BadParameter, match="is not an IANA time zone"):
            ZONE.convert(text, None, None)
