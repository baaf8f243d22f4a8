"""Lost tracking, reported where it is noticed first: after a load, in the database's status, before scoring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import click

from oseberg.cli.exits import Failure
from oseberg.cli.model import load_model
from oseberg.health_model import HealthModelError, LostEvent, lost_events, lost_since

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from oseberg.cli.settings import Settings
    from oseberg.health_model import HealthModel
    from oseberg.usage_db import UsageDatabase

LOOKED_BACK = timedelta(weeks=16)  # a loss of two months still has what is usual before it


class Volumes(NamedTuple):
    """How many events a database has.

    Attributes:
        days: The number of events of each loaded day.
        counts: The number of each day and event, and of the ids that had it.
    """

    days: dict[date, int]
    counts: pd.DataFrame


VOLUMES: WeakKeyDictionary[UsageDatabase, Volumes] = WeakKeyDictionary()
"""Those of each open database that scores are made from: of a large fleet they take a moment to read."""


@dataclass(frozen=True)
class Loss:
    """Tracking that is lost now.

    Attributes:
        since: The day since which hardly any user events arrive; None if they do.
        events: Single events that hardly anybody causes any more, while others go on.
    """

    since: date | None
    events: list[LostEvent]

    def __bool__(self) -> bool:
        return self.since is not None or bool(self.events)

    def sentences(self) -> list[str]:
        """Return the sentences to show: what is lost, and what to do."""
        if self.since is not None:
            usual = "hardly any user events where the weeks before had many"
            return [f"Tracking seems lost since {self.since}: {usual}. Check the tracking."]
        return [describe_lost_event(event) for event in self.events]

    def as_dict(self) -> dict[str, object]:
        """Return the loss for `--json`."""
        names = {event.event: event.since for event in self.events}
        return {"tracking_lost_since": self.since, "events_lost_since": names}


def volumes_of(database: UsageDatabase) -> Volumes:
    """Return the volumes, read once: no events change while scores are made or shown."""
    if database not in VOLUMES:
        VOLUMES[database] = Volumes(events_by_day(database), database.event_counts())
    return VOLUMES[database]


def find_loss(database: UsageDatabase, settings: Settings, volumes: Volumes | None = None) -> Loss:
    """Look at the newest days, without reading any event.

    Args:
        database: The database.
        settings: The settings, which name the model.
        volumes: From `volumes_of`, where they are at hand.

    Returns:
        What is lost now.
    """
    days = volumes.days if volumes else events_by_day(database)
    if not days:
        return Loss(None, [])
    first = max(days) - LOOKED_BACK
    recent = {day: events for day, events in days.items() if day >= first}
    try:
        model = load_model(settings, None)
    except (HealthModelError, Failure, click.ClickException, OSError):
        model = None  # a faulty model file is the business of `score`, and must not hide lost tracking
    counts = volumes.counts[volumes.counts["day"] >= first] if volumes else database.event_counts(first)
    return Loss(lost_since(user_volumes(recent, counts, model)), lost_events(people_of(counts, model), recent))


def events_by_day(database: UsageDatabase) -> dict[date, int]:
    """Return the loaded days and how many events each had."""
    days = database.loaded_days()
    days = days[(days["state"] == "loaded") & days["events"].notna()]
    return dict(zip(days["day"], days["events"].astype(int), strict=True))


def user_volumes(days: dict[date, int], counts: pd.DataFrame, model: HealthModel | None) -> dict[date, int]:
    """Return how many events of users each day had: automatic mail is counted even when no use is tracked.

    Args:
        days: The loaded days and how many events each had.
        counts: From `UsageDatabase.event_counts`.
        model: The model, which knows whose events are users'; None counts all.

    Returns:
        The number of each loaded day.
    """
    wanted = counts[counts["event"].isin(user_events(model))]
    if wanted.empty:  # another product's events, which no model names yet
        return days
    told = wanted.groupby("day")["events"].sum()
    # Days without a roll-up have their number of events only in the log.
    known = set(counts["day"].unique())
    return {day: int(told.get(day, 0)) if day in known else events for day, events in days.items()}


def people_of(counts: pd.DataFrame, model: HealthModel | None) -> pd.DataFrame:
    """Return how many people had each of the model's events on each day."""
    names = {event.name for event in model.definition.events.values()} if model else set()
    wanted = counts[counts["event"].isin(names)]
    return (counts if wanted.empty else wanted).rename(columns={"ids": "people"})


def user_events(model: HealthModel | None) -> set[str]:
    """Return the names of the model's events that users cause."""
    events = model.definition.events.values() if model else ()
    return {event.name for event in events if event.actor == "user"}


def describe_lost_event(event: LostEvent) -> str:
    """Return the sentence about one lost event: what is lost, and what to do."""
    return (
        f"Tracking of {event.event} seems lost since {event.since}: hardly anyone has used it since, although about"
        f" {event.usual:,.0f} people a week usually do. Scores of these weeks lack it. Check this event's tracking."
    )
