"""Every limit that a rule or page states in words, at the limit and one beyond."""

import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from oseberg.maze_authority import Register, Setting, Waiver, check, county_status, sample_record
from oseberg.maze_authority._delivery.coverage import (
    certify,
    find_empty_days,
    find_windows,
    skipped_days,
    window,
)
from oseberg.maze_authority._delivery.withdrawn import surrounded, withdrawn
from oseberg.maze_authority._numbers.book_pages import rising
from oseberg.maze_authority._numbers.intervals import Intervals
from oseberg.maze_authority._numbers.order import FAR, longest_rising, out_of_order
from oseberg.maze_authority._numbers.series import padded_width, starts_anew
from oseberg.maze_authority._records import columns
from oseberg.maze_authority._records.coded import categories, encode, smallest, together
from oseberg.maze_authority._records.instrument_number import LONGEST, parse_all, split
from oseberg.maze_authority._register.tables import FORMAT
from oseberg.maze_authority._rules.dates import band
from oseberg.maze_authority._rules.images import runs, short
from oseberg.maze_authority.errors import RegisterError

MONDAY = date(2018, 6, 4)


def days(*ones: date) -> pd.Series:
    return pd.Series(pd.to_datetime(list(ones)).astype("datetime64[s]"))


def test_days_are_of_a_delivery_up_to_300_apart() -> None:
    """At 300 days they belong together, at 301 the larger part is the delivery; of equal parts the later one."""
    far = FAR.astype(int).item()
    assert far == 300
    near = [MONDAY, MONDAY + timedelta(days=300)]
    assert window(days(*near), date.max) == (near[0], near[1])
    apart = [MONDAY, MONDAY + timedelta(days=301)]
    assert window(days(*apart), date.max) == (apart[1], apart[1])
    assert window(days(apart[0], *apart), date.max) == (MONDAY, MONDAY)


def test_the_day_of_the_check_is_the_last_that_counts() -> None:
    """A document of that day is in the window, one of the next day is not."""
    frame = pd.DataFrame({"county_fips": ["48003"] * 2, "recorded_on": days(MONDAY, MONDAY + timedelta(days=1))})
    assert find_windows(frame, MONDAY) == {"48003": (MONDAY, MONDAY)}
    assert find_windows(frame, MONDAY + timedelta(days=1))["48003"][1] == MONDAY + timedelta(days=1)
    assert find_windows(frame, MONDAY - timedelta(days=1)) == {}


def test_empty_days_are_runs_within_the_span() -> None:
    """The first and the last day count, weekends part nothing, and a day with records parts a run."""
    seen = {"48003": np.array(["2018-06-06", "2018-06-12"], dtype="datetime64[D]")}
    span = {"48003": (MONDAY, date(2018, 6, 13))}
    assert find_empty_days(seen, span) == {
        "48003": [
            (MONDAY, date(2018, 6, 5)),
            (date(2018, 6, 7), date(2018, 6, 11)),
            (date(2018, 6, 13), date(2018, 6, 13)),
        ]
    }


def test_days_between_deliveries_are_those_that_none_covers() -> None:
    """The first and the last day of a delivery are covered."""
    empty = [(MONDAY, date(2018, 6, 8))]
    assert skipped_days("48003", empty, [(date(2018, 6, 1), MONDAY), (date(2018, 6, 7), date(2018, 6, 20))]) == [
        (date(2018, 6, 5), date(2018, 6, 6))
    ]
    assert skipped_days("48003", empty, [(MONDAY, date(2018, 6, 8))]) == []


@pytest.mark.parametrize(
    ("obstacle", "through"),
    [(0, None), (1, MONDAY), (2, MONDAY + timedelta(days=1)), (9, MONDAY + timedelta(days=8)), (10, None)],
)
def test_a_county_is_certified_through_the_day_before_its_first_obstacle(obstacle: int, through) -> None:
    """On the first day there is no such day; what lies after the last day takes nothing from it."""
    first, last = MONDAY, MONDAY + timedelta(days=8)
    day = first + timedelta(days=obstacle)
    expected = last if obstacle == 10 else through
    assert certify((first, last), [(day, "x"), (date.max, "y")]) == (expected, "x")
    assert certify((first, last), []) == (last, None)


@pytest.mark.parametrize(("there", "gone"), [(0, []), (1, []), (2, ["c", "d"]), (3, ["d"]), (4, [])])
def test_a_day_is_repeated_from_half_of_its_documents_on(there: int, gone: list[str]) -> None:
    """Two of four repeat the day, one of four does not."""
    day = pd.to_datetime(["2018-06-04"] * 4)
    before = pd.DataFrame({"identity": list("abcd"), "text": list("abcd"), "day": day})
    assert withdrawn(before, set("abcd"[:there]))["identity"].tolist() == gone


@pytest.mark.parametrize(("there", "gone"), [("a", []), ("ab", []), ("abc", ["d"]), ("cd", ["a", "b"])])
def test_what_was_withdrawn_and_comes_back_repeats_nothing(there: str, gone: list[str]) -> None:
    """Of the two that were there one has to come again; what is withdrawn already still is."""
    day = pd.to_datetime(["2018-06-04"] * 4)
    before = pd.DataFrame({"identity": list("abcd"), "text": list("abcd"), "day": day})
    absent = [("a", date(2018, 6, 4)), ("b", date(2018, 6, 4))]
    assert withdrawn(before, set(there), absent)["identity"].tolist() == gone


def test_a_day_between_two_repeated_ones_is_repeated() -> None:
    """Neither the first nor the last one is between others."""
    assert surrounded(np.array([True, False, True, False])).tolist() == [False, True, False, False]


@pytest.mark.parametrize(
    ("before", "after", "anew"),
    [
        (range(1, 101), range(1, 6), True),  # begins again, five numbers
        (range(1, 101), range(101, 120), False),  # goes on
        (range(50, 101), range(21, 24), False),  # begins beyond twenty
        (range(50, 101), range(20, 23), True),
        (range(1, 5), range(1, 4), False),  # four numbers settle nothing
        (range(1, 6), range(1, 4), True),
        (range(1, 101), range(100, 111), False),  # a fifth of the fewer would have to be used again: 1 of 11
        (range(1, 101), range(98, 108), True),  # 3 of 10
        (range(1, 101), range(99, 109), True),  # 2 of 10
        (range(1, 101), range(96, 101), True),  # five numbers are enough, of either year
        (range(96, 101), range(98, 110), True),
        (range(1, 6), range(5, 6), False),  # as far as it had come
        (range(10, 101), range(6, 9), True),  # well below what is known of it
        (range(10, 101), range(7, 10), False),  # directly before it
        (range(53, 54), range(1, 33), True),  # one of the year before, more than twenty above the 32 of this one
        (range(52, 53), range(1, 33), False),
        (range(374, 378), range(1, 6), True),
        (range(374, 378), range(1, 5), False),
        (range(374, 378), range(98, 126), True),  # a few late ones in the middle of the next year
    ],
)
def test_a_count_starts_anew(before: range, after: range, anew: bool) -> None:
    """By the middles, by what is used again, or by the first few numbers."""
    assert starts_anew(Intervals.of(before), Intervals.of(after)) == anew


@pytest.mark.parametrize(("last", "anew"), [(45, True), (46, False)])
def test_a_count_that_starts_anew_is_close_together(last: int, anew: bool) -> None:
    """Five numbers within less than five times as many, and twenty."""
    assert starts_anew(Intervals.of([200]), Intervals.of([1, 2, 3, 4, last])) == anew


def test_numbers_in_a_hole_of_the_year_before_are_of_that_year() -> None:
    """One that was used already is not."""
    before = Intervals.of([*range(1, 5), *range(10, 101)])
    assert not starts_anew(before, Intervals.of([6, 7]))
    assert starts_anew(before, Intervals.of([4, 6]))


def test_padding_is_shared_by_nine_in_ten() -> None:
    """And shows itself by a zero."""
    zero = np.array([True] + [False] * 9)
    assert padded_width(np.array([7] * 9 + [8]), zero) == 7
    assert padded_width(np.array([7] * 8 + [8] * 2), zero) == 0
    assert padded_width(np.array([7] * 10), np.zeros(10, dtype=bool)) == 0


def test_numbers_up_to_fifteen_digits_are_counted() -> None:
    """Split at once as one by one."""
    texts = ["1" * LONGEST, "1" * (LONGEST + 1), "18-0004512A", "18-", "A", "", "18-7é", "0", "ü12"]
    parsed = parse_all(pa.array(texts, pa.large_string()))
    assert LONGEST == 15
    assert parsed.number.tolist() == [111_111_111_111_111, -1, 4512, -1, -1, -1, 7, 0, 12]
    assert parsed.prefixes.to_pylist() == [split(text)[0] for text in texts]
    assert parsed.length.tolist() == [len(split(text)[1]) for text in texts]
    part = pa.array(["x1", *texts], pa.large_string())[1:]
    assert parse_all(part).number.tolist() == parsed.number.tolist()


def test_codes_take_as_little_as_they_can() -> None:
    """And are in the order of the texts, whatever the parts' own order."""
    assert [smallest(count) for count in (127, 128, 32_767, 32_768)] == [np.int8, np.int16, np.int16, np.int32]
    parts = [encode(pa.array(one, pa.large_string())) for one in (["b", None, "a"], [], [None], ["c", "a"])]
    joined = categories(together(parts))
    assert joined.tolist()[:1] + joined.tolist()[2:3] + joined.tolist()[4:] == ["b", "a", "c", "a"]
    assert joined.categories.tolist() == ["a", "b", "c"]
    assert joined.isna().tolist() == [False, True, False, True, False, False]


def test_repeated_texts_are_found_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million texts at once and more in parts give the same."""
    texts = pd.Series([f"images/{number % 90:03d}.pdf" for number in range(100)] + [None, None, "é", "é"], dtype="str")
    whole = columns.repeated(texts)
    assert whole.tolist() == [n < 10 or n >= 90 for n in range(100)] + [False, False, True, True]
    monkeypatch.setattr(columns, "AT_ONCE", 10)
    assert columns.repeated(texts).tolist() == whole.tolist()


def test_sets_of_numbers() -> None:
    """Touching intervals are one; what is taken away leaves the rest."""
    some = Intervals.of([5, 1, 2, 2, 7])
    assert some.pairs() == [(1, 2), (5, 5), (7, 7)]
    assert some.gaps() == [(3, 4), (6, 6)]
    assert (some | Intervals.of([6, 3])).pairs() == [(1, 3), (5, 7)]
    assert (some - Intervals.of([1, 7, 9])).pairs() == [(2, 2), (5, 5)]
    assert [number in some for number in (0, 1, 2, 3, 7, 8)] == [False, True, True, False, True, False]
    assert [Intervals.of(range(count)).median() for count in (1, 2, 3, 4)] == [0, 0, 1, 1]
    assert Intervals.of([1, 2, 10, 11, 12]).median() == 10
    assert Intervals.of().pairs() == []


def test_the_order_of_rows() -> None:
    """The last key counts most; equal ones leave it to the finer."""
    assert rising([np.array([1, 2, 1]), np.array([1, 1, 2])])
    assert not rising([np.array([2, 1, 1]), np.array([1, 1, 2])])
    assert not rising([np.array([1, 2, 3]), np.array([1, 3, 2])])
    assert rising([np.array([], dtype=int)])
    assert rising([np.array([1, 1]), np.array([2, 2])])


def test_the_smallest_set_out_of_order() -> None:
    """Equal days are in order; one typing error names one record."""
    assert out_of_order(np.array([1])) == []
    assert out_of_order(np.array([2, 1])) == [0]
    assert out_of_order(np.array([1, 1, 1])) == []
    assert out_of_order(np.array([5, 1, 2, 3])) == [0]
    assert longest_rising([3, 1, 2, 2]) == [1, 2, 3]
    assert longest_rising([1, 3, 2]) == [0, 2]


def test_a_band_is_four_deviations_of_the_roots() -> None:
    """At least those of a Poisson count: 100 a day may be 64 to 144."""
    assert band(np.array([100] * 11)) == (64, 144)
    assert band(np.array([])) == (0, 0)
    assert band(np.array([1] * 11)) == (0, 9)


@pytest.mark.parametrize(("days_after", "stale"), [(0, False), (1, True)])
def test_a_waiver_holds_through_its_last_day(days_after: int, stale: bool) -> None:
    """On that day it covers its finding; the day after it is a finding itself."""
    waiver = Waiver(rule="MA501", key="18-0000001", reason="seen", by="A. Hale", expires=date(2018, 6, 20))
    day = date(2018, 6, 20) + timedelta(days=days_after)
    result = check([sample_record(grantors=[])], waivers=[waiver], as_of=day, rules=["MA501", "MA990"])
    assert (result.exit_code == 3) == stale
    assert ("MA990" in set(result.findings["rule"])) == stale


@pytest.mark.parametrize(("lag", "late"), [(30, False), (31, True)])
def test_a_county_is_late_after_thirty_days(lag: int, late: bool, tmp_path) -> None:
    """Thirty days behind are allowed, one more is late: of the rule as of the status."""
    day = date(2018, 6, 5) + timedelta(days=lag)
    result = check([sample_record()], as_of=day, rules=["MA306"], register=tmp_path / "register.sqlite")
    assert (len(result.findings) == 1) == late
    with Register(tmp_path / "register.sqlite") as register:
        status = county_status(register, "48003", today=day)
    assert status.late == late


@pytest.mark.parametrize(("found", "state"), [(2, "passed"), (3, "failed")])
def test_a_limit_is_the_most_that_passes(found: int, state: str) -> None:
    """Two of two may be wrong, three may not; as a share of the records as well."""
    lacking: list[dict[str, Any]] = [{"grantors": []}] * found + [{}] * (3 - found)
    rows = [sample_record(instrument_number=f"18-{n:07d}", **fields) for n, fields in enumerate(lacking, start=1)]
    for setting in (Setting(max_count=2), Setting(max_rate=2 / 3)):
        result = check(rows, rules=["MA501"], settings={"MA501": setting})
        assert result.rules["state"].tolist() == [state]


def test_pages_are_written_as_runs() -> None:
    """Five of them are shown."""
    assert runs([1, 2, 3, 5, 7, 7]) == "1-3, 5, 7, 7"
    assert short(list("abcde")) == "a, b, c, d, e"
    assert short(list("abcdef")) == "a, b, c, d, e and 1 more"


@pytest.mark.parametrize(("known", "remedy"), [(FORMAT - 1, "make a new one"), (FORMAT + 1, "Upgrade oseberg")])
def test_a_register_of_another_format_says_what_to_do(tmp_path: Path, known: int, remedy: str) -> None:
    """An older one is kept and built anew, a newer one wants a newer oseberg; neither is written to."""
    path = tmp_path / "register.sqlite"
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {known}")
    before = path.read_bytes()
    with pytest.raises(RegisterError, match=remedy):
        Register(path)
    assert path.read_bytes() == before
