"""Read what the commands of `oseberg score` need: the model, its settings, and the stored scores."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import click
import pandas as pd

from oseberg.cli.database import open_database
from oseberg.cli.exits import Failure
from oseberg.cli.model import find_lake
from oseberg.cli.score.lake_memory import known_days, user_events_of
from oseberg.cli.tracking import people_of, user_volumes, volumes_of
from oseberg.health_model import (
    AS_OF_EACH_WEEK,
    TODAYS,
    HealthModel,
    History,
    Reference,
    Week,
    WeekError,
    lost_events,
    lost_weeks,
    newest_reference,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from oseberg.cli.settings import Settings
    from oseberg.health_model import LostEvent
    from oseberg.usage_db import UsageDatabase

_zone_names = cache(available_timezones)  # its folders are read anew at each call otherwise
LOOKED_BACK_WEEKS = 10  # what the newest days of an event are compared with, and a little more


def parse_week(text: str | None) -> Week | None:
    """Parse the value of `--week`; an invalid one ends the command with status 2."""
    try:
        return None if text is None else Week.parse(text)
    except WeekError as error:
        raise click.BadParameter(str(error), param_hint="'--week'") from None


def scored_weeks(database: UsageDatabase, model: HealthModel, week: Week | None) -> tuple[Week, Week]:
    """Return the week to show, and the week before.

    Args:
        database: The database with the scores.
        model: The model that scored them.
        week: The wanted week, or None for the latest.

    Returns:
        The two weeks.

    Raises:
        Failure: The model has not scored that week, or no week at all.
    """
    weeks = {Week.parse(value) for value in database.scored_weeks(model_version=model.version)["week"]}
    # scores of another version of the model are not comparable: they count as missing
    chosen = week or max(weeks, default=None)
    if chosen not in weeks or chosen is None:
        wanted = f"Week {chosen} has no scores" if chosen else "No week has scores"
        raise Failure(f"{wanted} by the model {model.version}. Score first: oseberg score weekly")
    return chosen, chosen.next(-1)


def company_history(database: UsageDatabase, model: HealthModel) -> pd.DataFrame:
    """Read every company's weeks, as plain numbers.

    Args:
        database: The database with the scores.
        model: The model that scored them.

    Returns:
        A row for each company and week, as `UsageDatabase.company_scores` returns them.

    Raises:
        Failure: Nothing is scored, or no user belongs to a company.
    """
    frame = database.company_scores(model_version=model.version)
    if frame.empty:
        scored_weeks(database, model, None)  # reports it if nothing is scored
        raise Failure("No scored user belongs to a company. Give users a group_id: oseberg db accounts --help")
    numbers = frame.columns.difference(["group_id", "group_name", "group_type", "model_version", "week"])
    types = {**dict.fromkeys(numbers, "float64"), "users": "int64", "active_users": "int64"}
    weeks = database.scored_weeks(model_version=model.version)[["week", "reference_id"]]
    facts = database.groups().drop(columns=["group_name", "group_type", "account_size"])
    numbered = frame.astype(types).merge(weeks, on="week", how="left")
    result: pd.DataFrame = numbered.merge(facts, on="group_id", how="left")
    return result


def read_history(database: UsageDatabase, model: HealthModel, settings: Settings, week: Week | None = None) -> History:
    """Read the companies' weeks with what is known of the customers, and of weeks without tracking.

    Args:
        database: The database with the scores.
        model: The model that scored them.
        settings: The settings, which know the time zone of the export.
        week: The last week to read, or None for all.

    Returns:
        The history.
    """
    frame = company_history(database, model)
    chosen, _ = scored_weeks(database, model, week)
    # Earlier weeks show only what was known then; the latest one also has what was lost since.
    lost = [each for each in weeks_lost(database, model, settings) if week is None or each <= chosen]
    events = events_lost(database, model, chosen)
    return History.read(frame[frame["week"] <= chosen.monday], lost=lost, lost_events=events)


def export_zone(settings: Settings) -> str:
    """Return the time zone of the Mixpanel project's days.

    Raises:
        Failure: It is not an IANA time zone.
    """
    name = str(settings.get("mixpanel", "time_zone", "MIXPANEL_TIME_ZONE", "UTC"))
    if name not in _zone_names():
        raise Failure(f"The export's time zone {name!r} is not an IANA time zone, such as UTC or America/Chicago.")
    return name


def weeks_lost(database: UsageDatabase, model: HealthModel, settings: Settings) -> list[Week]:
    """Return the weeks in which tracking was lost, judged by the volume of users' events."""
    volumes = user_volumes(*volumes_of(database), model)
    volumes |= user_events_of(known_days(find_lake(settings)), model)
    return lost_weeks(volumes, export_zone(settings), model.time_zone)


def events_lost(database: UsageDatabase, model: HealthModel, week: Week) -> list[LostEvent]:
    """Return the events that were lost for everybody at the end of a week, while others went on."""
    until = week.next().monday - timedelta(days=1)
    loaded, counts = volumes_of(database)
    days = [day for day in loaded if day <= until]
    recent = counts[(counts["day"] > week.next(-LOOKED_BACK_WEEKS).monday) & (counts["day"] <= until)]
    return lost_events(people_of(recent, model), days, until)


def roster_label(database: UsageDatabase) -> str:
    """Return whose users count in a week: those of the week, or today's where no dates are known."""
    return AS_OF_EACH_WEEK if database.has_roster_dates() else TODAYS


def roster_of(database: UsageDatabase, week: Week, today: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return the users who count in a week: those of companies that had canceled before it do not.

    Args:
        database: The database with the accounts.
        week: The week.
        today: `UsageDatabase.users`, called where no dates are known.

    Returns:
        The columns of `UsageDatabase.users`, and where dates are known since and until.
    """
    if database.has_roster_dates():
        spans = database.user_history(week.monday, week.next().monday)
        users = spans[spans["enabled"].astype(bool)]
    else:
        users = today()
    groups = database.groups()
    # A customer list often says when a company left, but not that its users did.
    left = [group for group, day in zip(groups["group_id"], groups["cancelled_on"], strict=True) if is_over(day, week)]
    return users[~users["group_id"].isin(left)] if left else users


def is_over(canceled_on: date | None, week: Week) -> bool:
    """Whether a company had canceled before a week began."""
    return not pd.isna(canceled_on) and canceled_on <= week.monday


def stored_reference(settings: Settings, model: HealthModel) -> Reference:
    """Read the reference that best shows what earns how many points.

    Args:
        settings: The settings that name the database.
        model: The model.

    Returns:
        The reference pooled over the most weeks, the latest of them.

    Raises:
        Failure: No reference is stored.
    """
    with open_database(settings) as database:
        found = newest_reference(database.references(model_version=model.version)["cuts"])
    if found is None:
        raise Failure(f"No reference is stored for the model {model.version}. Score first: oseberg score weekly")
    return found
