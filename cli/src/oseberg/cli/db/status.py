"""The work of `oseberg db status`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from oseberg.cli.database import open_database
from oseberg.cli.journal import add_counts
from oseberg.cli.output import count
from oseberg.cli.settings import Settings
from oseberg.cli.tracking import Loss, find_loss

if TYPE_CHECKING:
    from oseberg.usage_db import Status

DAYS_ON_A_LINE = 5


def run(*, as_json: bool) -> None:
    """Print the status of the database."""
    settings = Settings.load()
    with open_database(settings) as database:
        found = database.status()
        ready = found.schema_version == found.needed_version
        lost = find_loss(database, settings) if ready else Loss(None, [])
    add_counts(days_loaded=found.days_loaded, events_stored=found.events)
    if as_json:
        click.echo(json.dumps({**found.as_dict(), **lost.as_dict()}, indent=2, default=str))
    else:
        click.echo(describe(found))
        for sentence in lost.sentences():
            click.echo(f"{'tracking':<16} {sentence}")


def describe(found: Status) -> str:
    """Return the status as lines for people."""
    if found.schema_version and found.schema_version > found.needed_version:
        have = f"version {found.schema_version}, newer than this program's {found.needed_version}"
        return f"{'schema':<16} {have}: upgrade the oseberg packages"
    if found.schema_version != found.needed_version:
        have = f"version {found.schema_version}" if found.schema_version else "no schema yet"
        return f"{'schema':<16} {have}; version {found.needed_version} is needed: oseberg db upgrade"
    last_days = "(last 30 days)"
    lines = {
        "schema": f"version {found.schema_version}",
        "days loaded": f"{found.days_loaded:,} ({found.first_day} to {found.last_day})"
        if found.days_loaded
        else "none",
        "unsettled": f"{count(found.unsettled, 'day')} (loaded again until late events have come)"
        if found.unsettled
        else "none",
        "failed": list_days(found.failed),
        "gaps": list_days(found.gaps),
        "gone": f"{list_days(found.gone)} (fewer events than were loaded: oseberg db verify)" if found.gone else "none",
        "events": count(found.events, "event"),
        "newest event": show_moment(found.newest_event),
        "last run": show_moment(found.last_run),
        "rejected lines": f"{found.rejects:,} (see the table event_reject)" if found.rejects else "none",
        "unresolved ids": f"{found.unresolved_ids:,}, with {count(found.unresolved_events, 'event')} {last_days}",
        "conflicting ids": f"{found.conflicts:,}",
    }
    shown = [f"{name:<16} {text}" for name, text in lines.items()]
    shown += [f"  {events:>12,} events  {text or '(blank)'}" for text, events, _ in found.unresolved]
    return "\n".join(shown)


def list_days(found: tuple[object, ...]) -> str:
    """Return the first days as text, and how many more there are."""
    more = f" and {len(found) - DAYS_ON_A_LINE:,} more" if len(found) > DAYS_ON_A_LINE else ""
    return ", ".join(str(day) for day in found[:DAYS_ON_A_LINE]) + more if found else "none"


def show_moment(found: object) -> str:
    """Return a time to the second."""
    return f"{str(found)[:19]} UTC" if found else "never"
