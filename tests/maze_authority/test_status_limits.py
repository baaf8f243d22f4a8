"""The limits of the register's status and of the reports: ages, what is shown and counted, shades and bars."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from oseberg.maze_authority import Waiver, check, sample_record
from oseberg.maze_authority._numbers.intervals import Intervals
from oseberg.maze_authority._register.changes import Change, is_overdue
from oseberg.maze_authority._register.facts import tally
from oseberg.maze_authority._register.known import located
from oseberg.maze_authority._register.remember import merged_facts
from oseberg.maze_authority._register.status import CountyStatus, Day, Gap, Held, inside, state_of
from oseberg.maze_authority._reports.picture import FEW, HEIGHT, NARROWEST, WIDTH, bars, strips
from oseberg.maze_authority._reports.status import most_missing, status_text, weeks_of
from oseberg.maze_authority._reports.texts import FIRST, as_text
from oseberg.maze_authority._settings import CheckSettings
from oseberg.maze_authority._waivers import interval

TODAY = date(2018, 7, 9)
NONE = pd.DataFrame({"severity": [], "waived_by": [], "since": [], "rule": []}, dtype=object)


def status(**values: Any) -> CountyStatus:
    """A county without anything to tell, with changes."""
    deliveries = pd.DataFrame({"latest": [], "rejected_rows": [], "stated_differs": [], "name": []})
    usual: dict[str, Any] = {
        "certified_through": None, "held_back_by": None, "last_day": None, "late": False, "late_days": 0,
        "missing_days": [], "open_gaps": [], "findings": NONE, "deliveries": deliveries, "calendar": [],
    }  # fmt: skip
    return CountyStatus("48003", "Andrews", **(usual | values))


def findings(**values: Any) -> pd.DataFrame:
    usual = {"severity": "error", "waived_by": None, "since": "2018-07-01", "rule": "MA501", "fingerprint": "a"}
    return pd.DataFrame([usual | values]).astype(object)


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (0, "up to a week"), (7, "up to a week"), (8, "up to a month"), (30, "up to a month"),
        (31, "up to three months"), (90, "up to three months"), (91, "older"),
    ],
)  # fmt: skip
def test_the_age_of_an_open_error(days: int, age: str) -> None:
    """Seven days are a week, thirty a month, ninety three months; warnings and waived errors don't count."""
    since = (TODAY - timedelta(days=days)).isoformat()
    counts = status(findings=findings(since=since)).ages(TODAY)
    assert {words: count for words, count in counts.items() if count} == {age: 1}
    for other in ({"severity": "warning"}, {"waived_by": "A. Hale"}, {"since": None}):
        assert not any(status(findings=findings(**{"since": since, **other})).ages(TODAY).values())


@pytest.mark.parametrize(("count", "more"), [(8, False), (9, True)])
def test_eight_gaps_and_days_are_shown(count: int, more: bool) -> None:
    """Of more the rest is counted."""
    gaps = [Gap("18-", f"18-{n}", f"18-{n}", 1, None, None, None, (), "f") for n in range(count)]
    days = [TODAY + timedelta(days=n) for n in range(count)]
    text = status_text([status(open_gaps=gaps, missing_days=days)], today=TODAY)
    assert text.count("and 1 more") == 2 * more
    assert f"18-{count - 1} (1)" not in text if more else f"18-{count - 1} (1)" in text


def test_twenty_days_are_shown() -> None:
    """Four weeks, of five days each, the last of them last."""
    calendar = [Day(TODAY + timedelta(days=n), 1, "missing" if n == 20 else "checked") for n in range(21)]
    text = status_text([status(calendar=calendar)], today=TODAY)
    assert "2018-07-10 ..... ..... ..... ....M\n" in text


@pytest.mark.parametrize(
    ("documents", "level"), [(0, 0), (1, 1), (24, 1), (25, 1), (34, 2), (67, 3), (99, 3), (100, 4)]
)
def test_the_shades_of_a_calendar(documents: int, level: int) -> None:
    """Four, by the share of the busiest day; a day without documents has none."""
    days = [Day(TODAY, documents, "checked"), Day(TODAY + timedelta(days=1), 100, "checked")]
    assert [day["level"] for day in weeks_of(days)[0]["days"]] == [level, 4, 0, 0, 0]


def test_the_series_that_lack_most_are_shown() -> None:
    """Twenty of them, in their order."""
    held = [Held(f"{n}-", "1", "9", 1, 9, 9 - n % 2, [(2, 2)] if n % 2 else [], []) for n in range(2 * FIRST + 2)]
    shown = [int(one.series[:-1]) for one in most_missing(held)]
    assert shown == list(range(1, 2 * FIRST, 2))


@pytest.mark.parametrize(("count", "heights"), [(FEW, {HEIGHT}), (FEW + 1, {6})])
def test_a_hundred_gaps_are_bars(count: int, heights: set[int]) -> None:
    """One more, and columns tell their share, a quarter of the height at least."""
    gaps = [(100 * n, 100 * n) for n in range(1, count + 1)]
    assert {bar.height for bar in bars(gaps, 1, 100_000, "hole")} == heights


def test_bars_that_touch_are_one() -> None:
    """Each is wide enough to be seen, the last one at the edge of the strip."""
    assert strips([(1, 1), (4, 4)], 1, 1000) == [(0, 2 * NARROWEST, HEIGHT)]
    assert strips([(1, 1), (5, 5)], 1, 1000) == [(0, NARROWEST, HEIGHT), (4, NARROWEST, HEIGHT)]
    assert strips([(1000, 1000)], 1, 1000) == [(WIDTH - NARROWEST, NARROWEST, HEIGHT)]
    assert strips([(1, 500), (2, 3)], 1, 1000) == [(0, 500, HEIGHT)]


@pytest.mark.parametrize(("days", "late"), [(0, "checked"), (1, "late")])
def test_a_day_after_the_last_one_is_late(days: int, late: str) -> None:
    """The last recorded day is not."""
    covering = pd.DataFrame({"stated_differs": [False], "rejected_rows": [0]})
    assert state_of(TODAY + timedelta(days=days), TODAY, {}, set(), covering) == late


@pytest.mark.parametrize(
    ("empty", "gaps", "differs", "rejected", "state"),
    [
        ({TODAY: False}, {TODAY}, True, 1, "missing"), ({TODAY: True}, {TODAY}, True, 1, "waived"),
        ({}, {TODAY}, True, 1, "cut"), ({}, {TODAY}, False, 1, "gap"), ({}, set(), False, 1, "rejected"),
        ({}, set(), False, 0, "checked"),
    ],
)  # fmt: skip
def test_the_worst_of_a_day_comes_first(empty: Any, gaps: Any, differs: bool, rejected: int, state: str) -> None:
    """A missing day matters more than a delivery that was cut, a gap, or a rejected row."""
    covering = pd.DataFrame({"stated_differs": [False, differs], "rejected_rows": [0, rejected]})
    assert state_of(TODAY, TODAY, empty, gaps, covering) == state


def test_a_withdrawn_number_is_between_others() -> None:
    """Not the first or the last one."""
    assert [inside(Intervals.of([2, 4]), place) for place in (1, 2, 3, 4, 5)] == [False, False, True, False, False]
    assert not inside(Intervals.of(), 3)


@pytest.mark.parametrize(("days", "overdue"), [(30, False), (31, True)])
def test_a_finding_is_overdue_after_the_days_that_a_county_may_stay_behind(days: int, overdue: bool) -> None:
    """Thirty days are allowed; without a day of its own, or of the county, it is not judged."""
    row = {"since": (TODAY - timedelta(days=days)).isoformat()}
    assert is_overdue(row, TODAY, 30) == overdue
    assert not is_overdue({"since": None}, TODAY, 0)
    assert not is_overdue(row, date.min, 0)


@pytest.mark.parametrize(
    ("new", "old", "fails"),
    [
        ({}, None, True), ({"severity": "fatal"}, None, True), ({"severity": "warning"}, None, False),
        ({"waived_by": "A. Hale"}, None, False), ({"rule": "MA101"}, None, False), (None, {}, False),
        (None, {"fingerprint": "late"}, True), (None, {"fingerprint": "late", "severity": "warning"}, False),
        (None, None, False),
    ],
)  # fmt: skip
def test_what_is_new_or_overdue_fails(new: Any, old: Any, fails: bool) -> None:
    """Errors or worse that are neither waived nor tolerated; with `all_open` whatever is open."""
    frames = [findings()[:0] if one is None else findings(**one) for one in (new, old)]
    change = Change(frames[0], frames[1], findings()[:0], {}, {}, frozenset({"late"}))
    assert change.fails(["MA101"]) == fails
    assert change.fails(["MA101"], all_open=True) == (fails or old == {})


def test_a_rule_that_did_not_run_keeps_what_it_found() -> None:
    """One that ran again says what it finds now."""
    row = {"key": "1", "message": ""}
    old = {"ran": ["MA401", "MA501"], "findings": [{"rule": "MA401", **row}, {"rule": "MA501", **row}], "files": "a"}
    merged = merged_facts(old, {"ran": ["MA501", "MA601"], "findings": [], "files": "b"})
    assert [one["rule"] for one in merged["findings"]] == ["MA401"]
    assert (merged["ran"], merged["files"]) == (["MA401", "MA501", "MA601"], "b")


def test_a_number_is_looked_for_under_each_prefix() -> None:
    """As one of the series, and as a malformed one; a letter takes no number of its own."""
    assert located(["18-5A"], ["", "18-", "19-"]) == [("", -1, "18-5A"), ("18-", 5, "18-5A"), ("18-", -1, "18-5A")]
    assert tally([3, 1, 3]) == {1: 1, 3: 2}


@pytest.mark.parametrize(("count", "more"), [(FIRST, False), (FIRST + 1, True)])
def test_twenty_findings_of_a_rule_are_shown(count: int, more: bool) -> None:
    """Of more the rest is counted."""
    rows = [sample_record(instrument_number=f"18-{n:07d}", grantors=[]) for n in range(1, count + 1)]
    text = as_text(check(rows, rules=["MA501"]))
    assert ("1 more" in text) == more
    assert (f"18-{count:07d} has no grantor" in text) != more


@pytest.mark.parametrize(
    ("key", "covered"),
    [
        ("18-5", True), ("18-8", True), ("18-4", False), ("18-9", False), ("18-5..18-8", True), ("18-4..18-5", False),
        ("18-8..18-9", False), ("17-6", False), ("18-7..18-6", False), ("2018-07-09", False), ("", False),
    ],
)  # fmt: skip
def test_a_waiver_covers_its_range(key: str, covered: bool) -> None:
    """Both ends included, of its series alone."""
    waiver = Waiver(rule="MA201", range="18-5..18-8", reason="voided", by="A. Hale", expires=TODAY)
    assert waiver.covers(key) == covered


def test_the_ends_of_a_waived_range() -> None:
    """Numbers of fifteen digits at most, or days that there are."""
    assert interval("1" * 15) == ("", int("1" * 15), int("1" * 15))
    assert interval("1" * 16) is None
    assert interval("A") is None
    assert interval("2018-02-28..2018-03-01") == ("day", 736_753, 736_754)
    assert interval("2018-02-29") is None
    assert interval("2018-02-28..18-5") is None


def test_what_a_county_states_for_itself_counts() -> None:
    """What it doesn't state is that of all."""
    limits = {"lag_days": 9, "rules": {"MA302": {"max_rate": 1}}, "counties": {"48003": {"lag_days": 30}, "48227": {}}}
    settings = CheckSettings.model_validate(limits)
    assert [settings.of(fips).lag_days for fips in ("48003", "48227", "48105", None)] == [30, 9, 9, 9]
    assert settings.of("48003").rules == settings.rules
    for bad in ({"lag_days": -1}, {"rules": {"MA302": {"max_rate": 1.1}}}, {"rules": {"MA302": {"max_count": -1}}}):
        with pytest.raises(ValueError, match=r"less than or equal|greater than or equal"):
            CheckSettings.model_validate(bad)
    CheckSettings.model_validate({"lag_days": 0, "rules": {"MA302": {"max_count": 0, "max_rate": 0}}})
