"""Measures of each event of a user in one week.

Each function takes the week's activity and gives a table of shape (events, users). Where nothing can be measured (a
mean of nothing, the first hour of no event) the answer is NaN; counts are 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oseberg.health_model._measures.activity import Activity, Measure, once
from oseberg.health_model._measures.of_history import first_use

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

# A week has 168 hours on the local clock, whatever the zone does.
WEEKEND = 5  # Saturday's number
DAYS = 7


def table(activity: Activity, rows: Bools | slice = slice(None), weights: Floats | None = None) -> Floats:
    """Count rows (or add up their weights) for each event and user."""
    size = activity.users * activity.events
    cells = activity.cell[rows]
    values = np.bincount(cells, weights=None if weights is None else weights[rows], minlength=size)
    return np.asarray(values, dtype=np.float64).reshape(activity.events, activity.users)


def share(part: Floats, whole: Floats) -> Floats:
    """Divide where there is something to divide by; NaN elsewhere."""
    result: Floats = np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole > 0)
    return result


def weekend_rows(activity: Activity) -> Bools:
    """Whether each row is on a Saturday or Sunday."""
    return np.asarray(activity.day >= WEEKEND)


def business_rows(activity: Activity) -> Bools:
    """Whether each row is within business hours, Monday to Friday."""
    first, last = activity.definition.business_hours
    hour = activity.time_of_day
    return (hour >= first) & (hour < last) & ~weekend_rows(activity)


@once
def count(activity: Activity) -> Floats:
    """Number of events."""
    return table(activity)


@once
def days(activity: Activity) -> Floats:
    """Number of days with the event."""
    seen = np.zeros((DAYS, activity.users * activity.events), dtype=bool)
    seen[activity.day, activity.cell] = True
    return np.asarray(seen.sum(axis=0, dtype=np.uint8), dtype=np.float64).reshape(activity.events, activity.users)


@once
def sessions(activity: Activity) -> Floats:
    """Number of sessions with the event."""
    number, _, owner = activity.session
    seen = pd.unique(number * activity.events + activity.event[activity.acted])
    cells = seen % activity.events * activity.users + owner[seen // activity.events]
    size = activity.users * activity.events
    return np.bincount(cells, minlength=size).astype(np.float64).reshape(activity.events, activity.users)


@once
def objects(activity: Activity) -> Floats:
    """Number of different objects of the event."""
    size = activity.users * activity.events
    return np.bincount(activity.things, minlength=size).astype(np.float64).reshape(activity.events, activity.users)


@once
def minutes(activity: Activity) -> Floats:
    """Minutes spent, from `duration_seconds`."""
    return table(activity, weights=activity.minutes)


def longest(activity: Activity) -> Floats:
    """Minutes of the longest event."""
    return extreme(activity, np.maximum, activity.minutes, 0.0)


def extreme(activity: Activity, pick: np.ufunc, values: Floats, start: float) -> Floats:
    """Keep the largest or smallest of a user's values for each event."""
    kept = np.full(activity.users * activity.events, start)
    pick.at(kept, activity.cell, values)
    return kept.reshape(activity.events, activity.users)


def first_hour(activity: Activity) -> Floats:
    """Earliest hour of the day with the event."""
    return extreme(activity, np.fmin, (activity.time_of_day).astype(np.float64), np.nan)


def last_hour(activity: Activity) -> Floats:
    """Latest hour of the day with the event."""
    return extreme(activity, np.fmax, (activity.time_of_day).astype(np.float64), np.nan)


def share_of_events(activity: Activity) -> Floats:
    """The event's share of all that the user did."""
    counts = count(activity)
    return share(counts, counts[activity.by_user].sum(axis=0))


@once
def weekend(activity: Activity) -> Floats:
    """Number of events on a Saturday or Sunday."""
    return table(activity, weekend_rows(activity))


@once
def business(activity: Activity) -> Floats:
    """Number of events within business hours."""
    return table(activity, business_rows(activity))


@once
def failures(activity: Activity) -> Floats:
    """Number of events that state they failed."""
    return table(activity, activity.success == 0)


@once
def successes(activity: Activity) -> Floats:
    """Number of events that state they succeeded."""
    return table(activity, activity.success == 1)


@once
def attempts(activity: Activity) -> Floats:
    """Number of events that state whether they succeeded."""
    return table(activity, activity.success >= 0)


EVENT_MEASURES: dict[str, Measure] = {
    "count": count,
    "days": days,
    "sessions": sessions,
    "objects": objects,
    "minutes": minutes,
    "mean_minutes": lambda activity: share(minutes(activity), count(activity)),
    "longest": longest,
    "first_hour": first_hour,
    "last_hour": last_hour,
    "share": share_of_events,
    "business_share": lambda activity: share(business(activity), count(activity)),
    "weekend": weekend,
    "per_active_day": lambda activity: share(count(activity), days(activity)),
    "errors": failures,
    "error_share": lambda activity: share(failures(activity), attempts(activity)),
    "attempts": attempts,
    "successes": successes,
    "first": first_use,
}
