"""The work of `oseberg score companies`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from oseberg.cli.database import open_database
from oseberg.cli.output import print_frame, say
from oseberg.cli.score.stored import company_history, load_model, parse_week, read_score_settings, scored_weeks
from oseberg.cli.settings import Settings
from oseberg.health_model import HealthModel, Week, attention, fleet_drops

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from oseberg.usage_db import UsageDatabase

COLUMNS = {
    "group_name": "company",
    "score": "score",
    "change": "change",
    "needs_attention": "attention",
    "low_since": "low since",
    "users": "users",
    "active_users": "active",
}
"""What fits 80 columns and answers who needs attention and since when."""


def run(*, week: str | None, model_path: Path | None, wide: bool, as_json: bool) -> None:
    """Print the companies of a week."""
    settings = Settings.load()
    chosen = parse_week(week)
    model = load_model(settings, model_path)
    threshold = read_score_settings(settings).threshold
    with open_database(settings) as database:
        frame, drops = company_table(database, model, threshold, chosen)
    say(
        f"Week {frame['week'].iloc[0]}, in {model.time_zone}; the highest attainable score is {model.attainable:.2f}; "
        f"{threshold:g} or less is low."
    )
    if drops:
        say(
            f"All companies dropped together in {', '.join(drops)}: check the tracking first. "
            "No company is flagged for those weeks."
        )
    print_frame(frame, as_json=as_json, columns=None if wide else COLUMNS)


def company_table(
    database: UsageDatabase, model: HealthModel, threshold: float, week: Week | None
) -> tuple[pd.DataFrame, list[str]]:
    """Return one week's companies, those that need attention first.

    Args:
        database: The database with the scores.
        model: The model that scored them.
        threshold: The score at or below which a week is low.
        week: The week, or None for the latest.

    Returns:
        A row for each company, and the weeks in which all companies dropped together.
    """
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
