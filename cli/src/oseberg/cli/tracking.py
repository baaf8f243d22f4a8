"""Lost tracking, told where it is noticed first: after a load, and in the status of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.health_model import lost_since

if TYPE_CHECKING:
    from datetime import date

    from oseberg.usage_db import UsageDatabase


def count_events(database: UsageDatabase) -> dict[date, int]:
    """Return the number of events of each loaded day."""
    days = database.loaded_days()
    days = days[(days["state"] == "loaded") & days["events"].notna()]
    return dict(zip(days["day"], days["events"].astype(int), strict=True))


def find_loss(database: UsageDatabase) -> date | None:
    """Return the day since which hardly any events arrive where many are usual; None if tracking works."""
    return lost_since(count_events(database))


def describe_loss(since: date) -> str:
    """Return what a person should know and do."""
    return f"Tracking seems lost since {since}: hardly any events where the weeks before had many. Check the tracking."
