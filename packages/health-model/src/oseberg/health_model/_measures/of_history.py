"""Measures that need earlier events: first times, and for how long somebody has been a user.

Earlier are the events before the week, as far back as the caller gives them. Where none are given nothing is known, and
the answer is NaN: one week alone can't tell a new user from an old one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oseberg.health_model._measures.activity import Activity, once

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DAY = 86_400_000_000  # microseconds


def first_use(activity: Activity) -> Floats:
    """Whether a user did an event in this week and never before (1, else 0), shape (events, users)."""
    shape = activity.events, activity.users
    if not activity.past_cell.size:
        return np.full(shape, np.nan)
    now, before = np.zeros((2, activity.events * activity.users), dtype=bool)
    now[activity.cell] = before[activity.past_cell] = True
    return (now & ~before).reshape(shape).astype(np.float64)


def new_kinds(activity: Activity) -> Floats:
    """Number of different events that a user did for the first time."""
    return np.asarray(first_use(activity)[activity.by_user].sum(axis=0))


def first_week(activity: Activity) -> Floats:
    """Whether this is a user's first week (1, else 0); a user who has done nothing yet is not new."""
    first = first_instant(activity)
    return (first >= 0).astype(np.float64) if activity.past_cell.size else first


def tenure(activity: Activity) -> Floats:
    """Days from a user's first event, or first day as a user, to the end of the week; NaN where neither is known."""
    days = (activity.length - first_instant(activity)) / DAY
    if activity.roster.since is None:
        return days
    end = np.datetime64(activity.week.next().monday, "D")
    stated = (end - activity.roster.since).astype("timedelta64[D]").astype(np.float64)
    return np.fmax(days, np.where(np.isnat(activity.roster.since), np.nan, stated))


@once
def first_instant(activity: Activity) -> Floats:
    """Return each user's first event, in microseconds since the week began; NaN without one."""
    first = np.full(activity.users, np.nan)
    if activity.past_cell.size:
        event, user = np.divmod(activity.past_cell, activity.users)
        acted = activity.by_user[event]
        np.fmin.at(first, activity.user[activity.acted], activity.instant[activity.acted].astype(np.float64))
        np.fmin.at(first, user[acted], activity.past_instant[acted].astype(np.float64))
    return first
