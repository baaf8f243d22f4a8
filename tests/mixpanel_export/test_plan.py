"""How many days one request asks for: each limit one step before, and on it."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from oseberg.mixpanel_export._ask.plan import Plan, Sizes


def days_of(count: int) -> list[date]:
    return [date(2026, 1, 1) + timedelta(number) for number in range(count)]


@pytest.mark.parametrize(("days", "first"), [(40, 1), (41, 2), (80, 2), (81, 3)])
def test_the_first_request_is_a_fortieth_of_the_range(days: int, first: int) -> None:
    """So that the 60 requests of an hour suffice."""
    assert len(Plan(days_of(days)).take()) == first


def test_requests_grow_sevenfold_up_to_twenty_days_of_a_hundred_megabytes() -> None:
    """The next request asks for what the answers so far allow."""
    plan = Plan(days_of(60))
    plan.learn(1, 1000)
    assert plan.size == 7
    plan.learn(7, 1000)
    assert plan.size == 20
    plan.learn(20, 200_000_001)
    assert plan.size == 9
    plan.learn(10, 100_000_000)
    assert plan.size == 10


@pytest.mark.parametrize(("seconds", "size"), [(2.0, 20), (2.1, 15)])
def test_slow_answers_share_the_days(seconds: float, size: int) -> None:
    """From two seconds on, the rest is divided among parallel requests."""
    plan = Plan(days_of(60))
    plan.learn(7, 1000, seconds, parallel=4)
    assert plan.size == size


@pytest.mark.parametrize(("seconds", "size"), [(59.9, 15), (60.0, 10)])
def test_sizes_between_are_tried_after_failures_of_less_than_a_minute(seconds: float, size: int) -> None:
    """Where a failure costs more, what worked is enough."""
    plan = Plan(days_of(60))
    assert plan.halve(days_of(20), seconds)
    assert plan.size == 10
    plan.learn(10, 1000)
    assert plan.size == size


def test_the_least_that_failed_is_the_border() -> None:
    """Whatever failed before or after it."""
    plan = Plan(days_of(60))
    for count in (20, 15, 18):
        plan.halve(days_of(count), 1.0)
    plan.learn(7, 1000)
    assert plan.size == 11


@pytest.mark.parametrize(("count", "halved", "size"), [(1, False, 1), (2, True, 1), (5, True, 2)])
def test_days_are_halved_down_to_one(count: int, halved: bool, size: int) -> None:
    """A single day is for intervals to divide."""
    plan = Plan(days_of(count))
    assert plan.halve(days_of(count)) is halved
    assert plan.size == size


@pytest.mark.parametrize(("count", "known", "probing"), [(40, None, True), (41, None, False), (40, 4, False)])
def test_short_ranges_wait_for_the_first_answer(count: int, known: int | None, probing: bool) -> None:
    """Unless an earlier export has learned what works."""
    plan = Plan(days_of(count), known=known)
    assert (plan.probing, plan.size) == (probing, known or plan.least)


def test_a_damaged_hint_is_at_least_one_day(tmp_path: Path) -> None:
    """Nothing can be requested in groups of none."""
    path = tmp_path / "sizes.json"
    for content, known in (("0", 1), ("[", None), ('"x"', None)):
        path.write_text(content)
        assert Sizes(path).read() == known


@pytest.mark.parametrize(("age", "known"), [(7 * 86_400 - 60, 4), (7 * 86_400 + 60, None)])
def test_a_working_size_is_remembered_for_a_week(age: float, known: int | None, tmp_path: Path) -> None:
    """Later, Mixpanel's load is another."""
    path = tmp_path / "sizes.json"
    Sizes(path).write(4)
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))
    assert Sizes(path).read() == known
