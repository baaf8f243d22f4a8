"""Statistics of small weeks that one can count by hand."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oseberg.health_model import DataError, HealthModel
from oseberg.health_model._measures.of_all_events import ANY_MEASURES
from oseberg.health_model._measures.of_one_event import EVENT_MEASURES
from oseberg.health_model._model.vocabulary import OF_ALL_EVENTS, OF_ONE_EVENT, OF_SYSTEM_EVENT
from tests.health_model.helpers import WEEK, at, events, row, users

MODEL = HealthModel.load()


def measured(*rows, people=None, **options):
    return MODEL.statistics(events(*rows), users(2) if people is None else people, WEEK, **options).loc[1]


def test_more_than_three_hundred_statistics_have_composed_names():
    """Names are event.measure.window."""
    frame = MODEL.statistics(events(row(1, "Login")), users(1), WEEK)
    names = [name for name in frame if "." in name]
    assert len(names) > 300
    assert {"atla_query.days.1w", "any.sessions.1w", "sol_alert_sent.objects.1w"} <= set(names)
    assert [metric.id for metric in MODEL.metrics] == list(frame.columns[6:36])


def test_only_model_leaves_out_the_rest_and_changes_nothing():
    """The short form has the same metrics."""
    data = events(row(1, "Atla Query", county="Lea"), row(2, "Login"))
    short, full = (MODEL.statistics(data, users(2), WEEK, only=only) for only in ("model", None))
    ids = [metric.id for metric in MODEL.metrics]
    pd.testing.assert_frame_equal(short[ids], full[ids])
    assert short.shape[1] < 90


def test_fewer_properties_suffice_for_the_metrics():
    """What the metrics read is less than what all statistics read, and enough."""
    names = [event.name for event in MODEL.definition.events.values()]
    text = dict.fromkeys(MODEL.properties, "x") | {"success": "true", "duration_seconds": "60"}
    data = events(*(row(1, name, **text) for name in names))
    assert set(MODEL.metric_properties) < set(MODEL.properties)
    less = data[["user_id", "event", "time", *MODEL.metric_properties]]
    whole, part = (MODEL.statistics(frame, users(1), WEEK, only="model") for frame in (data, less))
    pd.testing.assert_frame_equal(whole, part)


def test_counts_days_objects_and_sessions():
    """Counting by hand: three queries on two days in two counties; a gap of 31 minutes starts a session."""
    user = measured(
        row(1, "Atla Query", at(0, 9), county="Lea"),
        row(1, "Atla Query", at(0, 9, 30), county="Lea"),
        row(1, "Login", at(0, 10, 1)),
        row(1, "Atla Query", at(2, 23, 59), county="Reagan"),
    )
    assert user["atla_queries"] == 3
    assert user["atla_query_days"] == 2
    assert user["atla_counties"] == 2
    assert user["sessions"] == 3
    assert user["atla_query.sessions.1w"] == 2
    assert user["active_minutes"] == 31 + 1 + 1
    assert user["any.mean_minutes.1w"] == 11
    assert user["any.longest.1w"] == 31
    assert user["atla_query.first_hour.1w"] == 9
    assert user["atla_query.last_hour.1w"] == 23
    assert user["atla_query.share.1w"] == 0.75
    assert user["atla_query.per_active_day.1w"] == 1.5
    assert user["any.streak.1w"] == 1
    assert user["any.pause.1w"] == 1
    assert user["any.hours.1w"] == 3
    assert user["any.kinds.1w"] == 2


def test_any_block_of_a_week():
    """Weekend, business hours, streak, entropy and edges of a week."""
    done = (("Login", 3, 9), ("Login", 4, 7), ("Share", 5, 9), ("Share", 6, 9))
    user = measured(*(row(1, name, at(day, hour)) for name, day, hour in done))
    assert user["any.streak.1w"] == 4
    assert user["any.weekend.1w"] == 2
    assert user["any.weekend_share.1w"] == 0.5
    assert user["any.business_share.1w"] == 0.25
    assert user["business_day_coverage"] == 0.4
    assert user["any.entropy.1w"] == 1
    assert user["any.day_entropy.1w"] == 2
    assert user["any.busiest_day_share.1w"] == 0.25
    assert (user["any.first_day.1w"], user["any.last_day.1w"]) == (3, 6)
    assert (user["any.first_hour.1w"], user["any.last_hour.1w"]) == (7, 9)
    assert user["any.hours_of_day.1w"] == 2


def test_nobody_and_nothing():
    """Without events counts are 0, and what can't be measured is NaN; metrics are never NaN."""
    frame = MODEL.statistics(events(), users(3), WEEK)
    assert (frame["any.count.1w"] == 0).all()
    assert frame["any.first_hour.1w"].isna().all()
    assert not frame[[metric.id for metric in MODEL.metrics]].isna().any().any()
    assert not frame["active"].any()
    assert len(MODEL.statistics(events(), users(0), WEEK)) == 0


@pytest.mark.parametrize("kind", ["native", "text"])
def test_values_count_the_same_as_native_and_as_text(kind):
    """A stored event spells its scalars as JSON does."""
    values = [(True, 90), (False, 30), (None, None)]
    rows = [
        row(1, "Map Export", success=success if kind == "native" else {True: "true", False: "false"}.get(success),
            duration_seconds=seconds if kind == "native" or seconds is None else str(seconds))
        for success, seconds in values
    ]  # fmt: skip
    user = measured(*rows)
    assert user["map_export.successes.1w"] == 1
    assert user["map_export.errors.1w"] == 1
    assert user["map_export.attempts.1w"] == 2
    assert user["map_export.error_share.1w"] == 0.5
    assert user["map_export.minutes.1w"] == 2
    assert user["map_export.mean_minutes.1w"] == pytest.approx(2 / 3)
    assert user["map_export.longest.1w"] == 1.5
    assert user["export_success"] == pytest.approx(1 / 3)  # 1 of at least 3


def test_bad_durations_count_nothing():
    """Neither negative nor endless nor unreadable durations do harm."""
    rows = [row(1, "API Call", duration_seconds=value) for value in ("-5", "inf", "soon", "60")]
    assert measured(*rows)["api_call.minutes.1w"] == 1


def test_system_events_make_passive_only_and_never_active():
    """Mail sent to somebody is not their activity."""
    frame = MODEL.statistics(
        events(row(1, "Sol Alert Sent", alert_id="a"), row(2, "Sol Alert Sent", alert_id="a"), row(2, "Login")),
        users(3),
        WEEK,
    )
    assert frame["active"].tolist() == [False, True, False]
    assert frame["passive_only"].tolist() == [True, False, False]
    assert frame["sessions"].tolist() == [0, 1, 0]
    assert frame["any.received.1w"].tolist() == [1, 1, 0]


def test_open_shares_count_distinct_mail_and_stop_at_one():
    """Opening an alert twice is one alert opened; old alerts opened don't lift the share above 1."""
    sent = [row(1, "Sol Alert Sent", alert_id=name) for name in "abcd"]
    opened = [row(1, "Sol Alert Open", alert_id=name) for name in "aab"]
    assert measured(*sent, *opened)["sol_alert_open_share"] == 0.5
    many = [row(1, "Sol Alert Open", alert_id=name) for name in "abcdefgh"]
    assert measured(*sent, *many)["sol_alert_open_share"] == 1
    assert measured(*many)["sol_alert_open_share"] == 1
    assert measured(row(1, "Login"))["sol_alert_open_share"] == 0


def test_breadth_counts_entitled_features_only():
    """Who bought Sol alone can use all of it."""
    people = users(2, products=["Sol", None])
    features = [event for event in MODEL.definition.events.values() if event.feature and event.actor == "user"]
    names = [event.name for event in features if event.product == "Sol"]
    frame = MODEL.statistics(events(*(row(n, name) for n in (1, 2) for name in names)), people, WEEK)
    shared = [event for event in features if event.product is None]
    assert frame.loc[1, "feature_breadth"] == len(names) / (len(names) + len(shared))
    assert frame.loc[2, "feature_breadth"] == len(names) / 19


def test_other_weeks_users_and_events_are_left_aside():
    """The week begins and ends at midnight in the model's zone."""
    since, until = MODEL.event_window(WEEK)
    inside = [row(1, "Login", pd.Timestamp(since)), row(1, "Login", pd.Timestamp(until) - pd.Timedelta(1, "us"))]
    outside = [row(1, "Login", pd.Timestamp(until)), row(1, "Login", pd.Timestamp(since) - pd.Timedelta(1, "us"))]
    strangers = [row(77, "Login"), row(1, "$mp_web_page_view"), {**row(1, "Login"), "user_id": None}]
    assert measured(*inside, *outside, *strangers)["any.count.1w"] == 2


@pytest.mark.parametrize(("week", "hours"), [("2026-W10", 167), ("2026-W44", 169), ("2026-W46", 168)])
def test_weeks_with_a_change_of_clocks(week, hours):
    """A week in spring lacks an hour, one in autumn has one more; days are days on the clock."""
    since, until = MODEL.event_window(week)
    assert (until - since).total_seconds() == 3600 * hours
    every_hour = pd.date_range(since, until, freq="h", inclusive="left")
    frame = MODEL.statistics(events(*(row(1, "Login", time) for time in every_hour)), users(1), week)
    assert frame.loc[1, "any.count.1w"] == hours
    assert frame.loc[1, "active_days"] == 7
    assert frame.loc[1, "any.business_share.1w"] == 50 / hours


def test_a_frame_of_nothing_is_a_week_without_events():
    """Columns that pandas made of empty lists have no types, and need none."""
    nothing = pd.DataFrame({"user_id": [], "event": [], "time": []})
    assert MODEL.statistics(nothing, users(2), WEEK)["any.count.1w"].tolist() == [0, 0]


def test_only_enabled_users_are_measured():
    """A disabled user takes part in nothing; unknown means enabled."""
    people = users(3, enabled=pd.array([True, False, None], dtype="boolean"))
    assert MODEL.statistics(events(), people, WEEK).index.tolist() == [1, 3]


def test_users_may_be_a_plain_list():
    """A notebook needs no frame of users."""
    assert MODEL.statistics(events(row(5, "Login")), [{"user_id": 5}], WEEK)["active"].tolist() == [True]


def test_ids_may_be_text():
    """Other products name users by text."""
    data = events(row(1, "Login")).assign(user_id=["ann"])
    assert MODEL.statistics(data, [{"user_id": "ann"}], WEEK)["active"].tolist() == [True]


@pytest.mark.parametrize(
    ("frame", "people", "message"),
    [
        (events().drop(columns="event"), users(1), "lacks column 'event'"),
        (events().assign(time=pd.Series(dtype="datetime64[us]")), users(1), "no time zone"),
        (events(), pd.DataFrame({"id": [1]}), "lacks column 'user_id'"),
        (events(), pd.DataFrame({"user_id": [1, 1]}), "1 appears twice"),
        (events(), pd.DataFrame({"user_id": [1, None]}), "one is missing"),
        (events(row(1, "Login")).astype({"user_id": str}), users(1), "different types"),
    ],
)
def test_unusable_frames_are_refused_with_a_sentence(frame, people, message):
    """What would quietly give zeros is an error instead."""
    with pytest.raises(DataError, match=message):
        MODEL.statistics(frame, people, WEEK)


def test_missing_times_are_left_aside():
    """An event without a time belongs to no week."""
    data = events(row(1, "Login"), row(1, "Login"))
    data.loc[1, "time"] = pd.NaT
    assert MODEL.statistics(data, users(1), WEEK).loc[1, "any.count.1w"] == 1


def test_order_of_events_does_not_matter():
    """Any order of rows gives the same statistics."""
    random = np.random.default_rng(3)
    data = events(*(row(1 + n % 5, "Share", at(n % 7, n % 24, n % 60), recipient=n % 11) for n in range(300)))
    shuffled = data.iloc[random.permutation(len(data))]
    pd.testing.assert_frame_equal(MODEL.statistics(data, users(5), WEEK), MODEL.statistics(shuffled, users(5), WEEK))


def test_events_that_the_model_does_not_name_are_counted():
    """What is left aside is reported, most first."""
    data = events(row(1, "Login"), *(row(1, "Strange") for _ in range(3)), row(1, "Odd"))
    assert MODEL.unknown_events(data) == {"Strange": 3, "Odd": 1}


def test_a_blank_object_is_none():
    """An empty text names nothing."""
    assert measured(row(1, "Share", recipient=""), row(1, "Share", recipient="ann"))["share_recipients"] == 1


@pytest.mark.parametrize("written", [["True", "False"], ["t", "f"], [1, 0], [1.0, 0.0], [None, "no"], [True, False]])
def test_disabled_users_are_left_out_however_it_is_written(written):
    """Text from a CSV file says no as well as a boolean does; missing means yes."""
    frame = MODEL.statistics(events(row(1, "Share")), users(2, enabled=written), WEEK)
    assert frame.index.tolist() == [1]


def test_neither_yes_nor_no_is_refused():
    """A disabled user who counted as a license would pull the company down."""
    with pytest.raises(DataError, match=r"`enabled` holds 'maybe'\. Write true or false"):
        MODEL.statistics(events(row(1, "Share")), users(1, enabled=["maybe"]), WEEK)


def test_products_may_be_a_list():
    """A list is what a program has; the metrics of Sol are left out for a user of Atla alone."""
    people = users(2, products=[["Atla"], ["Atla", "Sol"]])
    frame = MODEL.statistics(events(row(1, "Share")), people, WEEK)
    assert frame["products"].tolist() == ["Atla", "Atla;Sol"]


def test_properties_may_be_lists():
    """Mixpanel's properties may be lists and mappings: equal ones are one object."""
    user = measured(
        row(1, "Atla Query", county=["Lea"]),
        row(1, "Atla Query", county=["Lea"]),
        row(1, "Atla Query", county={"a": 1}),
    )
    assert user["atla_counties"] == 2


def test_arrows_types_are_read():
    """A frame of Arrow's types, as Parquet gives it on request, has the same statistics."""
    data = events(row(1, "Atla Query", county="Lea"), row(2, "Login"))
    arrow = MODEL.statistics(data.convert_dtypes(dtype_backend="pyarrow"), users(2), WEEK)
    pd.testing.assert_frame_equal(arrow, MODEL.statistics(data, users(2), WEEK))


def test_the_vocabulary_names_what_can_be_measured():
    """The names that a model file may use are those of the functions, in the same order."""
    assert tuple(EVENT_MEASURES) == OF_ONE_EVENT
    assert tuple(ANY_MEASURES) == OF_ALL_EVENTS
    assert set(OF_SYSTEM_EVENT) <= set(EVENT_MEASURES)


def dated(**columns):
    """Return the ids of users that count in 2026-W46 (9 to 15 November)."""
    people = pd.DataFrame({"user_id": range(1, len(next(iter(columns.values()))) + 1), **columns})
    return MODEL.statistics(events(), people, WEEK, only="model").index.tolist()


def test_a_user_counts_in_the_weeks_that_the_interval_covers():
    """Half-open days: joining on Sunday counts, leaving on Monday does not; an open end has no limit."""
    since = ["2026-11-15", "2026-11-16", None, "2026-01-01", "2026-01-01", "2026-11-10", "2026-11-12"]
    until = [None, None, None, "2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12"]
    assert dated(since=since, until=until) == [1, 3, 5, 6]
    days = [None if text is None else date.fromisoformat(text) for text in until]
    assert dated(until=days) == [1, 2, 3, 5, 6, 7]
    assert dated(since=pd.to_datetime(pd.Series(since)).dt.tz_localize("UTC")) == [1, 3, 4, 5, 6, 7]


def test_somebody_who_is_disabled_by_now_counts_until_then():
    """Today's state says nothing of the weeks before; without a day it is all that is known."""
    assert dated(enabled=[False, False, True], until=["2026-12-01", None, None]) == [1, 3]
    assert dated(enabled=[False, True, True], until=["2026-11-09", None, None]) == [2, 3]


def test_a_disabled_span_of_a_history_does_not_count():
    """Enabled, disabled for the week, enabled again: each row holds in its own time."""
    people = pd.DataFrame(
        {
            "user_id": [1, 1, 1, 2],
            "enabled": [True, False, True, True],
            "since": ["2026-01-01", "2026-11-08", "2026-11-20", None],
            "until": ["2026-11-08", "2026-11-20", None, None],
        }
    )
    counted = {week: MODEL.statistics(events(), people, week).index.tolist() for week in ("2026-W45", WEEK, "2026-W47")}
    assert counted == {"2026-W45": [1, 2], WEEK: [2], "2026-W47": [1, 2]}


def test_the_last_facts_of_a_week_count():
    """Somebody who changed company and products in the week belongs to the new one, with its entitlement."""
    people = pd.DataFrame(
        {
            "user_id": [1, 2, 1, 1],
            "group_id": [10, 20, 30, 40],
            "products": ["Atla", "Atla", "Sol", "Atla;Sol"],
            "since": ["2026-01-01", "2026-01-01", "2026-11-12", "2026-11-16"],
            "until": ["2026-11-12", None, "2026-11-16", None],
        }
    )
    frame = MODEL.statistics(events(), people, WEEK, only="model")
    assert frame["group_id"].to_dict() == {2: 20, 1: 30}
    assert frame.loc[1, "products"] == "Sol"
    before = MODEL.statistics(events(), people, "2026-W45", only="model")
    assert before["group_id"].to_dict() == {1: 10, 2: 20}


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 20), st.integers(1, 20)), max_size=12))
def test_roster_changes_after_a_week_never_change_what_it_says(changes):
    """Whatever is added or closed from the next Monday on, the week's frame is identical."""
    known = pd.DataFrame({"user_id": [1, 2], "since": ["2026-01-01"] * 2, "until": [None, None]})
    later = date(2026, 11, 16)
    ends = [later + timedelta(days=days) for _, days, _ in changes[:2]]
    closed = known.assign(until=[*ends, None, None][:2])
    added = pd.DataFrame(
        [(user, later + timedelta(days=days), None) for user, days, _ in changes], columns=["user_id", "since", "until"]
    )
    before = MODEL.statistics(events(row(1, "Share")), known, WEEK, only="model")
    after = MODEL.statistics(
        events(row(1, "Share")), pd.concat([closed, added.astype({"user_id": "int64"})]), WEEK, only="model"
    )
    pd.testing.assert_frame_equal(before, after)


def test_dates_that_are_none_are_refused():
    """The column is named, with how to write it."""
    with pytest.raises(DataError, match=r"`since` holds values that are not dates .*2026-11-09"):
        dated(since=["someday"])
