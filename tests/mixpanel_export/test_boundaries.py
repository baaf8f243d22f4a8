"""Limits that the documentation states in numbers, each at its boundary: one step before, and on it."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from oseberg.mixpanel_export import (
    RateLimitError,
    RetryPolicy,
    SettingsError,
    TimeZoneError,
    TruncatedExportError,
    UnavailableError,
    UnreadableLinesError,
    normalize,
)
from oseberg.mixpanel_export._ask.fetch import spoken
from oseberg.mixpanel_export._ask.pieces import Piece, check, may_be_divided
from oseberg.mixpanel_export._days import spool as spools
from oseberg.mixpanel_export._http import budget as budgets
from oseberg.mixpanel_export._http.tracker import Request, Tracker
from oseberg.mixpanel_export._read.lines import line_blocks
from tests.mixpanel_export.helpers import NOON, event
from tests.mixpanel_export.times import HOUR, at

MINUTE, SECOND = 60_000, 1000


class Clock:
    """A clock that only tests move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_800_000_000.0
        monkeypatch.setattr(budgets.time, "time", lambda: self.now)

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def offset_events(*offsets: int) -> list[bytes]:
    """Give an event for each difference between its time and Mixpanel's own stamp."""
    return [
        event(NOON + number, **{"$mp_api_timestamp_ms": NOON + number - offset})
        for number, offset in enumerate(offsets)
    ]


def refused(lines: list[bytes], zone: str = "UTC") -> str | None:
    """Give the offset that contradicts the zone, if one does."""
    try:
        normalize(lines, time_zone=zone, verify_time_zone=True)
    except TimeZoneError as error:
        return str(error).split(" are in ")[1].split(" (")[0]
    return None


QUARTER = 15 * MINUTE


@pytest.mark.parametrize(
    ("offsets", "shown"),
    [
        ([HOUR] * 4, None),  # at least five
        ([HOUR] * 5, "UTC+01:00"),
        ([HOUR] * 5 + [0] * 5, None),  # more than half
        ([HOUR] * 5 + [2 * HOUR] * 5, None),
        ([HOUR] * 5 + [2 * HOUR, 3 * HOUR, 4 * HOUR, 5 * HOUR], "UTC+01:00"),
        ([HOUR] * 6 + [0] * 5, "UTC+01:00"),
        ([0] * 6 + [HOUR] * 5, None),  # the most frequent one counts
        ([HOUR] * 6 + [2 * HOUR, 3 * HOUR], "UTC+01:00"),
        ([QUARTER // 2 - SECOND] * 5, None),  # rounded to quarters of an hour
        ([QUARTER // 2 + SECOND] * 5, "UTC+00:15"),
        ([HOUR - QUARTER // 2 + SECOND] * 5, "UTC+01:00"),
        ([HOUR - QUARTER // 2 - SECOND] * 5, "UTC+00:45"),
        ([-HOUR - QUARTER // 2 + SECOND] * 5, "UTC-01:00"),
        ([-HOUR - QUARTER // 2 - SECOND] * 5, "UTC-01:15"),
        ([15 * HOUR] * 5, "UTC+15:00"),  # no zone is farther away
        ([15 * HOUR + QUARTER] * 5, None),
        ([-15 * HOUR] * 5, "UTC-15:00"),
        ([-15 * HOUR - QUARTER] * 5, None),
    ],
)
def test_evidence_about_the_zone(offsets: list[int], shown: str | None) -> None:
    """At least 5 and more than half of a day's events agree on an offset, to the quarter of an hour."""
    assert refused(offset_events(*offsets)) == shown


@pytest.mark.parametrize("stamp", ["$mp_api_timestamp_ms", "mp_processing_time_ms"])
def test_the_first_moment_of_1970_is_a_stamp_like_any_other(stamp: str) -> None:
    """Only what is missing or negative says nothing."""
    assert refused([event(3600, **{stamp: 0})] * 5) == "UTC+01:00"
    assert refused([event(3600, **{stamp: -1})] * 5) is None


@pytest.mark.parametrize(
    ("wall", "zone", "offset"),
    [
        ("2022-11-06T00:10", "America/Chicago", -5),
        ("2022-11-06T23:50", "America/Chicago", -6),
        ("2022-03-26T00:10", "America/Nuuk", -3),
        ("2022-03-26T23:10", "America/Nuuk", -2),  # there clocks change at ten in the evening
    ],
)
def test_either_offset_of_a_day_with_a_change_of_clocks_is_right(wall: str, zone: str, offset: int) -> None:
    """Nearly all events of such a day may lie before the change, or after it."""
    times = [at(wall) + number for number in range(5)]
    lines = [event(time, **{"$mp_api_timestamp_ms": time - offset * HOUR}) for time in times]
    assert refused(lines, zone) is None


def test_each_day_is_judged_apart() -> None:
    """Five events of one day contradict the zone, whatever the other days say."""
    other = [event(NOON + 24 * HOUR + number, **{"$mp_api_timestamp_ms": NOON + 24 * HOUR}) for number in range(50)]
    assert refused([*other, *offset_events(*[HOUR] * 5)]) == "UTC+01:00"


@pytest.mark.parametrize(
    ("minutes", "hour", "ambiguous"), [(-31, 6, 1), (-30, 6, 0), (30, 6, 0), (31, 7, 0), (90, 7, 0), (91, 6, 1)]
)
def test_the_double_hour_is_decided_within_thirty_minutes(minutes: int, hour: int, ambiguous: int) -> None:
    """The reading nearer to the processing counts when that is within 30 minutes, else the first one."""
    wall, first = at("2022-11-06T01:30"), at("2022-11-06T06:30")
    line = event(wall, mp_processing_time_ms=first + minutes * MINUTE)
    frame = normalize([line], time_zone="America/Chicago")
    assert (frame.loc[0, "time"].hour, frame.attrs["mixpanel_report"]["ambiguous"]) == (hour, ambiguous)


@pytest.mark.parametrize(
    ("bad", "good", "fails"), [(9, 1, False), (10, 9990, False), (10, 9989, True), (11, 9990, True)]
)
def test_unreadable_lines_that_are_tolerated(bad: int, good: int, fails: bool) -> None:
    """At least ten and more than one in a thousand fail the export."""
    body = b"\n".join([*[b"garbage"] * bad, *[event(n=1)] * good])
    if fails:
        with pytest.raises(UnreadableLinesError, match=rf"^{bad} of "):
            normalize(body)
    else:
        assert normalize(body).attrs["mixpanel_report"]["quarantined"] == bad


@pytest.mark.parametrize(
    ("lines", "error"),
    [([event(), b"q" * 201], TruncatedExportError), ([*[b"q" * 201] * 10, event()], UnreadableLinesError)],
    ids=["the end", "the first"],
)
def test_an_error_shows_two_hundred_letters_of_a_line(lines: list[bytes], error: type[Exception]) -> None:
    """Enough to see what came instead of events."""
    with pytest.raises(error) as caught:
        normalize(lines)
    assert str(caught.value).count("q") == 200


@pytest.mark.parametrize(("length", "error"), [(4095, SettingsError), (4096, TruncatedExportError)])
def test_a_path_has_fewer_than_4096_bytes(length: int, error: type[Exception]) -> None:
    """As on Linux; what is longer is a line that is no event."""
    with pytest.raises(error):
        normalize(b"x" * (length - 5) + b".json")


def test_only_the_body_begins_with_a_mark() -> None:
    """A byte order mark before a later line belongs to that line, wherever blocks are cut."""
    mark = b"\xef\xbb\xbf"
    assert list(line_blocks([mark + b"a\n", mark + b"b\n"], 1)) == [b"a", mark + b"b"]
    assert list(line_blocks([mark + b"a\n", mark + b"b\n"], 100)) == [b"a\n" + mark + b"b"]


@pytest.mark.parametrize(
    ("time", "moment"),
    [
        (100_000_000_000, "5138-11-16 09:46:40"),  # up to 1e11 it is seconds
        (100_000_000_001, "1973-03-03 09:46:40.001"),
        (253_402_300_799_999, "9999-12-31 23:59:59.999"),
        (253_402_300_799_999.0, "9999-12-31 23:59:59.999"),
        (-62_135_596_800_000, "0001-01-01 00:00:00"),
    ],
)
def test_times_in_seconds_and_in_milliseconds(time: float, moment: str) -> None:
    """The magnitude tells seconds from milliseconds; the years 1 to 9999 exist."""
    found = normalize([event(time)])["time"].iloc[0]
    assert str(found).split("+")[0].removesuffix("000") == moment.ljust(len(moment))


@pytest.mark.parametrize("time", [253_402_300_800_000, -62_135_596_800_001])
def test_times_outside_the_calendar_are_unreadable(time: int) -> None:
    """One millisecond more is outside."""
    frame = normalize([event(time), event()])
    assert (len(frame), frame.attrs["mixpanel_report"]["quarantined"]) == (1, 1)


def test_sixty_requests_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """The 61st goes when the first one is an hour old, not a second earlier."""
    clock, budget = Clock(monkeypatch), budgets.RequestBudget()
    monkeypatch.setattr(budgets, "PER_SECOND", 1000)
    assert [budget.try_take() for _ in range(60)] == [0.0] * 60
    assert budget.try_take() == 3600
    clock.pass_by(3599)
    assert budget.try_take() == 1
    clock.pass_by(1)
    assert budget.try_take() == 0


def test_three_requests_a_second_with_a_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fourth waits until the first one is 1.4 seconds old."""
    monkeypatch.setattr(budgets, "PER_SECOND", 3)
    clock, budget = Clock(monkeypatch), budgets.RequestBudget()
    assert [budget.try_take() for _ in range(3)] == [0.0] * 3
    assert budget.try_take() == pytest.approx(1.4)
    clock.pass_by(1.3)
    assert 0 < budget.try_take() < 0.11
    clock.pass_by(0.2)
    assert budget.try_take() == 0


@pytest.mark.parametrize("seconds", [60.0, 61.0])
def test_a_turn_is_waited_for_up_to_a_minute(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """A longer wait ends with the time to come back."""
    clock, budget = Clock(monkeypatch), budgets.RequestBudget(per_hour=1)
    budget.take()
    clock.pass_by(3600 - seconds)
    waited: list[float] = []

    def sleep(wait: float) -> None:
        waited.append(wait)
        clock.pass_by(wait)

    if seconds > 60:
        with pytest.raises(RateLimitError, match=r"Try again at 2027-01-15 09:00:00 UTC") as caught:
            budget.take(sleep=sleep)
        assert caught.value.retry_after == 61
    else:
        budget.take(sleep=sleep)
        assert waited == [60.0]


def attempts(policy: RetryPolicy, error: Exception, few: int | None = None) -> tuple[int, type[Exception]]:
    """Give how often a request is sent that always fails, and how that ends."""
    sent: list[int] = []
    tracker = Tracker(1)
    tracker.wait = lambda _: None  # type: ignore[method-assign]

    def attempt() -> None:
        sent.append(1)
        raise error

    with pytest.raises(type(error) if not isinstance(error, RateLimitError) else RateLimitError) as caught:
        policy.run(attempt, Request(tracker), few=few)
    return len(sent), type(caught.value)


@pytest.mark.parametrize(
    ("error", "few", "sent"),
    [
        (TruncatedExportError("cut"), None, 6),
        (TruncatedExportError("cut"), 1, 6),
        (UnavailableError("503"), None, 6),
        (UnavailableError("504", attempts=1), 3, 3),
        (UnavailableError("504", attempts=1), 1, 1),
        (UnavailableError("504", attempts=1), None, 6),
        (RateLimitError("429", retry_after=60.0), None, 6),
        (RateLimitError("429", retry_after=60.1), None, 1),
    ],
)
def test_attempts(error: Exception, few: int | None, sent: int) -> None:
    """Six attempts, fewer where less can be requested instead; a wait of more than a minute is not begun."""
    assert attempts(RetryPolicy(), error, few)[0] == sent


@pytest.mark.parametrize(("failures", "longest"), [(1, 2), (2, 4), (4, 16), (5, 30), (9, 30)])
def test_waits_double_up_to_half_a_minute(failures: int, longest: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of a wait is fixed, half is chance."""
    for chance, expected in ((0.0, longest / 2), (1.0, longest)):
        monkeypatch.setattr("random.random", lambda chance=chance: chance)
        assert RetryPolicy().wait(failures) == expected


@pytest.mark.parametrize(
    ("days", "age", "kept"),
    [
        (5, timedelta(minutes=59), True),  # a day that ended five days ago may still change: an hour
        (5, timedelta(hours=1), False),
        (6, timedelta(hours=23, minutes=59), True),  # a settled one: 24 hours
        (6, timedelta(hours=24), False),
        (0, timedelta(minutes=1), False),  # a day that was not over
        (1, timedelta(minutes=1), True),
    ],
)
def test_how_long_a_spooled_day_is_kept(
    days: int, age: timedelta, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settled are days more than five days before they were fetched."""
    spool = spools.Spool(tmp_path, {})
    fetched = datetime(2026, 11, 20, 12, tzinfo=UTC)
    day = fetched.date() - timedelta(days=days)
    spool.file(day).touch()
    os.utime(spool.file(day), (fetched.timestamp(),) * 2)
    monkeypatch.setattr(spools, "utc_now", lambda: fetched + age)
    assert spool.has(day, ZoneInfo("UTC")) is kept


@pytest.mark.parametrize(
    ("error", "received", "divided"),
    [
        (TruncatedExportError("cut"), 999_999, False),
        (TruncatedExportError("cut"), 1_000_000, True),
        (UnavailableError("504", attempts=1), 0, True),
        (UnavailableError("503"), 10**9, False),
    ],
)
def test_which_failures_of_a_day_may_come_from_its_weight(error: Any, received: int, divided: bool) -> None:
    """A megabyte in vain, or a timeout."""
    assert may_be_divided(error, received) is divided


@pytest.mark.parametrize(
    ("pieces", "seen", "said"),
    [
        ([[1, 2], [3]], 3, None),  # as many as were seen before
        ([[1, 2], [3]], 4, "it has 3 events, but 4"),
        ([[1, 1], [3]], 3, None),  # equal lines of one piece are two events
        ([[1, 2], [2]], 3, "arrived more than once"),
    ],
)
def test_pieces_make_a_whole_day(pieces: list[list[int]], seen: int, said: str | None) -> None:
    """No line in two of them, and no fewer events than a broken answer had."""
    found = [np.array(piece) for piece in pieces]
    if said is None:
        check(found, seen)
        return
    with pytest.raises(TruncatedExportError, match=said):
        check(found, seen)


@pytest.mark.parametrize(("later", "late"), [(24 * HOUR, 0), (24 * HOUR + 1, 1)])
def test_late_is_more_than_a_day_after_its_time(later: int, late: int) -> None:
    """On the clock of UTC, whatever zone the times are in."""
    line = event(NOON, mp_processing_time_ms=NOON + 6 * HOUR + later)
    assert normalize([line], time_zone="America/Chicago").attrs["mixpanel_report"]["late"] == late


def test_a_day_is_halved_down_to_an_hour_and_a_half() -> None:
    """Four times: 12, 6, 3 and 1.5 hours."""
    piece, lengths = Piece.whole(date(2026, 11, 1)), []
    while halves := piece.halves():
        piece = halves[0]
        lengths.append((piece.until - piece.since) / timedelta(hours=1))
    assert lengths == [12, 6, 3, 1.5]


@pytest.mark.parametrize(("minutes", "words"), [(0, "0 min"), (89, "89 min"), (90, "2 h"), (149, "2 h"), (151, "3 h")])
def test_ages_are_spoken_in_minutes_and_hours(minutes: int, words: str) -> None:
    """Up to an hour and a half in minutes."""
    assert spoken(minutes * 60) == words


def test_what_a_report_says_of_one_and_of_many() -> None:
    """Singular and plural are right, hidden events are counted."""
    one = normalize([*[event(), b"garbage", event(NOON + 1, "$identify")][:2], event(NOON + 1, "$identify")])
    report = one.attrs["mixpanel_report"]
    assert (report["rows"], report["quarantined"], report["hidden"]) == (2, 1, 1)
    assert json.loads(json.dumps(report)) == report
