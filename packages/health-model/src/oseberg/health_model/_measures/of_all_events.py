"""Measures of all of a user's events together in one week, over the events that users do.

Each function takes the week's activity and gives one number for each user, shape (users,); NaN where nothing can be
measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oseberg.health_model._measures.activity import Activity, Measure, once
from oseberg.health_model._measures.of_history import first_week, new_kinds, tenure
from oseberg.health_model._measures.of_one_event import (
    DAYS,
    WEEKEND,
    attempts,
    business,
    count,
    failures,
    minutes,
    objects,
    share,
    successes,
    weekend,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

HOURS = 24  # of the local clock: a working day is the customer's, not the server's


def summed(measure: Measure) -> Measure:
    """Add up an event measure over the events that users do."""
    return lambda activity: measure(activity)[activity.by_user].sum(axis=0)


def received(activity: Activity) -> Floats:
    """Number of system events that happened to the user."""
    return np.asarray(count(activity)[~activity.by_user].sum(axis=0))


@once
def clock(activity: Activity) -> Bools:
    """Whether a user did something in each hour of each day, shape (users, 7, 24)."""
    seen = np.zeros(activity.users * DAYS * HOURS, dtype=bool)
    seen[(activity.user * DAYS * HOURS + activity.hour)[activity.acted]] = True
    return seen.reshape(activity.users, DAYS, HOURS)


@once
def active(activity: Activity) -> Bools:
    """Whether a user did something on each day of the week, shape (users, 7)."""
    return np.asarray(clock(activity).any(axis=2))


def active_days(activity: Activity) -> Floats:
    """Number of days with an event of the user."""
    return np.asarray(active(activity).sum(axis=1, dtype=np.float64))


def streak(activity: Activity) -> Floats:
    """Length of the longest run of active days."""
    # Seven steps over all users at once, instead of a look at each user's week.
    run = best = np.zeros(activity.users)
    for day in active(activity).T:
        run = (run + 1) * day
        best = np.maximum(best, run)
    return best


def pause(activity: Activity) -> Floats:
    """Length of the longest run of idle days between two active ones."""
    on = active(activity)
    best, since = np.zeros(activity.users), np.full(activity.users, np.nan)
    for day, now in enumerate(on.T):
        best = np.where(now, np.fmax(best, day - since - 1), best)
        since = np.where(now, day, since)
    return best


@once
def session_count(activity: Activity) -> Floats:
    """Number of sessions in the week."""
    return np.bincount(activity.session[2], minlength=activity.users).astype(np.float64)


@once
def session_minutes(activity: Activity) -> Floats:
    """Minutes in all sessions of the week."""
    _, lengths, owner = activity.session
    return np.asarray(np.bincount(owner, weights=lengths, minlength=activity.users))


def longest_session(activity: Activity) -> Floats:
    """Minutes of the longest session."""
    _, lengths, owner = activity.session
    best = np.zeros(activity.users)
    np.maximum.at(best, owner, lengths)
    return best


def edge(activity: Activity, axis: int, *, last: bool = False) -> Floats:
    """Return the first (or last) day or hour with an event; NaN without one."""
    seen = np.asarray(clock(activity).any(axis=axis))
    place = seen.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1) if last else np.argmax(seen, axis=1)
    return np.where(seen.any(axis=1), place, np.nan)


def breadth(activity: Activity) -> Floats:
    """The share of the entitled features that was used."""
    used = (count(activity) > 0) & activity.entitled_features
    return share(used.sum(axis=0, dtype=np.float64), activity.entitled_features.sum(axis=0, dtype=np.float64))


def entropy(parts: Floats) -> Floats:
    """How evenly counts spread over their kinds, in bits (Shannon); NaN for somebody without any."""
    total = parts.sum(axis=0)
    shares = share(parts, total)
    bits = -np.nansum(shares * np.log2(shares, out=np.zeros_like(shares), where=shares > 0), axis=0) + 0.0
    return np.where(total > 0, bits, np.nan)


@once
def by_day(activity: Activity) -> Floats:
    """Number of events on each day, shape (7, users)."""
    cells = (activity.day * activity.users + activity.user)[activity.acted]
    counts = np.bincount(cells, minlength=activity.users * DAYS)
    return counts.reshape(DAYS, activity.users).astype(np.float64)


@once
def done(activity: Activity) -> Floats:
    """Number of each event that users do, shape (user events, users)."""
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
    "first": first_week,
    "new_kinds": new_kinds,
    "tenure": tenure,
}
