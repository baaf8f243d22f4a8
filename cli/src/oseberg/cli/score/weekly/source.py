"""Where a run of scores reads the events: stored in the database, or in a lake of Parquet files."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Protocol

from oseberg.cli.exits import Failure
from oseberg.cli.score.stored import export_zone, roster_of, weeks_lost
from oseberg.cli.score.weekly.missing_events import remove_gone_days
from oseberg.cli.tracking import find_loss, volumes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, datetime

    import pandas as pd

    from oseberg.cli.settings import Settings
    from oseberg.cli.tracking import Loss
    from oseberg.health_model import HealthModel, Week
    from oseberg.usage_db import UsageDatabase


class Source(Protocol):
    """Events of many weeks."""

    def loaded_days(self) -> dict[date, datetime]:
        """Return the available days, and when the events of each last changed."""

    def lost_weeks(self) -> list[Week]:
        """Return the weeks in which tracking was lost."""

    def find_loss(self) -> Loss:
        """Return the tracking that is lost now."""

    def remove_gone(self, days: dict[date, datetime], weeks: Iterable[Week]) -> dict[Week, str]:
        """Remove the days from `days` whose events are gone; return a sentence for each week that lacks them."""

    def measure_with(self, unknown: dict[str, int]) -> Callable[[Week], pd.DataFrame]:
        """Return a function that measures a week, and counts the events that the model does not know."""


class StoredEvents:
    """The events in the database.

    Args:
        database: The database.
        model: The model to measure with.
        settings: The settings, which know the time zone of the export.
    """

    def __init__(self, database: UsageDatabase, model: HealthModel, settings: Settings) -> None:
        self.database, self.model, self.settings = database, model, settings

    def loaded_days(self) -> dict[date, datetime]:
        """Return the loaded days, and when the events of each last changed."""
        return loaded_days(self.database)

    def lost_weeks(self) -> list[Week]:
        """Return the weeks in which tracking was lost, judged by the volume of events."""
        return weeks_lost(self.database, self.model, self.settings)

    def find_loss(self) -> Loss:
        """Return the tracking that is lost now, judged by the newest days."""
        return find_loss(self.database, self.settings, volumes_of(self.database))

    def remove_gone(self, days: dict[date, datetime], weeks: Iterable[Week]) -> dict[Week, str]:
        """Remove the days whose stored events are not those that were loaded."""
        return remove_gone_days(self.database, days, weeks, export_zone(self.settings), self.model.time_zone)

    def measure_with(self, unknown: dict[str, int]) -> Callable[[Week], pd.DataFrame]:
        """Return a function that measures a week, and counts the events that the model does not know."""
        database, model, today = self.database, self.model, cache(self.database.users)

        def measure(week: Week) -> pd.DataFrame:
            users = enabled_in(database, week, today)
            since, until = model.event_window(week)
            events = database.events(since, until, properties=model.metric_properties)
            add_unknown(unknown, model.unknown_events(events))
            return model.statistics(events, users, week, only="model")

        return measure


def loaded_days(database: UsageDatabase) -> dict[date, datetime]:
    """Return the loaded days, and when the events of each last changed."""
    days = database.loaded_days()
    days = days[days["state"] == "loaded"]
    return dict(zip(days["day"], days["loaded_at"], strict=True))


def enabled_in(database: UsageDatabase, week: Week, today: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return the users who count in a week.

    Raises:
        Failure: There are none: the week would count as scored, and stay empty once there are users.
    """
    users = roster_of(database, week, today)
    if not users["enabled"].any():
        raise Failure(
            f"No user is enabled in week {week}, so nobody can be scored."
            " Load users: oseberg db accounts USERS.csv GROUPS.csv"
        )
    return users


def add_unknown(unknown: dict[str, int], found: dict[str, int]) -> None:
    """Add counts of events that the model does not know."""
    for name, number in found.items():
        unknown[name] = unknown.get(name, 0) + number
