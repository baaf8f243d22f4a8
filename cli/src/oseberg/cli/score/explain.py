"""The work of `oseberg score explain`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from oseberg.cli.database import open_database
from oseberg.cli.exits import Failure
from oseberg.cli.output import print_frame
from oseberg.cli.score.stored import load_model, parse_week, scored_weeks
from oseberg.cli.settings import Settings
from oseberg.health_model import Explanation, HealthModel, Week, explain

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from oseberg.usage_db import UsageDatabase, UserMatch


def run(user: str, *, week: str | None, model_path: Path | None, wide: bool, as_json: bool) -> None:
    """Print how a user's score is made up."""
    settings = Settings.load()
    chosen = parse_week(week)
    model = load_model(settings, model_path)
    with open_database(settings) as database:
        who, moment, found = explain_user(database, model, user, chosen)
    if as_json:
        click.echo(
            json.dumps({**asdict(who), "week": str(moment), "model": model.version, **found.to_dict()}, indent=2)
        )
        return
    click.echo(f"{who.label}, week {moment}: {found.score:.2f} of at most {model.attainable:.2f} points")
    click.echo(f"(model {model.version}, weeks in {model.time_zone})\n")
    table = found.table()
    print_frame(
        table, columns=None if wide else {str(name): str(name) for name in table}
    )  # long sentences wrap within the terminal
    if found.previous_score is not None:
        click.echo(f"\nThe week before: {found.previous_score:.2f}. What changed most:")
        click.echo("\n".join(found.changes()) or "No metric changed.")


def explain_user(
    database: UsageDatabase, model: HealthModel, user: str, week: Week | None
) -> tuple[UserMatch, Week, Explanation]:
    """Find a user and explain the score of a week.

    Args:
        database: The database with the scores.
        model: The model that scored them.
        user: An id, an e-mail address or a username.
        week: The week, or None for the latest.

    Returns:
        The user, the week and the explanation.

    Raises:
        Failure: The user has no score in that week.
    """
    who = database.find_user(user)
    chosen, before = scored_weeks(database, model, week)
    (score, parts), (past, past_parts) = (score_of(database, model, who.user_id, at) for at in (chosen, before))
    if score is None:
        raise Failure(f"{who.label} has no score in week {chosen}: only enabled users are scored.")
    return who, chosen, explain(model, parts, score, past_parts, past)


def score_of(
    database: UsageDatabase, model: HealthModel, user_id: int, week: Week
) -> tuple[float | None, pd.DataFrame]:
    """Read a user's score of a week (None: not scored) and its contributions."""
    scores = database.scores(week.monday, model_version=model.version).set_index("user_id")["score"]
    parts = database.contributions(week.monday, user_id=user_id, model_version=model.version)
    return (float(scores[user_id]) if user_id in scores.index else None), parts
