"""The meaning of each measure in a sentence, with unit and range; with an event, a measure is a statistic."""

from __future__ import annotations

import pandas as pd

from oseberg.health_model._model.definition import Definition

ANY = "any"
WEEK_HOURS = 168  # on the local clock; when clocks change, two real hours are one of these, or one is missing
DAY_HOURS = 24
INFINITE = float("inf")

Meaning = tuple[str, str, float, float]
"""A sentence with `{}` for the event, a unit, the smallest and the largest value."""

OF_ONE_EVENT: dict[str, Meaning] = {
    "count": ("Number of {} events.", "events", 0, INFINITE),
    "days": ("Number of days with {}.", "days", 0, 7),
    "sessions": ("Number of sessions with {}.", "sessions", 0, INFINITE),
    "objects": ("Number of different objects of {}.", "objects", 0, INFINITE),
    "minutes": ("Minutes spent in {}, from duration_seconds.", "minutes", 0, INFINITE),
    "mean_minutes": ("Mean minutes of one {}; missing without any.", "minutes", 0, INFINITE),
    "longest": ("Minutes of the longest {}.", "minutes", 0, INFINITE),
    "first_hour": ("Earliest hour of the day of {}; missing without any.", "hour", 0, 23),
    "last_hour": ("Latest hour of the day of {}; missing without any.", "hour", 0, 23),
    "share": ("Share of {} in all that the user did; missing for idle users.", "share", 0, 1),
    "business_share": ("Share of {} within business hours; missing without any.", "share", 0, 1),
    "weekend": ("Number of {} events on a Saturday or Sunday.", "events", 0, INFINITE),
    "per_active_day": ("Number of {} events per day with any; missing without.", "events", 1, INFINITE),
    "errors": ("Number of {} events that state they failed.", "events", 0, INFINITE),
    "error_share": ("Share of {} that failed, of those that state it; missing without.", "share", 0, 1),
    "attempts": ("Number of {} events that state whether they succeeded.", "events", 0, INFINITE),
    "successes": ("Number of {} events that state they succeeded.", "events", 0, INFINITE),
    "first": ("Whether the user did {} for the first time; missing without earlier events.", "yes or no", 0, 1),
}

OF_ALL_EVENTS: dict[str, Meaning] = {
    "count": ("Number of events that the user did.", "events", 0, INFINITE),
    "days": ("Number of days on which the user did something.", "days", 0, 7),
    "sessions": ("Number of sessions: runs of events with gaps of at most the model's.", "sessions", 0, INFINITE),
    "minutes": ("Minutes in all sessions, each from its first to its last event plus one.", "minutes", 0, INFINITE),
    "mean_minutes": ("Mean minutes of a session; missing for idle users.", "minutes", 1, INFINITE),
    "longest": ("Minutes of the longest session.", "minutes", 0, INFINITE),
    "durations": ("Minutes that events state in duration_seconds.", "minutes", 0, INFINITE),
    "kinds": ("Number of different events that the user did.", "events", 0, INFINITE),
    "breadth": ("Share of the features that the user is entitled to and used.", "share", 0, 1),
    "objects": ("Number of different objects, added up over events.", "objects", 0, INFINITE),
    "hours": ("Number of different hours of the week with an event.", "hours", 0, WEEK_HOURS),
    "hours_of_day": ("Number of different hours of the day with an event.", "hours", 0, DAY_HOURS),
    "first_hour": ("Earliest hour of the day; missing for idle users.", "hour", 0, 23),
    "last_hour": ("Latest hour of the day; missing for idle users.", "hour", 0, 23),
    "first_day": ("First active day, 0 for Monday; missing for idle users.", "weekday", 0, 6),
    "last_day": ("Last active day, 0 for Monday; missing for idle users.", "weekday", 0, 6),
    "streak": ("Length of the longest run of active days.", "days", 0, 7),
    "pause": ("Length of the longest run of idle days between two active ones.", "days", 0, 5),
    "business_days": ("Number of active days from Monday to Friday.", "days", 0, 5),
    "business_day_share": ("Share of Monday to Friday that was active.", "share", 0, 1),
    "business_share": ("Share of the events within business hours; missing for idle users.", "share", 0, 1),
    "weekend": ("Number of events on a Saturday or Sunday.", "events", 0, INFINITE),
    "weekend_share": ("Share of the events on a Saturday or Sunday; missing for idle users.", "share", 0, 1),
    "entropy": ("How evenly the user's events spread over their kinds; missing for idle users.", "bits", 0, INFINITE),
    "day_entropy": ("How evenly the user's events spread over the days; missing for idle users.", "bits", 0, 2.81),
    "top_event_share": ("Share of the most frequent event; missing for idle users.", "share", 0, 1),
    "busiest_day_share": ("Share of the busiest day; missing for idle users.", "share", 0, 1),
    "per_active_day": ("Number of events per active day; missing for idle users.", "events", 1, INFINITE),
    "per_session": ("Number of events per session; missing for idle users.", "events", 1, INFINITE),
    "errors": ("Number of events that state they failed.", "events", 0, INFINITE),
    "error_share": ("Share of events that failed, of those that state it; missing without.", "share", 0, 1),
    "attempts": ("Number of events that state whether they succeeded.", "events", 0, INFINITE),
    "successes": ("Number of events that state they succeeded.", "events", 0, INFINITE),
    "success_share": ("Share of events that succeeded, of those that state it; missing without.", "share", 0, 1),
    "received": ("Number of system events that happened to the user.", "events", 0, INFINITE),
    "first": ("Whether this is the user's first week; missing without earlier events.", "yes or no", 0, 1),
    "new_kinds": ("Number of events done for the first time; missing without earlier events.", "events", 0, INFINITE),
    "tenure": ("Days since the user's first event or first day as a user; missing if unknown.", "days", 0, INFINITE),
}


def describe_statistics(definition: Definition) -> pd.DataFrame:
    """Describe every statistic of a model.

    Args:
        definition: The model's definition.

    Returns:
        A row for each statistic in the order of `HealthModel.statistics`: statistic, meaning (a sentence), unit, lowest
        and highest (infinite where unbounded).
    """
    rows = []
    for name in definition.statistic_names():
        event, measure, _ = name.split(".")
        sentence, unit, lowest, highest = (OF_ALL_EVENTS if event == ANY else OF_ONE_EVENT)[measure]
        subject = "" if event == ANY else definition.events[event].name
        rows.append((name, sentence.format(subject), unit, float(lowest), float(highest)))
    return pd.DataFrame(rows, columns=["statistic", "meaning", "unit", "lowest", "highest"])
