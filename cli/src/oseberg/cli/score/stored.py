"""Reads the database for the commands of `oseberg score`."""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

from oseberg.cli.exits import Failure
from oseberg.cli.output import say, write_whole
from oseberg.health_model import (
    Explanation,
    HealthModel,
    Reference,
    ScoreSettings,
    Week,
    attention,
    explain,
    fleet_drops,
    metrics_csv,
    metrics_html,
    metrics_markdown,
    write_metrics_workbook,
)

if TYPE_CHECKING:
    from oseberg.cli.settings import Settings
    from oseberg.usage_db import UsageDatabase


def read_score_settings(settings: Settings) -> ScoreSettings:
    """Read `[score]` of oseberg.toml."""
    return settings.validated("score", ScoreSettings)


def load_model(settings: Settings, option: Path | None, weights: Path | None = None) -> HealthModel:
    """Load the model that the option, the environment or oseberg.toml names, else the shipped one.

    A relative path in oseberg.toml starts from that file's folder.
    """
    read_score_settings(settings)
    named = os.environ.get("OSEBERG_MODEL")
    path = option or (Path(named) if named else settings.path("score", "model"))
    return HealthModel.load(path, weights=weights)


def scored_weeks(database: UsageDatabase, model: HealthModel, week: Week | None) -> tuple[Week, Week]:
    """Give the week to show (default: the latest one), and the week before.

    Raises:
        Failure: The model has not scored that week, or none at all.
    """
    weeks = {Week.parse(value) for value in database.scored_weeks(model_version=model.version)["week"]}
    chosen = week or max(weeks, default=None)
    if chosen not in weeks or chosen is None:
        wanted = f"Week {chosen} has no scores" if chosen else "No week has scores"
        raise Failure(f"{wanted} by the model {model.version}. Score first: oseberg score weekly")
    return chosen, chosen.next(-1)


def company_history(database: UsageDatabase, model: HealthModel) -> pd.DataFrame:
    """Read every company's weeks, as plain numbers.

    Raises:
        Failure: There are none: nothing is scored, or no user belongs to a company.
    """
    scored_weeks(database, model, None)
    frame = database.company_scores(model_version=model.version)
    if frame.empty:
        raise Failure("No scored user belongs to a company. Give users a group_id: oseberg db accounts --help")
    numbers = frame.columns.difference(["group_id", "group_name", "group_type", "model_version", "week"])
    types = {**dict.fromkeys(numbers, "float64"), "users": "int64", "active_users": "int64"}
    result: pd.DataFrame = frame.astype(types)
    return result


def company_table(
    database: UsageDatabase, model: HealthModel, threshold: float, week: Week | None
) -> tuple[pd.DataFrame, list[str]]:
    """Give one week's companies, those that need attention first, and the weeks in which the whole fleet dropped."""
    history = company_history(database, model)
    chosen, _ = scored_weeks(database, model, week)
    history = history[history["week"] <= chosen.monday]
    urgent = attention(history, threshold)[["group_id", "change", "weeks_low", "needs_attention", "low_since"]]
    urgent["low_since"] = [str(Week(day)) if isinstance(day, date) else None for day in urgent["low_since"]]
    now = history[history["week"] == chosen.monday]
    frame = urgent.merge(now.drop(columns=["model_version"]), on="group_id").assign(week=str(chosen))
    first = ["group_id", "group_name", "week", "score", "change", "needs_attention", "weeks_low", "low_since"]
    drops = [str(Week(monday)) for monday in fleet_drops(history)]
    return frame[[*first, *frame.columns.difference(first, sort=False)]], drops


def explain_user(
    database: UsageDatabase, model: HealthModel, user: str, week: Week | None
) -> tuple[dict[str, Any], Week, Explanation]:
    """Find a user and explain the score of a week."""
    who = find_user(database.users(), user)
    chosen, before = scored_weeks(database, model, week)
    (score, parts), (past, past_parts) = (score_of(database, model, who["user_id"], at) for at in (chosen, before))
    if score is None:
        raise Failure(f"{who['label']} has no score in week {chosen}: only enabled users are scored.")
    return who, chosen, explain(model, parts, score, past_parts, past)


def score_of(
    database: UsageDatabase, model: HealthModel, user_id: int, week: Week
) -> tuple[float | None, pd.DataFrame]:
    """Read a user's score of a week (None: not scored) and what it is made of."""
    scores = database.scores(week.monday, model_version=model.version).set_index("user_id")["score"]
    parts = database.contributions(week.monday, user_id=user_id, model_version=model.version)
    return (float(scores[user_id]) if user_id in scores.index else None), parts


def find_user(users: pd.DataFrame, text: str) -> dict[str, Any]:
    """Find a user by id, e-mail (in any case) or username (in its exact case), in this order.

    Raises:
        Failure: Nobody or several people match.
    """
    wanted = text.strip()
    for column, matches in (
        ("user_id", users["user_id"].astype(str) == wanted),
        ("email", users["email"].str.strip().str.casefold() == wanted.casefold()),
        ("username", users["username"] == wanted),
    ):
        found = users[matches.fillna(value=False).astype(bool)]
        if len(found) > 1:
            ids = ", ".join(str(value) for value in found["user_id"])
            raise Failure(f"Several users have the {column} {wanted!r}: {ids}. Name one by the id.")
        if len(found):
            row = found.iloc[0]
            name = next((str(row[key]) for key in ("name", "email", "username") if pd.notna(row[key])), "")
            number = int(row["user_id"])
            return {"user_id": number, "label": f"{name} (user {number})" if name else f"User {number}"}
    raise Failure(f"There is no user {wanted!r}. Name one by id, e-mail address or username.")


def newest_reference(settings: Settings, model: HealthModel) -> Reference:
    """Read the newest stored reference of a model."""
    from oseberg.cli.database import open_database

    with open_database(settings) as database:
        stored = [Reference.model_validate(cuts) for cuts in database.references(model_version=model.version)["cuts"]]
    if not stored:
        raise Failure(f"No reference is stored for the model {model.version}. Score first: oseberg score weekly")
    return max(stored, key=lambda reference: (len(reference.weeks), reference.weeks))


def print_metrics(model: HealthModel, form: str, output: Path | None, settings: Settings | None) -> None:
    """Write the documentation of the metrics, with cut points if the settings of a database are given."""
    reference = newest_reference(settings, model) if settings else None
    if form == "xlsx" and output is not None:
        write_metrics_workbook(output, model, reference)
    elif form == "xlsx":
        with tempfile.TemporaryDirectory() as folder:
            workbook = Path(folder) / "metrics.xlsx"
            write_metrics_workbook(workbook, model, reference)
            sys.stdout.buffer.write(workbook.read_bytes())
    else:
        texts = {"md": metrics_markdown, "html": metrics_html, "csv": lambda model, _: metrics_csv(model)}
        text = texts[form](model, reference)
        if output is None:
            click.echo(text, nl=False)
        else:
            write_whole(output, text)
    if output is not None:
        say(f"Wrote {output}")


def save_weights(model: HealthModel, folder: Path | None) -> None:
    """Keep a model with its new weights, and say how to use it."""
    if folder is None and model.is_shipped:
        say(f"The weights are right; they would make the model {model.version}. The shipped model stays as it is:")
        say("keep a copy with these weights with --save FOLDER.")
        return
    path = model.save(folder)
    say(f"Wrote the model {model.version} to {path}. Its scores start with the next run; older scores stay.")
    if folder is not None:
        say(f'Use it: --model {path}, or OSEBERG_MODEL={path}, or in oseberg.toml: [score] model = "{path.as_posix()}"')
