"""The work of `oseberg score explain`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

from oseberg.cli.database import open_database
from oseberg.cli.exits import Failure
from oseberg.cli.model import load_model
from oseberg.cli.output import count, print_frame, say
from oseberg.cli.score.stored import parse_week, scored_weeks
from oseberg.cli.settings import Settings
from oseberg.health_model import Explanation, HealthModel, Week, explain, explain_company
from oseberg.usage_db import UserNotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from oseberg.usage_db import UsageDatabase, UserMatch

FACTS = ("group_id", "group_name", "salesforce_id", "arr", "currency", "owner")
MOST_USERS = 20  # lines: more scroll the metrics out of sight


def run(who: str, *, week: str | None, company: bool, model_path: Path | None, wide: bool, as_json: bool) -> None:
    """Print how the score of a user or a company is made up."""
    settings = Settings.load()
    chosen = parse_week(week)
    model = load_model(settings, model_path)
    with open_database(settings) as database:
        group = find_company(database.groups(), who) if company else None
        if not company:
            try:
                database.find_user(who)
            except UserNotFoundError:
                group = find_company(database.groups(), who, fallback=True)
                if group is None:
                    raise Failure(
                        f"No user or company matches {who!r}. Use a user's id, e-mail address or username,"
                        " or a company's id, Salesforce id or name."
                    ) from None
        if group is not None:
            print_company(database, model, group, chosen, as_json=as_json)
            return
        print_user(database, model, who, chosen, wide=wide, as_json=as_json)


def print_user(
    database: UsageDatabase, model: HealthModel, user: str, chosen: Week | None, *, wide: bool, as_json: bool
) -> None:
    """Print how a user's score is made up."""
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


def find_company(groups: pd.DataFrame, text: str, *, fallback: bool = False) -> pd.Series[Any] | None:
    """Find a company by id, Salesforce id or name (in any case), in this order.

    Args:
        groups: `UsageDatabase.groups()`.
        text: What a person typed.
        fallback: Whether to return None instead of failing if no company matches.

    Returns:
        The company's row.

    Raises:
        Failure: No company matches, or several do.
    """
    wanted = text.strip()
    names = groups["group_name"].fillna("").astype(str).str.strip().str.casefold()
    ids = groups["salesforce_id"].fillna("").astype(str)
    for matches in (
        groups["group_id"].astype(str) == wanted,
        (ids == wanted) & bool(wanted),
        names == wanted.casefold(),
    ):
        found = groups[matches.to_numpy(bool)]
        if len(found) > 1:
            listed = ", ".join(str(group) for group in found["group_id"])
            raise Failure(f"Several companies are named {wanted!r}: {listed}. Use the id of one of them.")
        if len(found):
            return found.iloc[0]
    if fallback:
        return None
    raise Failure(f"No company has the id, Salesforce id or name {wanted!r}.")


def print_company(
    database: UsageDatabase, model: HealthModel, group: pd.Series[Any], week: Week | None, *, as_json: bool
) -> None:
    """Print how a company's score is made up.

    Args:
        database: The database with the scores.
        model: The model that scored them.
        group: The company's row of `UsageDatabase.groups()`.
        week: The week, or None for the latest.
        as_json: Whether to print JSON.

    Raises:
        Failure: The company has no scored user in that week.
    """
    chosen, before = scored_weeks(database, model, week)
    (users, parts), (past, past_parts) = (scores_of(database, model, group["group_id"], at) for at in (chosen, before))
    label = f"{group['group_name'] or 'Company'} (company {group['group_id']})"
    if users.empty:
        raise Failure(f"{label} has no scored user in week {chosen}.")
    same = len(past) > 0 and set(past["reference_id"]) == set(users["reference_id"])
    found = explain_company(model, users, parts, past if same else None, past_parts if same else None)
    if as_json:
        facts = {name: plain(group[name]) for name in FACTS}
        shown = {**facts, "week": str(chosen), "model": model.version, **found.to_dict()}
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    click.echo(f"{label}, week {chosen}: {found.score:.2f} of at most {model.attainable:.2f} points")
    click.echo(f"(mean of {count(len(users), 'licensed user')}; model {model.version}, weeks in {model.time_zone})\n")
    metrics = found.metrics.drop(columns=["question", *([] if same else ["previous", "change"])])
    print_frame(metrics.sort_values("contribution", ascending=False, kind="stable"))
    if len(past) and not same:
        click.echo("\nThe week before has a different reference, so the two are not compared.")
    click.echo("\nUsers, those who moved the score most first:")
    people = database.users()[["user_id", "name"]]
    print_frame(found.users.merge(people, on="user_id", how="left")[:MOST_USERS])
    if len(found.users) > MOST_USERS:
        say(f"{count(len(found.users) - MOST_USERS, 'more user')}: --json.")


def scores_of(
    database: UsageDatabase, model: HealthModel, group_id: int | str, week: Week
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the scores of a company's users in a week, and their contributions."""
    scores = database.scores(week.monday, model_version=model.version)
    users = scores[(scores["group_id"] == group_id).fillna(value=False).to_numpy(bool)]
    parts = database.contributions(week.monday, model_version=model.version)
    return users, parts[parts["user_id"].isin(users["user_id"])]


def plain(value: Any) -> Any:  # noqa: ANN401 - a cell
    """Return a cell as JSON has it."""
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value if isinstance(value, str | int | float) else str(value)


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
    database: UsageDatabase, model: HealthModel, user_id: int | str, week: Week
) -> tuple[float | None, pd.DataFrame]:
    """Read a user's score of a week (None: not scored) and its contributions."""
    scores = database.scores(week.monday, model_version=model.version).set_index("user_id")["score"]
    parts = database.contributions(week.monday, user_id=user_id, model_version=model.version)
    return (float(scores[user_id]) if user_id in scores.index else None), parts
