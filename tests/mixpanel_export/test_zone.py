"""The two time worlds."""

import json

import pytest

from oseberg.mixpanel_export import TimeZoneError, normalize
from tests.mixpanel_export.fault_server import serving
from tests.mixpanel_export.helpers import client, event
from tests.mixpanel_export.times import HOUR, at

MINUTE = 60_000


def utc(wall: str, zone: str, processed: str | None = None) -> tuple[str, int]:
    """Give what a wall-clock time becomes, and how many were taken for the first reading for want of evidence."""
    stamp = {"mp_processing_time_ms": at(processed)} if processed else {}
    frame = normalize([event(at(wall), **stamp)], time_zone=zone)
    return f"{frame.loc[0, 'time']:%Y-%m-%dT%H:%M}", frame.attrs["mixpanel_report"]["ambiguous"]


@pytest.mark.parametrize(
    ("wall", "zone", "processed", "expected"),
    [
        ("2022-07-01T12:00", "America/Chicago", None, ("2022-07-01T17:00", 0)),
        ("2022-12-01T12:00", "America/Chicago", None, ("2022-12-01T18:00", 0)),
        ("2022-07-01T12:00", "Asia/Kathmandu", None, ("2022-07-01T06:15", 0)),
        ("2022-11-06T01:30", "America/Chicago", "2022-11-06T06:31", ("2022-11-06T06:30", 0)),
        ("2022-11-06T01:30", "America/Chicago", "2022-11-06T07:31", ("2022-11-06T07:30", 0)),
        ("2022-11-06T01:30", "America/Chicago", "2022-11-06T09:31", ("2022-11-06T06:30", 1)),
        ("2022-11-06T01:30", "America/Chicago", None, ("2022-11-06T06:30", 1)),
        ("2022-03-13T02:30", "America/Chicago", None, ("2022-03-13T08:30", 0)),
        ("2022-07-01T12:00", "UTC", None, ("2022-07-01T12:00", 0)),
        ("2022-07-01T12:00", "WET", None, ("2022-07-01T11:00", 0)),
    ],
)
def test_wall_clock_times_become_utc(wall: str, zone: str, processed: str | None, expected: tuple[str, int]) -> None:
    """Zones convert by their rules; the double hour by nearness to processing, the skipped one by the offset before."""
    assert utc(wall, zone, processed) == expected


def test_the_ends_of_the_calendar_do_not_fail() -> None:
    """A time in the first or last hours of the calendar is kept."""
    lines = [event(-62_135_596_800_000), event(253_402_300_799_000)]
    assert len(normalize(lines, time_zone="Pacific/Kiritimati")) == 2


def local(count: int, offset: int, **properties: object) -> list[bytes]:
    """Give events whose times stand `offset` milliseconds from UTC."""
    times = [at("2022-07-01T01:00") + number * 37 * MINUTE for number in range(count)]
    return [event(time, **{"$mp_api_timestamp_ms": time - offset + 900} | properties) for time in times]


@pytest.mark.parametrize(("offset", "shown"), [(-5 * HOUR, "UTC-05:00"), (5 * HOUR + 45 * MINUTE, r"UTC\+05:45")])
def test_a_wrong_zone_is_refused_and_the_offset_shown(offset: int, shown: str) -> None:
    """Mixpanel's own stamps are true UTC: times that stand elsewhere contradict the configured zone."""
    with pytest.raises(TimeZoneError, match=shown):
        normalize(local(20, offset), verify_time_zone=True)
    with serving(local(20, offset)) as server:
        for export in ("export", "days"):
            with pytest.raises(TimeZoneError, match=shown):
                list(getattr(client(server), export)("2022-07-01", "2022-07-01"))
        assert len(client(server, verify_time_zone=False).export("2022-07-01", "2022-07-01")) == 20
        assert len(server.requests) == 3


def test_the_zone_of_an_older_project_on_a_later_one_is_refused() -> None:
    """Projects from 2023 on export UTC whatever their setting is, and the error says so."""
    with pytest.raises(TimeZoneError, match=r"UTC\+00:00 .* Set time_zone to UTC"):
        normalize(local(20, 0), time_zone="America/Chicago", verify_time_zone=True)


def test_the_right_zone_passes() -> None:
    """The configured zone agrees with the stamps; a range may cross a change of clocks."""
    with serving(local(20, -5 * HOUR)) as server:
        frame = client(server, time_zone="America/Chicago").export("2022-07-01", "2022-07-01")
    assert len(frame) == 20
    change = [
        event(wall, mp_processing_time_ms=wall + hours * HOUR)
        for day, hours in (("2022-11-04T12:00", 5), ("2022-11-06T00:10", 5), ("2022-11-06T12:00", 6), ("2022-11-07", 6))
        for wall in [at(day) + number for number in range(6)]
    ]
    assert len(normalize(change, time_zone="America/Chicago", verify_time_zone=True)) == 24


@pytest.mark.parametrize(("day", "offset"), [("2023-03-11", -6), ("2023-03-13", -5), ("2023-11-04", -5)])
def test_a_day_is_compared_with_its_own_offset(day: str, offset: int) -> None:
    """Clocks change on another day each year: the offset of a day is neither that of a year later nor of its month."""
    right = [
        event(at(f"{day}T12:00") + number, mp_processing_time_ms=at(f"{day}T12:00") + number - offset * HOUR)
        for number in range(5)
    ]
    assert len(normalize(right, time_zone="America/Chicago", verify_time_zone=True)) == 5
    wrong = [
        event(at(f"{day}T12:00") + number, mp_processing_time_ms=at(f"{day}T12:00") + number) for number in range(5)
    ]
    with pytest.raises(TimeZoneError, match=f"The times of {day} are in UTC"):
        normalize(wrong, time_zone="America/Chicago", verify_time_zone=True)


@pytest.mark.parametrize(
    "lines",
    [
        local(4, -5 * HOUR),
        local(20, -5 * HOUR, **{"$import": True}),
        local(20, -40 * 24 * HOUR),
        [json.dumps({"event": "e", "properties": {"time": 5}}).encode()] * 20,
    ],
    ids=["too few", "imported", "no offset of any zone", "no stamps"],
)
def test_weak_evidence_refuses_nothing(lines: list[bytes]) -> None:
    """Few events, imported ones, impossible offsets and missing stamps prove nothing."""
    normalize(lines, verify_time_zone=True)


def test_the_day_of_an_event_is_its_exported_day() -> None:
    """Days are cut in the zone of the export, whatever that is."""
    with serving([event(at("2022-07-01T23:59")), event(at("2022-07-02T00:01"))]) as server:
        days = list(client(server, time_zone="America/Chicago").days("2022-07-01", "2022-07-02"))
    assert [len(day.lines) for day in days] == [1, 1]
    assert f"{days[0].frame().loc[0, 'time']:%d %H:%M}" == "02 04:59"
