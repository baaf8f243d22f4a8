"""Sentences on what happened to a company, for a call to the customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oseberg.health_model._churn.history import FALLING, LOW_FOR_LONG, NEWLY_LOW, ONBOARDING
from oseberg.health_model._rounding import half_up
from oseberg.health_model._week import Week

if TYPE_CHECKING:
    from collections.abc import Mapping

HALF = 0.5
RAREST_TOLD = 10_000  # odds beyond this are only said to be beyond it


def why(row: Mapping[Any, Any]) -> str:
    """Describe what makes up a company's latest score.

    Args:
        row: One row of `company_scores`, with `passive` (users with system events only).
    """
    users, active, passive = int(row["users"]), int(row["active_users"]), int(row["passive"])
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


def since(low_since: Week, before: tuple[float, int, int] | None) -> str:
    """Describe since when a company has been low, and its score before.

    Args:
        low_since: The first week of the run of low weeks that lasts until now.
        before: Score, active users and users in the last week before it; None if every week known is low.
    """
    if before is None:
        return f"Low in every week known, since {spelled(low_since)}."
    score, active, users = before
    return f"Low since {spelled(low_since)}; before that {half_up(score):.2f} with {active} of {users} active."


def what_happened(row: Mapping[Any, Any], threshold: float, mover: str) -> str:
    """Describe in a sentence or two what put a company on its list.

    Args:
        row: A row of `account_table`.
        threshold: At or below it a week is low.
        mover: What moved the score most, from `Movement.told`; "" if nothing did.
    """
    name = row["list"]
    if name == NEWLY_LOW:
        told = f"At or below {threshold:g} in {int(row['weeks_low'])} of the last 4 weeks. {row['since']}"
    elif name == FALLING:
        rare = "less than 1 in 10,000" if row["odds"] * RAREST_TOLD < 1 else f"1 in {round(1 / row['odds']):,}"
        told = (
            f"{half_up(row['fall']):.2f} points below its level of {half_up(row['level']):.2f}, beyond the fleet's"
            f" move; the odds of that by chance are {rare}."
        )
    elif name == LOW_FOR_LONG:
        return " ".join(part for part in (row["why"], row["since"]) if part)
    elif name == ONBOARDING:
        return f"{row['why']} {mover}".strip()
    else:
        return str(row["why"])
    return f"{told} {mover or row['why']}"


def spelled(week: Week) -> str:
    """Format a week by its Monday, for people who don't count weeks."""
    return f"{week.monday.day} {week.monday:%b %Y}"
