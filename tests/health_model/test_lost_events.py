"""One event lost for everybody is told from a holiday, from one busy user, and from tracking lost altogether."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from oseberg.health_model import DataError, lost_events

LAST = date(2026, 11, 15)  # a Sunday
DAYS = [LAST - timedelta(days=back) for back in range(18 * 7)]
NAMES = ("Login", "Atla Query", "Data Export")


def people(counts=10, **changed):
    """Make people by day and event, few at weekends; `changed` maps an event to a function of day and usual count."""
    rows = []
    for day in DAYS:
        usual = counts if day.weekday() < 5 else 1
        for name in NAMES:
            change = changed.get(name.replace(" ", "_"), lambda _, count: count)
            rows.append({"day": day, "event": name, "people": change(day, usual)})
    return pd.DataFrame(rows)


def lost(frame, until=None, days=DAYS):
    return [(each.event, each.since) for each in lost_events(frame, days, until)]


def gone_since(day):
    return lambda at, count: 0 if at >= day else count


def test_an_event_that_nobody_has_any_more_is_named_with_its_first_day():
    """It broke on a Wednesday; by Friday two days have told it, and on Sunday it is still known."""
    wednesday = date(2026, 11, 11)
    frame = people(20, Data_Export=gone_since(wednesday))
    assert lost(frame, date(2026, 11, 11)) == [], "one day may be a holiday"
    for until in (date(2026, 11, 12), date(2026, 11, 13), LAST):
        assert lost(frame, until) == [("Data Export", wednesday)]
    (found,) = lost_events(frame, DAYS)
    assert (found.until, round(found.usual)) == (LAST, 102)


def test_few_people_take_a_week():
    """Of six people a day two days say too little, a week says enough."""
    frame = people(7, Data_Export=gone_since(date(2026, 11, 9)))
    assert lost(frame, date(2026, 11, 12)) == []
    assert lost(frame) == [("Data Export", date(2026, 11, 9))]
    assert lost(people(5, Data_Export=gone_since(date(2026, 11, 9)))) == [], "27 people a week may all be away"


def test_thirty_people_are_enough_and_a_twentieth_is_nothing():
    """At the borders: thirty people a week are many, and one of twenty is hardly any."""
    week = gone_since(date(2026, 11, 9))
    day_of = {"people": lambda at, _: 0 if at >= date(2026, 11, 9) else (6 if at.weekday() < 5 else 0)}
    assert lost(people(Data_Export=day_of["people"])) == [("Data Export", date(2026, 11, 9))]
    some = people(20, Data_Export=lambda at, count: (1 if at.weekday() < 5 else 0) if week(at, 1) == 0 else count)
    assert lost(some) == [("Data Export", date(2026, 11, 9))], "5 of 102 are at most a twentieth"
    more = people(20, Data_Export=lambda at, count: 2 if week(at, 1) == 0 and at.weekday() < 5 else min(count, 20))
    assert lost(more) == []


def test_a_holiday_and_lost_tracking_are_not_one_lost_event():
    """When all events go down together, no single one is named."""
    monday = date(2026, 11, 9)
    assert lost(people(20, **dict.fromkeys(("Login", "Atla_Query", "Data_Export"), gone_since(monday)))) == []
    holiday = people(8, **dict.fromkeys(("Login", "Atla_Query"), lambda at, count: 2 if at >= monday else count))
    holiday.loc[(holiday["event"] == "Data Export") & (holiday["day"] >= monday), "people"] = 0
    assert lost(holiday) == [], "of eight people a day, a quarter of usual would be ten in a week"


def test_an_event_of_one_weekday_is_missed_on_that_day():
    """A report that is mailed on Mondays is lost when no Monday has it, since that Monday."""
    mondays = people(50, Data_Export=lambda at, count: count if at.weekday() == 0 and at < date(2026, 11, 9) else 0)
    assert lost(mondays) == [("Data Export", date(2026, 11, 9))]
    assert lost(mondays, date(2026, 11, 8)) == []


def test_an_event_that_stays_away_is_named_for_a_month():
    """Then it has been retired; one that comes back is named no more."""
    gone = date(2026, 9, 21)
    frame = people(20, Data_Export=gone_since(gone))
    named = [until for until in [*DAYS[:50:4], *DAYS[50:57]] if lost(frame, until)]
    assert min(named) == date(2026, 9, 22)
    assert max(named) < gone + timedelta(weeks=6)
    back = people(20, Data_Export=lambda at, count: 0 if date(2026, 11, 2) <= at < date(2026, 11, 9) else count)
    assert lost(back) == []
    assert lost(back, date(2026, 11, 8)) == [("Data Export", date(2026, 11, 2))]


def test_days_that_are_not_loaded_say_nothing():
    """A gap in the loaded days is not silence; too short a past is not a measure."""
    frame = people(20, Data_Export=gone_since(date(2026, 11, 9)))
    assert lost(frame, days=[day for day in DAYS if day != date(2026, 11, 15)]) == [("Data Export", date(2026, 11, 9))]
    assert lost(frame, days=[]) == []
    assert lost(frame, days=DAYS[:21]) == []
    with pytest.raises(DataError, match="lacks column 'people'"):
        lost_events(frame.drop(columns="people"), DAYS)


def test_chance_hardly_ever_loses_an_event():
    """Twenty events of a fleet that strays at random, over half a year: none is named."""
    random = np.random.default_rng(3)
    days = [LAST - timedelta(days=back) for back in range(250)]
    rates = np.geomspace(0.5, 60, 20)
    level = np.where([day.weekday() < 5 for day in days], 1.0, 0.1)[:, None] * rates
    table = random.poisson(level * random.uniform(0.6, 1.4, (len(days), 1)))
    frame = (
        pd.DataFrame(table, index=days)
        .rename_axis("day")
        .reset_index()
        .melt("day", var_name="event", value_name="people")
    )
    assert [until for until in days[:180:2] if lost_events(frame, days, until)] == []


@pytest.mark.parametrize("days", [27, 34])
def test_the_beginning_is_looked_for_up_to_four_weeks_back(days):
    """Twenty-eight days, the last one included."""
    frame = people(40, Data_Export=gone_since(LAST - timedelta(days=days)))
    assert lost(frame) == [("Data Export", LAST - timedelta(days=27))]


@pytest.mark.parametrize(("others", "named"), [(0.25, []), (0.26, ["Data Export"])])
def test_more_than_a_quarter_of_the_other_events_must_go_on(others, named):
    """With a quarter or less, tracking as a whole is lost, or it is a holiday."""
    monday = date(2026, 11, 9)
    fewer = {name: lambda at, count: count * others if at >= monday else count for name in ("Login", "Atla_Query")}
    frame = people(400, **fewer, Data_Export=gone_since(monday))
    frame["people"] = frame["people"].where(pd.to_datetime(frame["day"]).dt.day_of_week < 5, 0)
    assert [event for event, _ in lost(frame)] == named
