"""The work of `oseberg score report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pandas as pd

from oseberg.cli.database import open_database
from oseberg.cli.exits import Failure
from oseberg.cli.model import load_model, read_score_settings
from oseberg.cli.output import say
from oseberg.cli.score.people import declared_segments, scored_users
from oseberg.cli.score.stored import read_history, roster_label
from oseberg.cli.score.threshold import search
from oseberg.cli.settings import Settings
from oseberg.health_model import HealthModel, History, Threshold, Week, read_notes, write_accounts, write_report

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from oseberg.usage_db import UsageDatabase

WEEKS_OF_USERS = 13  # a quarter: what a customer-success review looks back on
MOST_READ = 100_000  # scores of users whose points are added up: a large fleet compares fewer weeks
COMPARED = (0, 1, 4, 8)  # weeks back whose points are read: a month and two say what moved an account since
PAGES, SPREADSHEETS = ("", ".htm", ".html"), (".csv", ".xlsx")


def run(
    *, output: Path, cancellations: Path | None, groups: Path | None, notes: Path | None, model_path: Path | None
) -> None:
    """Write the page or the spreadsheet."""
    if groups and not cancellations:
        raise click.UsageError("--groups is only used together with --cancellations.")
    if output.suffix.lower() not in PAGES + SPREADSHEETS:
        raise click.UsageError(f"{output} does not end in .html, .xlsx or .csv.")
    if cancellations and is_spreadsheet(output):
        raise click.UsageError("A spreadsheet does not show a threshold; omit --cancellations.")
    settings = Settings.load()
    model = load_model(settings, model_path)
    if not output.parent.is_dir():  # before the database is asked, which takes its time
        raise Failure(f"The folder {output.parent} does not exist; create it first.")
    with open_database(settings) as database:
        found = search(database, model, settings, cancellations, groups).threshold if cancellations else None
        history = read_history(database, model, settings)
        known = read_notes(notes, database.groups()) if notes else None
        if known is not None and known.attrs["unknown"]:
            say(f"{notes}: not shown: no company has the id or name {', '.join(map(repr, known.attrs['unknown']))}.")
        threshold = read_score_settings(settings).threshold
        write_page(database, model, output, history, threshold, found=found, notes=known)
    say(f"Wrote {output}")


def is_spreadsheet(output: Path) -> bool:
    """Whether a file's extension stands for a spreadsheet instead of the page."""
    return output.suffix.lower() in SPREADSHEETS


def write_page(
    database: UsageDatabase,
    model: HealthModel,
    output: Path,
    history: History,
    threshold: float,
    *,
    found: Threshold | None,
    notes: pd.DataFrame | None,
) -> None:
    """Write the health page over the latest scored weeks, or its numbers if the file is a spreadsheet.

    Args:
        database: The database with the scores.
        model: The model that scored them.
        output: The file to write.
        history: The companies' weeks.
        threshold: The score at or below which a week is low.
        found: The threshold found from cancellations, or None.
        notes: Notes on companies, or None.
    """
    latest = Week((history.tracked if len(history.tracked) else history.table).index[-1])
    segments = declared_segments(Settings.load())
    weeks = [latest.next(-number) for number in range(WEEKS_OF_USERS)]
    users = scored_users(database, model, weeks, segments)
    if is_spreadsheet(output):
        write_accounts(output, companies=history, users=users, threshold=threshold)
        return
    # Users' own points are read of few weeks only: thirty rows a user are what takes the time.
    earlier = [latest.next(-back).monday for back in COMPARED]
    parts = [database.contributions(week, model_version=model.version) for week in earlier]
    write_report(
        output,
        companies=history,
        users=users,
        contributions=pd.concat([part for part in parts if len(part)] or parts[:1]),
        model=model,
        threshold=threshold,
        found=found,
        scored_at=users.loc[users["week"] == latest.monday, "computed_at"].max(),
        notes=notes,
        roster=roster_label(database),
        segments=segments,
        metric_sums=database.metric_sums(compared_weeks(users), model_version=model.version),
    )


def compared_weeks(users: pd.DataFrame) -> list[date]:
    """Return the weeks that the page compares with each other: as many as are read in about a second."""
    sizes = users["week"].value_counts().sort_index(ascending=False)
    return list(sizes.index[sizes.cumsum() - sizes < MOST_READ])
