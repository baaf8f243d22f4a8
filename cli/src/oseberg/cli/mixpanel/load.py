"""The work of `oseberg mixpanel load`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
import pandas as pd

from oseberg.cli.database import load_settings, open_database
from oseberg.cli.exits import DONE, FAILED, NEEDS_ATTENTION
from oseberg.cli.journal import add_counts
from oseberg.cli.mixpanel.client import check_last_day, open_client, show_export
from oseberg.cli.output import count, print_frame, say
from oseberg.cli.progress import ProgressDisplay
from oseberg.cli.settings import Settings
from oseberg.cli.tracking import find_loss
from oseberg.cli.types import YESTERDAY, day_in
from oseberg.usage_db import LoadError, ShrinkError, UsageDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oseberg.mixpanel_export import MixpanelClient

COLUMNS = {name: name for name in ("day", "state", "inserted", "updated", "deleted", "unchanged", "rejected")}
"""What fits 80 columns; `--wide` adds the duplicates and the events that [load] omits."""


COUNTED = ("inserted", "updated", "deleted", "unchanged", "rejected")


def run(
    *,
    since: date | timedelta | None,
    until: date | timedelta | None,
    dry_run: bool,
    allow_shrink: bool,
    profiles: bool,
    wide: bool,
    as_json: bool,
    **options: Any,  # noqa: ANN401 - the client's
) -> int:
    """Load the days that are due, or those that were named, and print a line for each."""
    settings = Settings.load()
    client = open_client(settings, **options)
    zone = ZoneInfo(client.time_zone)
    last = day_in(zone, YESTERDAY if until is None else until)
    first = None if since is None else day_in(zone, since)
    if first and first > last:
        how = "A day is loaded when it is over." if until is None else "Swap them."
        raise click.BadParameter(f"{first} is after the last day, {last}. {how}", param_hint="--since")
    check_last_day(last, zone)
    wanted = settings.get("load", "include_events") or None  # Mixpanel need not send what [load] would omit
    with open_database(settings) as database:
        days = span(first, last) if first else database.pending_days(last)
        with_profiles = (profiles or load_settings(settings).profiles) and not dry_run
        if not days:
            say(f"Nothing to load up to {last}: every day is loaded and settled.")
            if as_json:
                click.echo("[]")
            of_profiles = load_profiles(database, client, allow_shrink=allow_shrink) if with_profiles else DONE
            lost = tell_loss(database, settings)
            return of_profiles or lost
        rows: list[dict[str, Any]] = []
        try:
            with database.load_run("mixpanel load", project_id=client.project_id, dry_run=dry_run, since=first):
                rows.extend(load_days(database, client, days, allow_shrink=allow_shrink, events=wanted))
        finally:  # what was loaded before an error stays, and is reported
            print_rows(rows, as_json=as_json, wide=wide)
        of_profiles = load_profiles(database, client, allow_shrink=allow_shrink) if with_profiles else DONE
        lost = tell_loss(database, settings)
    if dry_run:
        say("Dry run: nothing was changed.")
    return exit_status(rows) or of_profiles or lost


def load_profiles(database: UsageDatabase, client: MixpanelClient, *, allow_shrink: bool) -> int:
    """Make the stored profiles equal to Mixpanel's, and say what changed; return the exit status."""
    with ProgressDisplay("Fetching profiles") as display:
        client.progress = display
        profiles = client.profiles()
    counts = database.replace_profiles(profiles, allow_shrink=allow_shrink)
    say(
        f"{count(counts.stored, 'profile')}: {counts.inserted:,} inserted, {counts.updated:,} updated, "
        f"{counts.deleted:,} deleted."
    )
    if counts.rejected:
        say(f"Profiles that can't be stored in Postgres: {counts.rejected:,}.")
    return NEEDS_ATTENTION if counts.rejected else DONE


def tell_loss(database: UsageDatabase, settings: Settings) -> int:
    """Print whether tracking is lost, even if there is nothing to load; return 3 if it is."""
    lost = find_loss(database, settings)
    for sentence in lost.sentences():
        say(sentence)
    return NEEDS_ATTENTION if lost else DONE


def span(first: date, last: date) -> list[date]:
    """Return every day from the first to the last."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def runs(days: list[date]) -> Iterator[tuple[date, date]]:
    """Yield the first and the last of each run of days without a gap, so that each run is one export."""
    first = before = days[0]
    for day in days[1:]:
        if day != before + timedelta(days=1):
            yield first, before
            first = day
        before = day
    yield first, before


def load_days(
    database: UsageDatabase,
    client: MixpanelClient,
    days: list[date],
    *,
    allow_shrink: bool,
    events: list[str] | None = None,
) -> Iterator[dict[str, Any]]:
    """Export and load the days; a day that is refused or fails is reported and does not stop the others.

    Args:
        database: The database to load into.
        client: The client to export from.
        days: The days, in order.
        allow_shrink: Whether to accept days that lose many events.
        events: The events to request; None requests all.

    Yields:
        A row for each day: its state and counts, or the message of its failure.
    """
    loaded = 0
    # runs of days, not single ones: the client asks for several days in one request, within its hourly budget
    with show_export(client, len(days)) as display:
        for first, last in runs(days):
            display.start_from(loaded)
            for day in client.days(first, last, events=events):
                row: dict[str, Any] = {"day": day.date, "state": "loaded"}
                try:
                    counts = database.replace_day(
                        day.date, day.received, time_zone=day.time_zone, allow_shrink=allow_shrink
                    )
                    row |= counts.as_dict()
                    add_counts(days=1, **{name: getattr(counts, name) for name in COUNTED})
                except LoadError as error:
                    state = "refused" if isinstance(error, ShrinkError) else "failed"
                    row |= {"state": state, "message": str(error)}
                loaded += 1
                yield row


def print_rows(rows: list[dict[str, Any]], *, as_json: bool, wide: bool) -> None:
    """Print one line for each day, and why days were refused."""
    if not rows:
        return
    frame = pd.DataFrame(rows).drop(columns="message", errors="ignore").convert_dtypes()
    print_frame(frame.astype({"day": "str"}), as_json=as_json, columns=None if wide else COLUMNS)
    for row in rows:
        if "message" in row:
            say(row["message"])
    if rejected := sum(row.get("rejected", 0) for row in rows):
        say(f"Lines that can't be stored: {rejected:,}. The table event_reject keeps them with their reasons.")


def exit_status(rows: list[dict[str, Any]]) -> int:
    """Return 1 when a day was refused, 3 when lines were rejected, else 0."""
    if any(row["state"] != "loaded" for row in rows):
        return FAILED
    return NEEDS_ATTENTION if any(row["rejected"] for row in rows) else DONE
