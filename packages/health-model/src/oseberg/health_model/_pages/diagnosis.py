"""What is the matter with a company, in sentences that a person can take to the phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oseberg.health_model._rounding import half_up
from oseberg.health_model._week import Week

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

HALF = 0.5
MANY_UNUSED = 5


def why(row: Mapping[Any, Any]) -> str:
    """Describe what a company's latest score comes from.

    Args:
        row: One row of `company_scores`.
    """
    users, active = int(row["users"]), int(row["active_users"])
    passive = passive_users(row)
    if not active:
        mail = f"{passive} of {users} users only receive automatic mail" if passive else "no automatic mail was sent"
        return f"Nobody was active, and {mail}."
    mean = f"{half_up(row['active_score']):.2f}"
    if row["adoption"] < HALF:
        return f"{users - active} of {users} licenses were unused; active users alone average {mean}."
    told = f"{active} of {users} users were active and average {mean}"
    one = active > 1 and row["concentration"] >= HALF
    return (
        f"{told}; one user holds {half_up(100 * row['concentration'], 0):.0f} % of all points." if one else f"{told}."
    )


def passive_users(row: Mapping[Any, Any]) -> int:
    """Count the users who only have system events."""
    return round(float(row["passive_share"]) * int(row["users"]))


def is_underused(row: Mapping[Any, Any]) -> bool:
    """Whether many unused licenses pull the mean of the active down: at least five, and at least half of all."""
    unused = int(row["users"]) - int(row["active_users"])
    return row["active_users"] > 0 and unused >= MANY_UNUSED and 2 * unused >= row["users"]


def since(weeks: pd.DataFrame, low_since: Week | None) -> str:
    """Describe since when a company is low, and what it was before.

    Args:
        weeks: The company's measures in each week that counts, indexed by Monday, oldest first.
        low_since: The first week of the run of low weeks that lasts until now; None if the latest is not low.
    """
    if low_since is None:
        return ""
    earlier = weeks[weeks.index < low_since.monday]
    if earlier.empty:
        return f"Low in every week known, since {spelled(low_since)}."
    before = earlier.iloc[-1]
    told = f"{half_up(before['score']):.2f} with {int(before['active_users'])} of {int(before['users'])} active"
    return f"Low since {spelled(low_since)}; before that {told}."


def spelled(week: Week) -> str:
    """Name a week for people who don't count weeks: by its Monday."""
    return f"{week.monday.day} {week.monday:%b %Y}"
