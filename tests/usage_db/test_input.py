"""Lines, frames, time zones and filters: what goes in, before the database."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from oseberg.usage_db import LoadError, LoadSettings, UsageDatabase
from oseberg.usage_db._lines.days import Day
from oseberg.usage_db._lines.lines import RejectedLineError, read_event
from oseberg.usage_db._lines.rows import DayRows
from oseberg.usage_db._lines.transform import Transform
from tests.usage_db.helpers import DAY, NOON, NOON_MS, line

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_rejected_with_a_reason(text: bytes) -> None:
    """No input raises anything but a rejection with a reason."""
    rows = DayRows(Day(DAY, ZoneInfo("UTC")), Transform(LoadSettings()), local=True)
    list(rows.batches([text]))
    assert rows.exported == (1 if text.strip() else 0)
    assert all(reason for _, reason in rows.rejects)


@given(st.dictionaries(st.text(), JSON, max_size=6), st.integers(0, 11 * 3600))
def test_what_json_holds_survives(properties: dict[str, object], second: int) -> None:
    """Every event that isn't rejected is read with the properties that the line has."""
    content = {**properties, "time": NOON_MS // 1000 + second}
    try:
        _, _, read = read_event(json.dumps({"event": "x", "properties": content}).encode())
    except RejectedLineError:
        return
    assert read.keys() == content.keys()


def test_blank_lines_are_skipped(db: UsageDatabase) -> None:
    """Blank lines are not events; blanks before one don't matter."""
    counts = db.replace_day(DAY, [b"", b"  \n", b"\t\t" + line(1) + b"\n"])
    assert (counts.exported, counts.inserted) == (1, 1)


def stored(url: str, what: str = "properties") -> list:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(f'SELECT {what} FROM usage.product_event ORDER BY "time"')]


def test_frame_as_exported(url: str, db: UsageDatabase) -> None:
    """A DataFrame gives the same rows as the lines that it was made of."""
    source = line(5, county="Reeves", big=2**60, **{"$user_id": "101", "$city": None})
    db.replace_day(DAY, [source])
    before = stored(url)
    frame = pd.DataFrame(
        {
            "event": ["Login"],
            "time": [NOON + timedelta(seconds=5)],
            "distinct_id": ["user5"],
            "user_id": ["101"],
            "insert_id": ["insert5"],
            "processed_at": [NOON + timedelta(seconds=5.5)],
            "received_at": pd.Series([pd.NaT], dtype="datetime64[us, UTC]"),
            "county": ["Reeves"],
            "big": [2**60],
            "mp_city": [None],
        }
    )
    frame.attrs["mixpanel_names"] = {"$city": "mp_city"}
    assert db.replace_day(DAY, frame).unchanged == 1
    assert stored(url) == before
    with pytest.raises(LoadError, match="no column 'time'"):
        db.replace_day(DAY, frame.drop(columns="time"))


def test_a_frame_with_gaps_everywhere(db: UsageDatabase) -> None:
    """Of a frame that lacks something in every column, each row is still a line."""
    frame = pd.DataFrame(
        {
            "event": ["Login", None, "Login"],
            "time": [NOON, NOON, None],
            "distinct_id": [None, "b", "c"],
            "note": ["x", None, "y"],
        }
    )
    counts = db.replace_day(DAY, frame)
    assert (counts.exported, counts.inserted, counts.rejected) == (3, 1, 2)


def test_one_shot_iterators_and_lists_are_equal(db: UsageDatabase) -> None:
    """An iterator of lines does as well as a list."""
    assert db.replace_day(DAY, iter([line(1), line(2)])).inserted == 2
    assert db.replace_day(DAY, iter([line(1), line(2)])).unchanged == 2


def test_seconds_and_fractions_are_times(url: str, db: UsageDatabase) -> None:
    """Old events carry seconds, some with a fraction."""
    db.replace_day(DAY, [line(1, time=NOON_MS // 1000), line(2, time=NOON_MS / 1000 + 1.25)])
    assert stored(url, '"time"') == [NOON, NOON + timedelta(seconds=1.25)]


CHICAGO = ZoneInfo("America/Chicago")


def wall(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("local", "processed", "expected"),
    [
        ((2026, 11, 1, 0, 30), None, (2026, 11, 1, 5, 30)),
        ((2026, 11, 1, 1, 30), None, (2026, 11, 1, 6, 30)),
        ((2026, 11, 1, 1, 30), (2026, 11, 1, 7, 31), (2026, 11, 1, 7, 30)),
        ((2026, 11, 1, 1, 30), (2026, 11, 1, 9, 0), (2026, 11, 1, 6, 30)),
        ((2026, 11, 1, 2, 30), None, (2026, 11, 1, 8, 30)),
        ((2026, 3, 8, 2, 30), None, (2026, 3, 8, 8, 30)),
        ((2026, 3, 8, 3, 30), (2026, 3, 8, 8, 30), (2026, 3, 8, 8, 30)),
    ],
)
def test_changes_of_clocks(local: tuple, processed: tuple | None, expected: tuple) -> None:
    """The doubled hour goes by the time of processing, else is the first; the missing hour is kept."""
    day = Day(date(*local[:3]), CHICAGO)
    assert day.fixed_offset_ms() is None
    assert day.utc_ms(wall(*local), wall(*processed) if processed else None) == wall(*expected)


@given(st.dates(date(2016, 1, 1), date(2030, 12, 31)), st.sampled_from(["America/Chicago", "Asia/Beirut", "UTC"]))
def test_days_follow_each_other_without_gap(day: date, zone: str) -> None:
    """A day ends where the next begins, and every wall clock of it falls into it."""
    here, following = Day(day, ZoneInfo(zone)), Day(day + timedelta(days=1), ZoneInfo(zone))
    assert here.end == following.start
    for hour in range(24):
        utc = here.utc_ms(wall(day.year, day.month, day.day, hour, 59), None) / 1000
        assert here.start.timestamp() <= utc < here.end.timestamp()


def test_day_of_a_change_of_clocks_loads_whole(url: str, db: UsageDatabase) -> None:
    """On a day of 25 hours, every event of the local day is stored in UTC."""
    events = [line(0, at=wall(2026, 11, 1, hour, 30), **{"$insert_id": str(hour)}) for hour in range(24)]
    counts = db.replace_day(date(2026, 11, 1), [*events, line(1, time=-5), line(2, time=10**15)], time_zone=CHICAGO.key)
    assert (counts.inserted, counts.rejected) == (24, 2)
    assert stored(url, '"time"')[-1] == datetime(2026, 11, 2, 5, 30, tzinfo=UTC)


def test_filter_and_transform(url: str) -> None:
    """Events and users are left out and counted, properties dropped, renamed and hashed, before anything is stored."""
    settings = LoadSettings(
        exclude_events=["Noise"],
        drop_users=["*@oseberg.com", "robot"],
        drop_properties=["$city"],
        rename_properties={"County": "county"},
        hash_properties=["$email", "nothing", "number"],
        hash_salt=SecretStr("pepper"),
    )
    source = [
        line(1, event="Noise"),
        line(2, distinct_id="QA@OSEBERG.com"),
        line(3, **{"$user_id": "robot"}),
        line(4, County="Reeves", number=5, **{"$city": "Midland", "$email": "ann@x.com"}),
    ]
    with UsageDatabase(url, load=settings) as db:
        counts = db.replace_day(DAY, source)
        assert (counts.filtered, counts.exported, counts.inserted) == (3, 1, 1)
        assert db.replace_day(DAY, source).unchanged == 1
    kept = stored(url)[0]
    assert kept["county"] == "Reeves"
    assert "$city" not in kept
    assert kept["$email"].startswith("sha256:")
    assert "ann" not in str(kept)
    with UsageDatabase(url, load=settings.model_copy(update={"hash_salt": SecretStr("other")})) as db:
        db.upgrade(apply_settings=True)
        assert db.replace_day(DAY, source).updated == 1
    with UsageDatabase(url, load=LoadSettings(include_events=["Noise"], exclude_events=[], hash_properties=[])) as db:
        db.upgrade(apply_settings=True)
        assert db.replace_day(DAY, source).filtered == 3
    assert "pepper" not in repr(settings)
    with UsageDatabase(url, load=LoadSettings(hash_properties=["$email"])) as db:
        db.upgrade(apply_settings=True)
        with pytest.raises(LoadError, match="salt"):
            db.replace_day(DAY, source)


@pytest.mark.parametrize("events", [["text"], "text", b"one line", [{"event": "Login"}]])
def test_what_is_not_a_line_of_bytes_is_reported(db: UsageDatabase, events: object) -> None:
    """Text, a single line and dicts are refused with what is expected, and the day stays."""
    db.replace_day(DAY, [line(1)])
    with pytest.raises(TypeError, match="raw JSON lines as bytes"):
        db.replace_day(DAY, events)  # type: ignore[arg-type] # the fault
    assert db.replace_day(DAY, [line(1)]).unchanged == 1
