"""The work of `oseberg score statistics`."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import click

from oseberg.cli._atomic import write_bytes
from oseberg.cli.database import open_database
from oseberg.cli.exits import Failure
from oseberg.cli.model import load_model
from oseberg.cli.output import count, print_frame, say
from oseberg.cli.score.stored import export_zone, parse_week, roster_of
from oseberg.cli.score.weekly.source import loaded_days
from oseberg.cli.settings import Settings
from oseberg.health_model import HealthModel, Week, complete_weeks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from oseberg.usage_db import UsageDatabase

COLUMNS = {"statistic": "statistic", "meaning": "meaning", "unit": "unit"}
"""What fits 80 columns."""


def run(*, week: str | None, output: Path | None, model_path: Path | None, wide: bool, as_json: bool) -> None:
    """Print what the statistics mean, or write those of a week's users."""
    settings = Settings.load()
    chosen = parse_week(week)
    model = load_model(settings, model_path)
    if output is None:
        if chosen is not None:
            raise click.UsageError("--week goes with -o, which writes the statistics of that week's users.")
        print_frame(model.describe_statistics(), as_json=as_json, columns=None if wide else COLUMNS)
        return
    if output.suffix.lower() not in (".csv", ".parquet"):
        raise click.UsageError(f"{output} does not end in .csv or .parquet.")
    with open_database(settings) as database:
        complete = complete_weeks(loaded_days(database), export_zone(settings), model.time_zone)
        moment = chosen or max(complete, default=None)
        if moment is None or moment not in complete:
            wanted = f"Week {moment} is not complete" if moment else "No complete week is loaded yet"
            raise Failure(f"{wanted}. Load its days: oseberg mixpanel load")
        frame = measure_all(database, model, moment, database.users).reset_index()
    buffer = io.BytesIO()
    if output.suffix.lower() == ".csv":
        frame.to_csv(buffer, index=False)
    else:
        frame.to_parquet(buffer, index=False)
    write_bytes(output, buffer.getvalue(), private=True)
    say(f"Wrote {count(len(frame), 'user')} with {count(frame.shape[1] - 1, 'column')} of week {moment} to {output}")


def measure_all(
    database: UsageDatabase, model: HealthModel, week: Week, today: Callable[[], pd.DataFrame]
) -> pd.DataFrame:
    """Measure every statistic of a week.

    Args:
        database: The database with the events.
        model: The model.
        week: The week.
        today: `UsageDatabase.users`, called where no dates are known.

    Returns:
        The statistics, indexed by user_id.
    """
    since, until = model.event_window(week)
    events = database.events(since, until, properties=model.properties)
    return model.statistics(events, roster_of(database, week, today), week)
