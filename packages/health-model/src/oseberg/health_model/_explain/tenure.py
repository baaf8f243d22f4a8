"""Bands of tenure: how long somebody has been a user, which explains scores as much as their activity does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from oseberg.health_model._week import Week, mondays

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAYS = (90, 365, 730)  # onboarding, the first contract, and its first renewal
BANDS = ("under 90 days", "90 days to 1 year", "1 to 2 years", "2 years or more")
"""The bands; a day that is a bound belongs to the longer one."""


def with_tenure(users: pd.DataFrame) -> pd.DataFrame:
    """Add each user's band of tenure at the end of each week, if their first days are known.

    Args:
        users: week, and where known since (the first day as a user; missing where it is unknown).

    Returns:
        The frame with the column tenure: one of `BANDS`, or missing. One that has the column, or no days, is unchanged.
    """
    if "since" not in users or "tenure" in users:
        return users
    end = mondays(users["week"]).map(lambda monday: np.datetime64(Week(monday).next().monday, "D"))
    days = pd.to_datetime(users["since"]).dt.tz_localize(None).to_numpy("datetime64[D]")
    return users.assign(tenure=bands(days, end.to_numpy("datetime64[D]")))


def bands(since: NDArray[np.datetime64], end: NDArray[np.datetime64]) -> NDArray[np.object_]:
    """Return the band of each span of days; None where its first day is unknown."""
    lasted = (end - since).astype("timedelta64[D]").astype(np.int64)
    names: NDArray[np.object_] = np.array(BANDS, dtype=object)[np.digitize(lasted, DAYS)]
    names[np.isnat(since)] = None
    return names
