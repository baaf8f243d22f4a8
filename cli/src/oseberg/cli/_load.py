"""The command `oseberg mixpanel load`."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from oseberg.cli._dates import DAY, today_in
from oseberg.cli._exit import DONE, FAILED, NEEDS_A_PERSON
from oseberg.cli._output import json_option, print_frame, say
from oseberg.cli._settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.usage_db import UsageDatabase


@click.command()
@click.option("--since", type=DAY, help="First day; without it, the days that are missing, failed or unsettled.")
@click.option("--until", type=DAY, help="Last day, itself included [default: yesterday in the export's zone].")
@click.option("--time-zone", help="Zone of the exported times (projects from before 2023), like America/Chicago.")
@click.option("--dry-run", is_flag=True, help="Show what would change on each day, and change nothing.")
@click.option("--allow-shrink", is_flag=True, help="Accept days that lose more than 5 % and more than 100 events.")
@json_option
@click.pass_context
def load(
    ctx: click.Context,
    *,
    since: date | None,
    until: date | None,
    time_zone: str | None,
    dry_run: bool,
    allow_shrink: bool,
    as_json: bool,
) -> None:
    """Export days from Mixpanel and make the database equal to them; a day is loaded whole or not at all.

    The section [load] of oseberg.toml says what to leave out or change. Without --since, every day since the first
    loaded one that is missing, failed or not settled is loaded, so that late events and merged ids are followed.

    \b
    Examples:
      oseberg mixpanel load --since 2026-01-01
      oseberg mixpanel load
    """
    from oseberg.cli._database import open_database

    settings = Settings.load()
    zone = str(time_zone or settings.get("mixpanel", "time_zone", "MIXPANEL_TIME_ZONE", "UTC"))
    last = until or yesterday(zone)
    with open_database(settings) as database:
        if since and since > last:
            raise click.BadParameter(f"{since} is after the last day, {last}.", param_hint="--since")
        days = span(since, last) if since else database.pending_days(last)
        if not days:
            say(f"Nothing to load up to {last}: every day is loaded and settled.")
            return
        project = settings.get("mixpanel", "project_id", "MIXPANEL_PROJECT_ID")
        rows: list[dict[str, Any]] = []
        try:
            with database.load_run("mixpanel load", project_id=project and str(project), dry_run=dry_run):
                rows.extend(load_days(database, settings, days, zone, allow_shrink=allow_shrink))
        finally:  # what was loaded before an error stays, and is told
            print_rows(rows, as_json=as_json)
    if dry_run:
        say("Dry run: nothing was changed.")
    ctx.exit(exit_status(rows))


def yesterday(zone: str) -> date:
    """Give the last day that is over in a zone."""
    from zoneinfo import ZoneInfo

    try:
        return today_in(ZoneInfo(zone)) - timedelta(days=1)
    except (KeyError, ValueError, OSError):
        raise click.BadParameter(f"{zone!r} is no time zone. Name it like America/Chicago.") from None


def span(first: date, last: date) -> list[date]:
    """Give every day from the first to the last."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def runs(days: list[date]) -> Iterator[tuple[date, date]]:
    """Give the first and the last of each run of days without a gap, so that each run is one export."""
    first = before = days[0]
    for day in days[1:]:
        if day != before + timedelta(days=1):
            yield first, before
            first = day
        before = day
    yield first, before


def load_days(
    database: UsageDatabase, settings: Settings, days: list[date], zone: str, *, allow_shrink: bool
) -> Iterator[dict[str, Any]]:
    """Export and load the days, giving a line for each; one that is refused or fails says why, and the others go on."""
    from oseberg.cli._client import open_client
    from oseberg.usage_db import LoadError, ShrinkError

    client = open_client(settings, time_zone=zone)
    with click.progressbar(length=len(days), label="Loading days", file=sys.stderr) as bar:
        for first, last in runs(days):
            for day in client.days(first, last):
                row: dict[str, Any] = {"day": day.date, "state": "loaded"}
                try:
                    counts = database.replace_day(day.date, day.received, time_zone=zone, allow_shrink=allow_shrink)
                    row |= counts.as_dict()
                except LoadError as error:
                    state = "refused" if isinstance(error, ShrinkError) else "failed"
                    row |= {"state": state, "message": str(error)}
                bar.update(1)
                yield row


def print_rows(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print one line for each day, and say why days were refused."""
    import pandas as pd

    if not rows:
        return
    frame = pd.DataFrame(rows).drop(columns="message", errors="ignore").convert_dtypes()
    print_frame(frame.astype({"day": "str"}), as_json=as_json)
    for row in rows:
        if "message" in row:
            say(row["message"])
    if rejected := sum(row.get("rejected", 0) for row in rows):
        say(f"{rejected:,} lines can't be stored; usage.event_reject keeps them with their reasons.")


def exit_status(rows: list[dict[str, Any]]) -> int:
    """Give 1 when a day was refused, 3 when lines were rejected, else 0."""
    if any(row["state"] != "loaded" for row in rows):
        return FAILED
    return NEEDS_A_PERSON if any(row["rejected"] for row in rows) else DONE
