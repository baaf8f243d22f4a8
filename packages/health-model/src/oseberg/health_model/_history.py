"""What earlier events tell: who does something for the first time, and for how long somebody has been a user.

Earlier are the events before the week, as far back as the caller gives them. Where none are given nothing is known, and
the answer is NaN: one week alone can't tell a new user from an old one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from oseberg.health_model._activity import Activity

    Floats = NDArray[np.float64]

DAY = 86_400_000_000  # microseconds
OF_HISTORY = ("first", "new_kinds", "tenure")
"""The measures that look beyond the week."""


def first_use(activity: Activity) -> Floats:
    """Tell which events a user did in this week and never before (1, else 0), shape (events, users)."""
    size = activity.users * activity.events
    now, before = np.zeros((2, size), dtype=bool)
    now[activity.cell] = before[activity.past_cell] = True
    return known(activity, (now & ~before).reshape(activity.events, activity.users).astype(np.float64))


def new_kinds(activity: Activity) -> Floats:
    """How many different things a user did for the first time."""
    return np.asarray(first_use(activity)[activity.by_user].sum(axis=0))


def first_week(activity: Activity) -> Floats:
    """Tell whose first week this is (1, else 0); who has done nothing yet is not new."""
    now, before = np.zeros((2, activity.users), dtype=bool)
    now[activity.user[activity.acted]] = before[acting_past(activity)[0]] = True
    return known(activity, (now & ~before).astype(np.float64))


def tenure(activity: Activity) -> Floats:
    """Days from a user's first event to the end of the week; NaN for those who have done nothing yet."""
    users, instants = acting_past(activity)
    first = np.full(activity.users, np.inf)
    np.minimum.at(first, activity.user[activity.acted], activity.instant[activity.acted])
    np.minimum.at(first, users, instants)
    days = np.where(np.isinf(first), np.nan, (activity.length - first) / DAY)
    return known(activity, days)


def acting_past(activity: Activity) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give user and instant of the earlier events that users did."""
    acted = activity.by_user[activity.past_cell // activity.users]
    return activity.past_cell[acted] % activity.users, activity.past_instant[acted]


def known(activity: Activity, values: Floats) -> Floats:
    """Give the values if there are earlier events at all, else NaN."""
    return values if activity.past_cell.size else np.full(values.shape, np.nan)
