"""Reads the database for `oseberg score report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from oseberg.cli.score.stored import company_history
from oseberg.health_model import Week, write_accounts, write_report

if TYPE_CHECKING:
    from pathlib import Path

    from oseberg.health_model import HealthModel, Threshold
    from oseberg.usage_db import UsageDatabase

WEEKS_OF_USERS = 13
PAGES, SPREADSHEETS = ("", ".htm", ".html"), (".csv", ".xlsx")


def is_spreadsheet(output: Path) -> bool:
    """Tell whether a file's name asks for a spreadsheet instead of the page."""
    return output.suffix.lower() in SPREADSHEETS


def write_page(
    database: UsageDatabase, model: HealthModel, output: Path, threshold: float, found: Threshold | None
) -> None:
    """Write the health page over the latest scored weeks, or its numbers if the file is a spreadsheet."""
    history = company_history(database, model)
    latest = Week.parse(history["week"].max())
    users = recent_users(database, model, latest)
    if is_spreadsheet(output):
        write_accounts(output, companies=history, users=users, threshold=threshold)
        return
    parts = [database.contributions(week.monday, model_version=model.version) for week in (latest, latest.next(-1))]
    write_report(
        output,
        companies=history,
        users=users,
        contributions=pd.concat([part for part in parts if len(part)] or parts[:1]),
        model=model,
        threshold=threshold,
        found=found,
        scored_at=users.loc[users["week"] == latest.monday, "computed_at"].max(),
    )


def recent_users(database: UsageDatabase, model: HealthModel, latest: Week) -> pd.DataFrame:
    """Read the scores of the latest weeks, with the names of the users."""
    people = database.users()[["user_id", "name", "email", "username", "job_type"]]
    weeks = [latest.next(-number).monday for number in range(WEEKS_OF_USERS)]
    scores = [database.scores(week, model_version=model.version) for week in weeks]
    return pd.concat([part for part in scores if len(part)]).astype({"score": "float64"}).merge(people, how="left")
