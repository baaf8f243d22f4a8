"""Boundaries of what is read from lines and frames, without a database: the last value that counts, and the first that doesn't."""  # noqa: E501

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from pydantic import SecretStr, ValidationError

from oseberg.usage_db import LoadSettings
from oseberg.usage_db._lines import lines as reading
from oseberg.usage_db._lines.days import Day
from oseberg.usage_db._lines.frames import frame_lines
from oseberg.usage_db._lines.lines import RejectedLineError, json_text, milliseconds, read_event
from oseberg.usage_db._lines.rows import DayRows
from oseberg.usage_db._lines.transform import Transform
from tests.usage_db.helpers import DAY, NOON_MS, line

CHICAGO = Day(DAY, ZoneInfo("America/Chicago"))
MIDNIGHT_MS = NOON_MS - 12 * 3_600_000
YEAR_10000_MS = 253_402_300_800_000


def rows_of(*lines: bytes, day: Day = CHICAGO, **settings: object) -> DayRows:
    rows = DayRows(day, Transform(LoadSettings(**settings)), local=True)
    list(rows.batches(lines))
    return rows


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (100_000_000_000, 100_000_000_000_000),
        (100_000_000_001, 100_000_000_001),
        (100_000_000_000.0, 100_000_000_000_000),
        (100_000_000_000.6, 100_000_000_001),
        (-100_000_000_000, -100_000_000_000_000),
        (-100_000_000_001, -100_000_000_001),
        (1.0006, 1001),
    ],
)
def test_a_small_number_is_a_time_in_seconds(value: float, stored: int) -> None:
    """Above 100,000,000,000 it is in milliseconds; fractions are rounded to the nearest one."""
    assert milliseconds(value, "time") == stored


def test_the_longest_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """64 MiB are read; a longer line isn't even looked at."""
    with pytest.raises(RejectedLineError, match="longer than 67,108,864 bytes"):
        read_event(bytes((64 << 20) + 1))
    monkeypatch.setattr(reading, "LINE_LIMIT", len(line(1)))
    assert read_event(line(1))[0] == "Login"
    with pytest.raises(RejectedLineError, match="longer than"):
        read_event(line(1) + b" ")


@pytest.mark.parametrize(
    "number",
    ["9.007199254740992", "9.007199254740993", "9007199254740.993", "9223372036854775807", "18446744073709551616"],
)
def test_a_number_keeps_all_its_digits(number: str) -> None:
    """Sixteen digits and a point are more than a double can tell apart."""
    _, _, properties = read_event(b'{"event": "x", "properties": {"n": %s}}' % number.encode())
    assert json_text(properties) == b'{"n":%s}' % number.encode()


@pytest.mark.parametrize(("text", "place"), [(b"\xff", 1), (b'{"\xe9": 1}', 3)])
def test_the_byte_that_is_no_text_is_counted_from_one(text: bytes, place: int) -> None:
    """As editors count."""
    with pytest.raises(RejectedLineError, match=f"not valid UTF-8: byte {place} is 0x"):
        read_event(text)


@pytest.mark.parametrize(
    ("later", "belongs"), [(-1, False), (0, True), (24 * 3_600_000 - 1, True), (24 * 3_600_000, False)]
)
@pytest.mark.parametrize("zone", ["America/Chicago", "UTC"])
def test_a_day_begins_at_midnight_and_ends_before_the_next(zone: str, later: int, belongs: bool) -> None:
    """To the millisecond, by the wall clock of its zone."""
    rows = rows_of(line(0, at=MIDNIGHT_MS + later), day=Day(DAY, ZoneInfo(zone)))
    assert [len(rows.rejects), rows.exported] == [0 if belongs else 1, 1]


@pytest.mark.parametrize(("local", "belongs"), [("00:00", True), ("23:59", True), ("-00:01", False), ("24:00", False)])
def test_a_day_of_25_hours_ends_at_midnight_too(local: str, belongs: bool) -> None:
    """On the day that clocks go back, every wall clock is converted by itself."""
    sign = -1 if local.startswith("-") else 1
    hours, minutes = map(int, local.removeprefix("-").split(":"))
    moment = datetime(2026, 11, 1, tzinfo=UTC) + sign * timedelta(hours=hours, minutes=minutes)
    day = Day(date(2026, 11, 1), ZoneInfo("America/Chicago"))
    assert bool(rows_of(line(0, at=int(moment.timestamp() * 1000)), day=day).rejects) is not belongs


@pytest.mark.parametrize(
    ("processed", "known"), [(-1, False), (0, False), (1, True), (YEAR_10000_MS - 1, True), (YEAR_10000_MS, False)]
)
def test_a_time_of_processing_is_one_that_postgres_prints(processed: int, known: bool) -> None:
    """After 1970 and before the year 10,000; any other is missing: its row is shorter by the eight bytes."""

    def length(value: int) -> int:
        rows = DayRows(CHICAGO, Transform(LoadSettings()), local=True)
        return len(b"".join(rows.batches([line(0, mp_processing_time_ms=value)])))

    padding = len(str(processed)) - len(str(NOON_MS))  # the number is among the properties as well
    assert length(processed) - length(NOON_MS) == padding - (0 if known else 8)


@pytest.mark.parametrize(
    ("later", "offset"), [(30 * 60_000, 6), (30 * 60_000 + 1, 5), (-30 * 60_000, 5), (-30 * 60_000 + 1, 6)]
)
def test_processing_within_30_minutes_tells_the_doubled_hour_apart(later: int, offset: int) -> None:
    """So long after the second reading it still counts; the first counts where both are as near."""
    day = Day(date(2026, 11, 1), ZoneInfo("America/Chicago"))
    wall = int(datetime(2026, 11, 1, 1, 30, tzinfo=UTC).timestamp() * 1000)
    second = wall + 6 * 3_600_000
    assert day.utc_ms(wall, second + later) == wall + offset * 3_600_000


@pytest.mark.parametrize("name", ["settle_days", "recheck_days"])
def test_days_of_loading_again_may_be_none(name: str) -> None:
    """But not fewer; five days and thirty are usual."""
    assert (LoadSettings().settle_days, LoadSettings().recheck_days) == (5, 30)
    assert getattr(LoadSettings(**{name: 0}), name) == 0
    with pytest.raises(ValidationError):
        LoadSettings(**{name: -1})


@pytest.mark.parametrize("change", [{"settle_days": 6}, {"recheck_days": 31}, {"profiles": True}], ids=str)
def test_what_does_not_change_an_event_voids_no_digest(change: dict) -> None:
    """A day that is loaded again need not be read again for it."""
    assert Transform(LoadSettings(**change)).fingerprint == Transform(LoadSettings()).fingerprint


@pytest.mark.parametrize(
    "change",
    [{"drop_properties": ["a"]}, {"include_events": ["a"]}, {"hash_properties": ["a"], "hash_salt": "other"}],
    ids=str,
)
def test_what_changes_an_event_voids_its_digest(change: dict) -> None:
    """Every line is read again."""
    usual = (
        LoadSettings(hash_properties=["a"], hash_salt=SecretStr("salt")) if "hash_salt" in change else LoadSettings()
    )
    assert Transform(LoadSettings(**change)).fingerprint != Transform(usual).fingerprint


@pytest.mark.parametrize("value", [0, "", False, [], {}], ids=repr)
def test_an_empty_value_is_hashed_as_well(value: object) -> None:
    """Only a missing one isn't: an unhashed 0 would be a value that was meant to be hidden."""
    transform = Transform(LoadSettings(hash_properties=["a", "b"], hash_salt=SecretStr("salt")))
    changed = transform.changed({"a": value, "b": None})
    assert changed["a"].startswith("sha256:")
    assert changed["b"] is None


def test_the_order_of_keys_hashes_the_same() -> None:
    """Mixpanel may send an object in any order."""
    transform = Transform(LoadSettings(hash_properties=["a"], hash_salt=SecretStr("salt")))
    assert transform.changed({"a": {"x": 1, "y": 2}}) == transform.changed({"a": {"y": 2, "x": 1}})


@pytest.mark.parametrize(("user_id", "kept"), [(0, False), ("0", False), (1, True), ("", True), (None, True)])
def test_an_id_of_zero_is_dropped_by_its_name(user_id: object, kept: bool) -> None:
    """An id that Python takes for nothing is one all the same."""
    assert Transform(LoadSettings(drop_users=["0"])).keeps("Login", "a", {"$user_id": user_id}) is kept


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_a_time_of_a_frame_is_rounded_to_the_nearest_millisecond(unit: str) -> None:
    """Whatever the column's unit, and also where a column of objects holds it."""
    moment = datetime(2026, 11, 2, 12, 0, 0, 7_000 if unit == "ms" else 6_600, tzinfo=UTC)
    times = pd.Series([moment]).astype(f"datetime64[{unit}, UTC]")
    frame = pd.DataFrame({"event": ["Login"], "time": times, "note": [moment]}).astype({"note": object})
    (text,) = frame_lines(frame)
    properties = json.loads(text)["properties"]
    assert properties["time"] == properties["note"] == NOON_MS + 7


def test_rows_are_numbered_apart_where_they_are_equal() -> None:
    """Events without an id of their own: of three equal ones each has another id, the order of keys aside."""
    other = json.loads(line(0, a=1, b=2, **{"$insert_id": None}))
    other["properties"] = dict(reversed(other["properties"].items()))
    rows = rows_of(*[line(0, a=1, b=2, **{"$insert_id": None})] * 2, json.dumps(other).encode())
    assert (rows.exported, len(rows.repeated)) == (3, 0)
    assert sorted(rows._ordinals.values()) == [3]
