"""Where the limits of days and their order are: which days are far from the others, and which are just not."""

from itertools import accumulate

import numpy as np
import pandas as pd
import pytest

from oseberg.maze_authority._numbers.order import Disorder, find_far


@pytest.mark.parametrize(("wrong", "count", "whole"), [(1, 3, False), (2, 5, True), (2, 6, False)])
def test_a_third_of_a_series_may_be_out_of_order(wrong: int, count: int, whole: bool) -> None:
    """More is the whole series."""
    docs = np.arange(count)
    assert Disorder("48003", "18-", docs, docs.astype("datetime64[D]"), list(range(wrong))).whole == whole


def far_docs(pauses: list[int], steps: list[int] | None = None) -> list[int]:
    """Which documents are far away, where documents follow each other after so many days and numbers."""
    days = np.array([0, *accumulate(pauses)])
    counts = [0, *accumulate(steps or [1] * len(pauses))]
    numbers = pd.DataFrame({"code": 0, "doc": np.arange(len(days)), "number": counts})
    return sorted(find_far(numbers, (np.datetime64("2018-01-01") + days).astype("datetime64[s]")))


@pytest.mark.parametrize(
    ("pauses", "far"),
    [
        ([1, 1, 1, 30], []),
        ([1, 1, 1, 31], [4]),
        ([31, 1, 1, 1], [0]),
        ([1, 1, 31], []),
        ([1, 4, 4, 40], []),
        ([1, 4, 4, 41], [4]),
        ([1, 31, 31, 300], []),
        ([1, 31, 31, 301], [4]),
        ([1] * 18 + [31] + [1], [19, 20]),
        ([1] * 17 + [31] + [1] * 2, []),
    ],
    ids=[
        "a month",
        "a day more",
        "at the beginning",
        "of four nothing is said",
        "ten times the longest other pause",
        "a day more than ten times",
        "300 days",
        "301 days",
        "a tenth of the series",
        "more than a tenth",
    ],
)
def test_far_is_more_than_30_days_and_ten_pauses_or_300_days(pauses: list[int], far: list[int]) -> None:
    """As the page of the rules states it."""
    assert far_docs(pauses) == far


@pytest.mark.parametrize(("left_out", "far"), [(31, [4]), (32, [])])
def test_far_needs_fewer_numbers_than_days_in_between(left_out: int, far: list[int]) -> None:
    """With as many numbers as days the document is mistyped, with one more it was delivered early."""
    assert far_docs([1, 1, 1, 31], [1, 1, 1, left_out]) == far


@pytest.mark.parametrize(
    ("weekdays", "pauses", "far"),
    [(4, 11, []), (5, 11, [11]), (5, 10, [10]), (5, 9, [])],
    ids=["four weekdays", "five weekdays", "ten pauses", "nine pauses"],
)
def test_a_county_that_records_daily_does_not_pause_a_week(weekdays: int, pauses: int, far: list[int]) -> None:
    """The last number comes five weekdays after the one before it, where ten pauses show that a day has records."""
    opened = np.busday_offset("2018-01-01", np.arange(pauses), roll="forward").tolist()
    opened.append(np.busday_offset(opened[-1], weekdays).item())
    days = np.array(opened, dtype="datetime64[s]")
    numbers = pd.DataFrame({"code": 0, "doc": np.arange(len(days)), "number": np.arange(len(days))})
    assert sorted(find_far(numbers, days)) == far
    # Documents of one day are not a pause.
    again = np.append(days[:1], days)
    numbers = pd.DataFrame({"code": 0, "doc": np.arange(len(again)), "number": np.arange(len(again))})
    assert sorted(find_far(numbers, again)) == [one + 1 for one in far]


@pytest.mark.parametrize(("late", "far"), [(2, [12, 13]), (3, [])])
def test_two_documents_at_an_end_may_be_mistyped(late: int, far: list[int]) -> None:
    """A third one shows that the courthouse was closed."""
    opened = np.busday_offset("2018-01-01", np.arange(12), roll="forward").tolist()
    opened += [np.busday_offset(opened[-1], 6).item()] * late
    days = np.array(opened, dtype="datetime64[s]")
    numbers = pd.DataFrame({"code": 0, "doc": np.arange(len(days)), "number": np.arange(len(days))})
    assert sorted(find_far(numbers, days)) == far
    first = np.array([days[0] - np.timedelta64(9, "D")] * late + opened[:12], dtype="datetime64[s]")
    assert sorted(find_far(numbers, first)) == (list(range(late)) if far else [])


@pytest.mark.parametrize(("long", "far"), [(2, True), (3, False)])
def test_a_fifth_of_the_pauses_may_be_longer(long: int, far: bool) -> None:
    """Of eleven or twelve pauses two may be longer than a day, the last one among them."""
    steps = [1] * (11 - long) + [2] * (long - 1) + [5]
    opened = np.busday_offset("2018-01-01", [0, *accumulate(steps)], roll="forward")
    numbers = pd.DataFrame({"code": 0, "doc": np.arange(len(opened)), "number": np.arange(len(opened))})
    assert bool(find_far(numbers, opened.astype("datetime64[s]"))) == far
