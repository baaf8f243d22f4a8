"""The command `oseberg mixpanel load`."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from oseberg.cli.exits import DONE, FAILED, NEEDS_A_PERSON
from oseberg.cli.mixpanel.client import client_options, open_client
from oseberg.cli.output import json_option, print_frame, say
from oseberg.cli.settings import Settings
from oseberg.cli.types import DAY, YESTERDAY, day_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.mixpanel_export import MixpanelClient
    from oseberg.usage_db import UsageDatabase


@click.command()
@click.option("--since", type=DAY, help="First day; without it, the days that are missing, failed or unsettled.")
@click.option("--until", type=DAY, help="Last day, itself included [default: yesterday in the export's zone].")
@client_options
@click.option("--dry-run", is_flag=True, help="Show what would change on each day, and change nothing.")
@click.option("--allow-shrink", is_flag=True, help="Accept days that lose more than 5 % and more than 100 events.")
@json_option
def load(
    *,
    since: date | timedelta | None,
    until: date | timedelta | None,
    dry_run: bool,
    allow_shrink: bool,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - the client's
) -> None:
    """Export days from Mixpanel and make the database equal to them; a day is loaded whole or not at all.

    The section [load] of oseberg.toml says what to leave out or change. Without --since, every day since the first
    loaded one that is missing, failed or not settled is loaded, so that late events and merged ids are followed.

    \b
    Examples:
      oseberg mixpanel load --since 2026-01-01
      oseberg mixpanel load
    """
    from oseberg.cli.database import open_database

    settings = Settings.load()
    client = open_client(settings, **options)
    zone = ZoneInfo(client.time_zone)
    last = day_in(zone, YESTERDAY if until is None else until)
    first = None if since is None else day_in(zone, since)
    if first and first > last:
        raise click.BadParameter(f"{first} is after the last day, {last}.", param_hint="--since")
    with open_database(settings) as database:
        days = span(first, last) if first else database.pending_days(last)
        if not days:
            say(f"Nothing to load up to {last}: every day is loaded and settled.")
            if as_json:
                click.echo("[]")
            return
        rows: list[dict[str, Any]] = []
        try:
            with database.load_run("mixpanel load", project_id=client.project_id, dry_run=dry_run):
                rows.extend(load_days(database, client, days, allow_shrink=allow_shrink))
        finally:  # what was loaded before an error stays, and is told
            print_rows(rows, as_json=as_json)
    if dry_run:
        say("Dry run: nothing was changed.")
    click.get_current_context().exit(exit_status(rows))


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
    database: UsageDatabase, client: MixpanelClient, days: list[date], *, allow_shrink: bool
) -> Iterator[dict[str, Any]]:
    """Export and load the days, giving a line for each; one that is refused or fails says why, and the others go on."""
    from oseberg.usage_db import LoadError, ShrinkError

    with click.progressbar(length=len(days), label="Loading days", file=sys.stderr) as bar:
        for first, last in runs(days):
            for day in client.days(first, last):
                row: dict[str, Any] = {"day": day.date, "state": "loaded"}
                try:
                    counts = database.replace_day(
                        day.date, day.received, time_zone=day.time_zone, allow_shrink=allow_shrink
                    )
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
        say(f"Lines that can't be stored: {rejected:,}. usage.event_reject keeps them with their reasons.")


def exit_status(rows: list[dict[str, Any]]) -> int:
    """Give 1 when a day was refused, 3 when lines were rejected, else 0."""
    if any(row["state"] != "loaded" for row in rows):
        return FAILED
    return NEEDS_A_PERSON if any(row["rejected"] for row in rows) else DONE
