"""What can be measured of an event, and of all of a user's events together, in one week.

Each function takes the week's activity. `EVENT_MEASURES` give a table of shape (events, users), `ANY_MEASURES` one
number for each user, shape (users,), over the events that users do. Where nothing can be measured (a mean of nothing,
the first hour of no event) the answer is NaN; counts are 0.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from oseberg.health_model._activity import Activity

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Measure = Callable[[Activity], Floats]

Table = TypeVar("Table")

WEEKEND = 5  # Saturday's number
DAYS, HOURS = 7, 24


def once(measure: Callable[[Activity], Table]) -> Callable[[Activity], Table]:
    """Keep a measure's table while its activity lives: several measures build on the counts and days."""

    @wraps(measure)
    def kept(activity: Activity) -> Table:
        if measure not in activity.kept:
            activity.kept[measure] = measure(activity)
        result: Table = activity.kept[measure]
        return result

    return kept


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
    """Tell which rows lie on a Saturday or Sunday."""
    return np.asarray(activity.day >= WEEKEND)


def business_rows(activity: Activity) -> Bools:
    """Tell which rows lie within business hours, Monday to Friday."""
    first, last = activity.definition.business_hours
    hour = activity.time_of_day
    return (hour >= first) & (hour < last) & ~weekend_rows(activity)


@once
def count(activity: Activity) -> Floats:
    """How often."""
    return table(activity)


@once
def days(activity: Activity) -> Floats:
    """On how many days."""
    seen = np.zeros((DAYS, activity.users * activity.events), dtype=bool)
    seen[activity.day, activity.cell] = True
    return np.asarray(seen.sum(axis=0, dtype=np.uint8), dtype=np.float64).reshape(activity.events, activity.users)


@once
def sessions(activity: Activity) -> Floats:
    """In how many sessions."""
    number, _, owner = activity.session
    seen = pd.unique(number * activity.events + activity.event[activity.acted])
    cells = seen % activity.events * activity.users + owner[seen // activity.events]
    size = activity.users * activity.events
    return np.bincount(cells, minlength=size).astype(np.float64).reshape(activity.events, activity.users)


@once
def objects(activity: Activity) -> Floats:
    """On how many different objects."""
    size = activity.users * activity.events
    return np.bincount(activity.things, minlength=size).astype(np.float64).reshape(activity.events, activity.users)


@once
def minutes(activity: Activity) -> Floats:
    """Minutes, from `duration_seconds`."""
    return table(activity, weights=activity.minutes)


def longest(activity: Activity) -> Floats:
    """The longest one, in minutes."""
    return extreme(activity, np.maximum, activity.minutes, 0.0)


def extreme(activity: Activity, pick: np.ufunc, values: Floats, start: float) -> Floats:
    """Keep the largest or smallest of a user's values for each event."""
    kept = np.full(activity.users * activity.events, start)
    pick.at(kept, activity.cell, values)
    return kept.reshape(activity.events, activity.users)


def first_hour(activity: Activity) -> Floats:
    """The earliest hour of the day."""
    return extreme(activity, np.fmin, (activity.time_of_day).astype(np.float64), np.nan)


def last_hour(activity: Activity) -> Floats:
    """The latest hour of the day."""
    return extreme(activity, np.fmax, (activity.time_of_day).astype(np.float64), np.nan)


def share_of_events(activity: Activity) -> Floats:
    """Its share of all that the user did."""
    counts = count(activity)
    return share(counts, counts[activity.by_user].sum(axis=0))


@once
def weekend(activity: Activity) -> Floats:
    """How often on a Saturday or Sunday."""
    return table(activity, weekend_rows(activity))


@once
def business(activity: Activity) -> Floats:
    """How often within business hours."""
    return table(activity, business_rows(activity))


@once
def failures(activity: Activity) -> Floats:
    """How often without success."""
    return table(activity, activity.success == 0)


@once
def successes(activity: Activity) -> Floats:
    """How often with success."""
    return table(activity, activity.success == 1)


@once
def attempts(activity: Activity) -> Floats:
    """How often the event says whether it succeeded."""
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
}
SYSTEM_MEASURES = ("count", "days", "objects", "weekend")

OF_SUCCESS = ("errors", "error_share", "attempts", "successes", "success_share")
"""The measures that read the property `success`."""
OF_DURATION = ("minutes", "mean_minutes", "longest", "durations")
"""The measures that read `duration_seconds` (of an event; minutes of all together are those of sessions)."""


def summed(measure: Measure) -> Measure:
    """Add up an event measure over the events that users do."""
    return lambda activity: measure(activity)[activity.by_user].sum(axis=0)


def received(activity: Activity) -> Floats:
    """How many system events happened to the user."""
    return np.asarray(count(activity)[~activity.by_user].sum(axis=0))


@once
def clock(activity: Activity) -> Bools:
    """In which hours of which days a user did something, shape (users, 7, 24)."""
    seen = np.zeros(activity.users * DAYS * HOURS, dtype=bool)
    seen[(activity.user * DAYS * HOURS + activity.hour)[activity.acted]] = True
    return seen.reshape(activity.users, DAYS, HOURS)


@once
def active(activity: Activity) -> Bools:
    """On which days of the week a user did something, shape (users, 7)."""
    return np.asarray(clock(activity).any(axis=2))


def active_days(activity: Activity) -> Floats:
    """On how many days."""
    return np.asarray(active(activity).sum(axis=1, dtype=np.float64))


def streak(activity: Activity) -> Floats:
    """The longest run of days in a row."""
    run = best = np.zeros(activity.users)
    for day in active(activity).T:
        run = (run + 1) * day
        best = np.maximum(best, run)
    return best


def pause(activity: Activity) -> Floats:
    """The longest run of days without anything between two active days."""
    on = active(activity)
    best, since = np.zeros(activity.users), np.full(activity.users, np.nan)
    for day, now in enumerate(on.T):
        best = np.where(now, np.fmax(best, day - since - 1), best)
        since = np.where(now, day, since)
    return best


@once
def session_count(activity: Activity) -> Floats:
    """In how many sessions."""
    return np.bincount(activity.session[2], minlength=activity.users).astype(np.float64)


@once
def session_minutes(activity: Activity) -> Floats:
    """Minutes in all sessions."""
    _, lengths, owner = activity.session
    return np.asarray(np.bincount(owner, weights=lengths, minlength=activity.users))


def longest_session(activity: Activity) -> Floats:
    """Minutes of the longest session."""
    _, lengths, owner = activity.session
    best = np.zeros(activity.users)
    np.maximum.at(best, owner, lengths)
    return best


def edge(activity: Activity, axis: int, *, last: bool = False) -> Floats:
    """Give the first (or last) day or hour with anything; NaN without."""
    seen = np.asarray(clock(activity).any(axis=axis))
    place = seen.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1) if last else np.argmax(seen, axis=1)
    return np.where(seen.any(axis=1), place, np.nan)


def breadth(activity: Activity) -> Floats:
    """The share of the entitled features that was used."""
    used = (count(activity) > 0) & activity.entitled_features
    return share(used.sum(axis=0, dtype=np.float64), activity.entitled_features.sum(axis=0, dtype=np.float64))


def entropy(parts: Floats) -> Floats:
    """How evenly counts spread over their kinds, in bits (Shannon)."""
    shares = share(parts, parts.sum(axis=0))
    return np.asarray(-np.nansum(shares * np.log2(shares, out=np.zeros_like(shares), where=shares > 0), axis=0) + 0.0)


@once
def by_day(activity: Activity) -> Floats:
    """How often on each day, shape (7, users)."""
    cells = (activity.day * activity.users + activity.user)[activity.acted]
    counts = np.bincount(cells, minlength=activity.users * DAYS)
    return counts.reshape(DAYS, activity.users).astype(np.float64)


@once
def done(activity: Activity) -> Floats:
    """How often each thing that users do, shape (user events, users)."""
    return count(activity)[activity.by_user]


def top_share(parts: Floats) -> Floats:
    """The largest part's share of the whole."""
    return share(parts.max(axis=0, initial=0.0), parts.sum(axis=0))


ANY_MEASURES: dict[str, Measure] = {
    "count": summed(count),
    "days": active_days,
    "sessions": session_count,
    "minutes": session_minutes,
    "mean_minutes": lambda activity: share(session_minutes(activity), session_count(activity)),
    "longest": longest_session,
    "durations": summed(minutes),
    "kinds": lambda activity: (done(activity) > 0).sum(axis=0, dtype=np.float64),
    "breadth": breadth,
    "objects": summed(objects),
    "hours": lambda activity: clock(activity).sum(axis=(1, 2), dtype=np.float64),
    "hours_of_day": lambda activity: np.asarray(clock(activity).any(axis=1)).sum(axis=1, dtype=np.float64),
    "first_hour": lambda activity: edge(activity, 1),
    "last_hour": lambda activity: edge(activity, 1, last=True),
    "first_day": lambda activity: edge(activity, 2),
    "last_day": lambda activity: edge(activity, 2, last=True),
    "streak": streak,
    "pause": pause,
    "business_days": lambda activity: active(activity)[:, :WEEKEND].sum(axis=1, dtype=np.float64),
    "business_day_share": lambda activity: active(activity)[:, :WEEKEND].sum(axis=1) / WEEKEND,
    "business_share": lambda activity: share(summed(business)(activity), summed(count)(activity)),
    "weekend": summed(weekend),
    "weekend_share": lambda activity: share(summed(weekend)(activity), summed(count)(activity)),
    "entropy": lambda activity: entropy(done(activity)),
    "day_entropy": lambda activity: entropy(by_day(activity)),
    "top_event_share": lambda activity: top_share(done(activity)),
    "busiest_day_share": lambda activity: top_share(by_day(activity)),
    "per_active_day": lambda activity: share(summed(count)(activity), active_days(activity)),
    "per_session": lambda activity: share(summed(count)(activity), session_count(activity)),
    "errors": summed(failures),
    "error_share": lambda activity: share(summed(failures)(activity), summed(attempts)(activity)),
    "attempts": summed(attempts),
    "successes": summed(successes),
    "success_share": lambda activity: share(summed(successes)(activity), summed(attempts)(activity)),
    "received": received,
}
