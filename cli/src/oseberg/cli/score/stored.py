"""Read what the commands of `oseberg score` need: the model, its settings, and the stored scores."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oseberg.cli.database import open_database
from oseberg.cli.exits import Failure
from oseberg.health_model import HealthModel, Reference, ScoreSettings, Week, WeekError, newest_reference

if TYPE_CHECKING:
    import pandas as pd

    from oseberg.cli.settings import Settings
    from oseberg.usage_db import UsageDatabase


def parse_week(text: str | None) -> Week | None:
    """Parse the value of `--week`; an invalid one ends the command with status 2."""
    try:
        return None if text is None else Week.parse(text)
    except WeekError as error:
        raise click.BadParameter(str(error), param_hint="'--week'") from None


def read_score_settings(settings: Settings) -> ScoreSettings:
    """Read `[score]` of oseberg.toml."""
    return settings.validated("score", ScoreSettings)


def load_model(settings: Settings, option: Path | None, weights: Path | None = None) -> HealthModel:
    """Load the model that the option, the environment or oseberg.toml names, else the shipped one.

    Args:
        settings: The settings; a relative path in oseberg.toml starts at that file's folder.
        option: The value of `--model`.
        weights: A sheet with weights that replace the model's own.

    Returns:
        The model.
    """
    read_score_settings(settings)
    named = os.environ.get("OSEBERG_MODEL")
    path = option or (Path(named) if named else settings.path("score", "model"))
    return HealthModel.load(path, weights=weights)


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
    scored_weeks(database, model, None)
    frame = database.company_scores(model_version=model.version)
    if frame.empty:
        raise Failure("No scored user belongs to a company. Give users a group_id: oseberg db accounts --help")
    numbers = frame.columns.difference(["group_id", "group_name", "group_type", "model_version", "week"])
    types = {**dict.fromkeys(numbers, "float64"), "users": "int64", "active_users": "int64"}
    result: pd.DataFrame = frame.astype(types)
    return result


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
