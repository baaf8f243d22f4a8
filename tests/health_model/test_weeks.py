"""Weeks and the plan of a run: what is complete, due, stale, and when the reference freezes."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from oseberg.health_model import (
    HealthModel,
    Plan,
    Reference,
    ReferenceMismatchError,
    Scored,
    Week,
    WeekError,
    complete_weeks,
    lost_days,
    lost_since,
    lost_weeks,
    newest_frozen,
    newest_reference,
    plan_weeks,
    refit,
    score_weeks,
)
from tests.health_model.helpers import events, row, users

MODEL = HealthModel.load()
FIRST = Week.parse("2026-W30")
LOADED = datetime(2026, 10, 1, tzinfo=UTC)


def days_of(count, zone="UTC"):
    """Give the loaded days of the first `count` weeks, as the export's zone has them."""
    days = {day for number in range(count) for day in FIRST.next(number).days_touched(MODEL.time_zone, zone)}
    return dict.fromkeys(sorted(days), LOADED)


def frames(week):
    """Measure a week of a small fleet that grows from week to week."""
    since, _ = MODEL.event_window(week)
    growth = (week.monday - FIRST.monday).days // 7
    data = [row(n, "Share", pd.Timestamp(since)) for n in range(1, 201) for _ in range(n % 10 + growth)]
    return MODEL.statistics(events(*data), users(250), week, only="model")


@pytest.mark.parametrize(
    "text",
    ["2026-W46", "2026W46", " 2026-w46 ", "2026-11-15", date(2026, 11, 11), datetime(2026, 11, 9, 5, tzinfo=UTC)],
)
def test_a_week_is_read_from_its_name_or_any_of_its_days(text):
    """The ISO spelling, with or without the dash, or a day."""
    assert str(Week.parse(text)) == "2026-W46"
    assert Week.parse(Week.parse(text)) == Week(date(2026, 11, 9))


@pytest.mark.parametrize(("day", "known"), [("1969-12-31", False), ("1970-01-01", True), ("2261-12-31", True)])
def test_weeks_begin_in_1970_and_end_with_2261(day, known):
    """As far as pandas counts; the week of the first day began three days before."""
    if known:
        assert Week.parse(day).monday <= date.fromisoformat(day)
    else:
        with pytest.raises(WeekError):
            Week.parse(day)


@pytest.mark.parametrize(
    "text",
    [
        "2025-W53",
        "2262-01-01",
        "2026-W54",
        "W46",
        "next week",
        "2026-13-01",
        "",
        "9999-W52",
        "0001-W01",
        46,
        None,
        pd.NaT,
    ],
)
def test_what_is_not_a_week_is_refused(text):
    """Misspelt, of another age, or no text at all: the message shows how to write it."""
    with pytest.raises(WeekError, match="as in 2026-W46"):
        Week.parse(text)


def test_a_week_at_new_year_belongs_to_the_iso_year():
    """The last days of December may be week 1."""
    assert str(Week.parse("2024-12-30")) == "2025-W01"


@pytest.mark.parametrize(
    ("export", "zone", "count"),
    [
        ("UTC", "UTC", 7),
        ("UTC", "America/Chicago", 8),
        ("America/Chicago", "America/Chicago", 7),
        ("UTC", "Asia/Tokyo", 8),
        ("Europe/Oslo", "UTC", 8),
    ],
)
def test_a_week_is_complete_when_every_day_it_touches_is_loaded(export, zone, count):
    """The days of the export are not the days of the model."""
    week = Week.parse("2026-W46")
    touched = week.days_touched(zone, export)
    assert len(touched) == count
    assert complete_weeks(touched, export, zone) == [week]
    for day in touched:
        assert complete_weeks(set(touched) - {day}, export, zone) == []
    assert complete_weeks([], export, zone) == []


def test_every_complete_week_is_due_until_it_has_scores():
    """A rerun finds nothing to do; missing days keep a week out."""
    days = days_of(3)
    plan = plan_weeks(MODEL, days=days, scored={}, references={})
    assert plan == Plan(weeks=tuple(FIRST.next(number) for number in range(3)))
    scored = {week: Scored("r", LOADED) for week in plan.weeks}
    assert plan_weeks(MODEL, days=days, scored=scored, references={}) == Plan(weeks=())
    del days[FIRST.next(1).monday]
    assert plan_weeks(MODEL, days=days, scored={}, references={}).weeks == (FIRST.next(2),)


def test_newer_events_make_a_week_stale_but_change_nothing():
    """A bare run names the week; asking for it plans it."""
    days = days_of(2)
    scored = {FIRST: Scored("r", LOADED), FIRST.next(): Scored("r", LOADED)}
    days[FIRST.monday + timedelta(days=3)] = LOADED + timedelta(hours=1)
    plan = plan_weeks(MODEL, days=days, scored=scored, references={})
    assert (plan.weeks, plan.stale) == ((), (FIRST,))
    assert plan_weeks(MODEL, days=days, scored=scored, references={}, week=str(FIRST)).again == (FIRST,)


def test_a_recomputed_week_keeps_the_reference_it_was_scored_with():
    """A refit in between leads weeks to come, and changes no week that is scored again."""
    weeks = [FIRST.next(number) for number in range(27)]
    old, new = (MODEL.fit([frames(week) for week in span]) for span in (weeks[:13], weeks[13:26]))
    references = {old.id: old, new.id: new}
    scored = {weeks[14]: Scored(old.id, LOADED), weeks[3]: Scored("its own", LOADED)}
    plan = plan_weeks(MODEL, days=days_of(27), scored=scored, references=references, week=weeks[14].monday)
    assert (plan.again, plan.frozen) == ((weeks[14],), old)
    fresh = plan_weeks(MODEL, days=days_of(27), scored=scored, references=references, week=weeks[26].monday)
    assert (fresh.weeks, fresh.frozen) == ((weeks[26],), new)
    early = plan_weeks(MODEL, days=days_of(27), scored=scored, references=references, week=weeks[3].monday)
    assert early.frozen == new, "a week that was its own reference is compared with the lasting one"


def test_weeks_without_tracking_are_neither_scored_nor_fitted_on():
    """Seventeen weeks are loaded, four of them lost: the other thirteen make the reference."""
    weeks = [FIRST.next(number) for number in range(17)]
    lost = weeks[2:6]
    plan = plan_weeks(MODEL, days=days_of(17), scored={}, references={}, lost=lost)
    assert plan.lost == tuple(lost)
    assert plan.complete == 17
    assert plan.fit_on == plan.weeks == tuple(week for week in weeks if week not in lost)
    few = plan_weeks(MODEL, days=days_of(16), scored={}, references={}, lost=lost)
    assert (few.fit_on, few.complete, len(few.weeks)) == ((), 16, 12)
    asked = plan_weeks(MODEL, days=days_of(17), scored={}, references={}, lost=lost, week=lost[0].monday)
    assert (asked.weeks, asked.fit_on) == ((lost[0],), plan.fit_on), "a lost week is scored when asked for"
    assert [week for week, _, _ in score_weeks(MODEL, asked, frames)] == [lost[0]]


def test_a_reference_leaves_weeks_without_tracking_out():
    """Four weeks without an event pooled in would lower the cuts and lift every later score."""
    weeks = [FIRST.next(number) for number in range(13)]
    silent = MODEL.statistics(events(), users(250), FIRST.next(20), only="model")
    known = [frames(week) for week in weeks]
    quiet = [silent.copy() for _ in range(4)]
    for number, frame in enumerate(quiet):
        frame.attrs["week"] = str(FIRST.next(20 + number))
    assert MODEL.fit([*known, *quiet]) == MODEL.fit(known)


def test_a_reference_leaves_a_lost_event_out_of_its_metric():
    """If one event was not tracked for a week, the other metrics of that week still count."""
    weeks = [frames(FIRST.next(number)) for number in range(6)]
    broken = weeks[3].assign(shares=0.0)
    with_loss, without = MODEL.fit([*weeks[:3], broken, *weeks[4:]]), MODEL.fit([*weeks[:3], *weeks[4:]])
    assert with_loss.cuts["shares"] == without.cuts["shares"]
    assert with_loss.cuts["active_days"] == MODEL.fit(weeks).cuts["active_days"]


def volume(weeks, per_day=100, start=date(2026, 7, 20)):
    """Return the events of each day: fewer on weekends."""
    days = [start + timedelta(days=number) for number in range(7 * weeks)]
    return {day: per_day if day.weekday() < 5 else per_day // 10 for day in days}


def test_days_and_weeks_without_tracking_are_recognized_by_their_volume():
    """A day with hardly any events is lost, wherever it is; a quiet weekend or a growing fleet is not."""
    volumes = volume(12)
    assert lost_days(volumes) == []
    tuesday = date(2026, 9, 15)
    volumes[tuesday] = 5
    assert lost_days(volumes) == [tuesday]
    assert lost_weeks(volumes) == [], "one day of seven leaves a week that can be scored"
    volumes[tuesday] = 6
    assert lost_days(volumes) == [], "six of a hundred are more than hardly any"
    for day in [day for day in volumes if Week.parse(day) in (FIRST.next(3), FIRST.next(11))]:
        volumes[day] = 0
    assert lost_weeks(volumes) == [FIRST.next(3), FIRST.next(11)]


def test_a_loss_at_the_start_or_for_months_stays_a_loss():
    """28 days without an event before the first ones, and a loss that lasts longer than the memory."""
    volumes = volume(30)
    for day in sorted(volumes)[:28] + sorted(volumes)[70:]:
        volumes[day] = 0
    lost = [number for number in range(30) if FIRST.next(number) in lost_weeks(volumes)]
    assert lost == [*range(4), *range(10, 30)]


def test_tracking_is_lost_now_after_two_telling_days():
    """One day may be a holiday; weekends with few events neither count nor interrupt."""
    volumes = {day: count // 10 if day.weekday() >= 5 else count for day, count in volume(12).items()}
    days = sorted(volumes)
    assert lost_since(volumes) is None
    friday = days[-3]
    volumes |= dict.fromkeys(days[-3:], 0)
    assert lost_since(volumes) is None
    volumes[days[-4]] = 5
    assert lost_since(volumes) == days[-4] == friday - timedelta(days=1)
    assert lost_since(volumes, days=3) is None
    assert lost_since({}) is None


def same_days(*counts):
    """Give the events of Mondays, one a week."""
    return {FIRST.next(number).monday: count for number, count in enumerate(counts)}


@pytest.mark.parametrize(
    ("before", "count", "lost"),
    [
        ([100], 0, False),  # one earlier Monday could be a holiday itself
        ([100, 100], 5, True),  # a twentieth of what is usual
        ([100, 100], 6, False),
        ([20, 20], 1, True),  # with fewer than twenty a day tells nothing
        ([19, 19], 0, False),
        ([1000] * 8 + [500] * 4, 37, True),  # the median of the last eight is 750
        ([1000] * 8 + [500] * 4, 38, False),
    ],
)
def test_what_makes_a_day_a_lost_one(before, count, lost):
    """Against the median of the latest eight such weekdays with tracking; at the start, of the next eight."""
    day = FIRST.next(len(before)).monday
    assert lost_days(same_days(*before, count)) == ([day] if lost else [])
    if len(before) > 2 or not lost:
        assert (FIRST.monday in lost_days(same_days(count, *before[::-1]))) is lost


def test_days_of_which_twenty_events_are_usual_tell_whether_tracking_works():
    """Fewer are passed over."""
    for usual, since in ((20, FIRST.next(8).monday), (19, None)):
        assert lost_since(same_days(*[usual] * 8, 0, 0)) == since


@pytest.mark.parametrize(("monday", "lost"), [(300, True), (299, False)])
def test_exactly_half_of_a_week_is_missing(monday, lost):
    """Of 300 events on Mondays and 50 on other days, a Monday is half."""
    volumes = {day: monday if day.weekday() == 0 else 50 for day in volume(10)}
    volumes[FIRST.next(9).monday] = 0
    assert lost_weeks(volumes) == ([FIRST.next(9)] if lost else [])
    assert lost_weeks(volume(1)) == [], "of one week alone nothing is known"


def frozen(first, count=13):
    """Give a reference that pools some weeks; what it says of users is left out."""
    weeks = tuple(str(FIRST.next(first + number)) for number in range(count))
    return Reference(model_version=MODEL.version, weeks=weeks, users=1, cuts={})


def test_weeks_that_are_recomputed_anyway_are_not_called_stale():
    """Nor is a lost week that has scores one that lacks them."""
    lasting, own = frozen(0), frozen(3, 1)
    days = dict.fromkeys(days_of(4), LOADED + timedelta(hours=1))
    scored = {FIRST: Scored(lasting.id, LOADED), FIRST.next(3): Scored(own.id, LOADED)}
    references = {lasting.id: lasting, own.id: own}
    lost = [FIRST, FIRST.next(1)]
    plan = plan_weeks(MODEL, days=days, scored=scored, references=references, lost=lost)
    assert (plan.again, plan.stale, plan.lost) == ((FIRST.next(3),), (FIRST,), (FIRST.next(1),))


def test_thirteen_weeks_are_a_frozen_reference():
    """Twelve are not yet one; of several the latest leads."""
    assert newest_frozen(MODEL, {"few": frozen(20, 12)}) is None
    references = {"a": frozen(5), "b": frozen(9), "c": frozen(0, 14), "few": frozen(20, 12)}
    assert newest_frozen(MODEL, references) == references["b"]


def test_half_of_a_week_is_the_border():
    """A week of which half of the usual events is missing is lost; with less it is scored."""
    even = dict.fromkeys(volume(10), 100)
    days = [day for day in even if Week.parse(day) == FIRST.next(9)]
    for day in days[:3]:
        even[day] = 0
    assert lost_weeks(even) == []
    even[days[3]] = 0
    assert lost_weeks(even) == [FIRST.next(9)]
    assert lost_weeks({day: 19 if value else 0 for day, value in even.items()}) == [], "too few to tell"


def test_an_incomplete_week_is_refused_with_its_days():
    """The message names what is to be loaded."""
    days = days_of(1)
    del days[FIRST.monday + timedelta(days=2)]
    with pytest.raises(WeekError, match=r"2026-W30 .*not complete.*: 2026-07-22"):
        plan_weeks(MODEL, days=days, scored={}, references={}, week="2026-W30")


def test_the_reference_freezes_with_the_thirteenth_week():
    """Before, each week is its own reference; then the first 13 are pooled, and earlier weeks recomputed once."""
    plan = plan_weeks(MODEL, days=days_of(12), scored={}, references={})
    early = list(score_weeks(MODEL, plan, frames))
    assert [reference.weeks for _, reference, _ in early] == [(str(FIRST.next(n)),) for n in range(12)]

    scored = {week: Scored(reference.id, LOADED) for week, reference, _ in early}
    references = {reference.id: reference for _, reference, _ in early}
    plan = plan_weeks(MODEL, days=days_of(14), scored=scored, references=references)
    assert plan.weeks == (FIRST.next(12), FIRST.next(13))
    assert plan.again == tuple(scored)
    assert plan.fit_on == tuple(FIRST.next(n) for n in range(13))
    late = list(score_weeks(MODEL, plan, frames))
    assert [week for week, _, _ in late] == [FIRST.next(n) for n in range(14)]
    assert len({reference.id for _, reference, _ in late}) == 1
    frozen = late[0][1]
    assert frozen.weeks == tuple(str(FIRST.next(n)) for n in range(13))

    done = {week: Scored(frozen.id, LOADED) for week, _, _ in late}
    references[frozen.id] = frozen
    halfway = {**scored, FIRST: Scored(frozen.id, LOADED)}
    plan = plan_weeks(MODEL, days=days_of(12), scored=halfway, references=references)
    assert plan.again == tuple(FIRST.next(n) for n in range(1, 12)), "an interrupted run is finished by the next"
    assert plan_weeks(MODEL, days=days_of(14), scored=done, references=references) == Plan(weeks=(), frozen=frozen)
    plan = plan_weeks(MODEL, days=days_of(15), scored=done, references=references)
    assert [reference for _, reference, _ in score_weeks(MODEL, plan, frames)] == [frozen]


def test_a_frozen_reference_shows_a_drop_of_the_whole_fleet():
    """Refitting each week hides what the frozen reference shows."""
    before, now = frames(FIRST.next(8)), frames(FIRST)
    frozen = MODEL.score(now, MODEL.fit(before)).users["score"].mean()
    refitted = MODEL.score(now, MODEL.fit(now)).users["score"].mean()
    assert frozen < refitted


def test_weekly_references_stay_weekly_when_the_model_says_so():
    """`kind = "week"` never freezes."""
    rule = MODEL.definition.reference.model_copy(update={"kind": "week"})
    model = HealthModel(MODEL.definition.model_copy(update={"reference": rule}), MODEL.weights)
    plan = plan_weeks(model, days=days_of(20), scored={}, references={})
    assert plan.fit_on == ()
    assert plan.frozen is None
    assert model.version != MODEL.version


def test_a_refit_shows_the_shift_and_leads_from_then_on():
    """The overlap is scored with both references; the newest frozen one is used for weeks to come."""
    weeks = [FIRST.next(number) for number in range(26)]
    old = MODEL.fit([frames(week) for week in weeks[:13]])
    new, shift = refit(MODEL, {week: frames(week) for week in weeks[13:]}, old)
    assert shift["week"].tolist() == [str(week) for week in weeks[13:]]
    assert (shift["after"] < shift["before"]).any()
    assert shift["shift"].tolist() == (shift["after"] - shift["before"]).tolist()
    assert newest_frozen(MODEL, {"new": new, "old": old, "week": MODEL.fit(frames(weeks[-1]))}) is new
    with pytest.raises(WeekError, match="needs 13 complete weeks with tracking; there are 1"):
        refit(MODEL, {weeks[0]: frames(weeks[0])}, old)


def test_the_newest_reference_is_the_one_pooled_over_most_weeks():
    """A frozen one goes before weekly ones, whatever came last; stored content counts as well."""
    weeks = [FIRST.next(number) for number in range(4)]
    one, other = (MODEL.fit(frames(week)) for week in weeks[2:])
    pooled = MODEL.fit([frames(week) for week in weeks[:2]])
    assert newest_reference([one, pooled.model_dump(mode="json"), other]) == pooled
    assert newest_reference([other, one]) == other
    assert newest_reference([]) is None
    with pytest.raises(ReferenceMismatchError, match="not a stored reference"):
        newest_reference([{"weeks": 1}])
