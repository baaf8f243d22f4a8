"""Reads users' scores with the facts about the users that held in each week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from oseberg.usage_db import AccountSettings

if TYPE_CHECKING:
    from datetime import date

    from oseberg.cli.settings import Settings
    from oseberg.health_model import HealthModel, Week
    from oseberg.usage_db import UsageDatabase


def declared_segments(settings: Settings) -> tuple[str, ...]:
    """Return the columns of users and companies that [accounts] of oseberg.toml declares as segments."""
    accounts = settings.validated("accounts", AccountSettings)
    return tuple(dict.fromkeys((*accounts.user_segments, *accounts.group_segments)))


def scored_users(
    database: UsageDatabase, model: HealthModel, weeks: list[Week], segments: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Read the users' scores of some weeks, with their names of today and their facts of each week.

    Args:
        database: The database with the scores.
        model: The model that scored them.
        weeks: The weeks.
        segments: Columns that are declared as segments.

    Returns:
        The scores with name, email, username, job_type, since and those of the segments that users have.
    """
    scores = [database.scores(week.monday, model_version=model.version) for week in weeks]
    people = database.users()
    names = people[["user_id", "name", "email", "username"]]
    wanted = dict.fromkeys(("job_type", "group_type", *segments))
    facts = facts_by_week(database, weeks, people, [name for name in wanted if name in people])
    # an empty frame has no types of its own and would turn those of the others into objects
    known = pd.concat([part for part in scores if len(part)]).astype({"score": "float64"})
    return known.merge(names, how="left", on="user_id").merge(facts, how="left", on=["user_id", "week"])


def facts_by_week(database: UsageDatabase, weeks: list[Week], today: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    """Return the facts about each user in each week, as of its last day, and the user's first day.

    Args:
        database: The database with the accounts.
        weeks: The weeks.
        today: `UsageDatabase.users()`, used where no dates are known.
        wanted: The columns.

    Returns:
        user_id, week (Monday) and the columns; since, where dates are known.
    """
    if not database.has_roster_dates():
        return pd.concat([today[["user_id", *wanted]].assign(week=week.monday) for week in weeks])
    spans = database.user_history()
    first = first_days(spans)
    parts = []
    # The last span that touches the week holds: a user who changes jobs on a Friday counts with the new one.
    for week in weeks:
        begun = spans["since"].isna() | (spans["since"] < week.next().monday)
        inside = spans[begun & (spans["until"].isna() | (spans["until"] > week.monday))]
        last = inside.drop_duplicates("user_id", keep="last")  # spans come in the order of time
        parts.append(last[["user_id", *wanted]].assign(week=week.monday, since=last["user_id"].map(first)))
    return pd.concat(parts)


def first_days(spans: pd.DataFrame) -> dict[int, date | None]:
    """Return the first day of each user; None if a span has no beginning, so the day is unknown."""
    known = spans.dropna(subset=["since"]).drop_duplicates("user_id")  # spans come in the order of time
    first: dict[int, date | None] = dict(zip(known["user_id"], known["since"], strict=True))
    return first | dict.fromkeys(spans.loc[spans["since"].isna(), "user_id"])
