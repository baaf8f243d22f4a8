"""The work of `oseberg mixpanel export`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from oseberg.cli._atomic import write_text
from oseberg.cli.exits import DONE, NEEDS_ATTENTION
from oseberg.cli.journal import add_counts
from oseberg.cli.mixpanel.client import check_last_day, open_client, show_export
from oseberg.cli.mixpanel.files import grow_schema, known_schema, open_target
from oseberg.cli.mixpanel.lake import write_lake
from oseberg.cli.output import say
from oseberg.cli.settings import Settings
from oseberg.cli.types import YESTERDAY, day_in
from oseberg.mixpanel_export import MixpanelClient, Report, SchemaError, SettingsError

if TYPE_CHECKING:
    from datetime import date, timedelta

SHOWN = 3  # lines that are not events; --report keeps all of them


def run(
    *,
    since: date | timedelta | None,
    until: date | timedelta | None,
    events: tuple[str, ...],
    where: str | None,
    kind: str | None,
    output: str | None,
    partition: str | None,
    keep_duplicates: bool,
    names: str,
    schema: Path | None,
    spool: Path | None,
    fresh: bool,
    report: Path | None,
    **options: Any,  # noqa: ANN401 - the client's
) -> int:
    """Export the days and report unreadable lines."""
    client = open_client(Settings.load(), **options)
    before = read_report(report) if report else None
    wanted: dict[str, Any] = {"events": events or None, "where": where, "names": names}
    wanted |= {"schema": known_schema(schema), "keep_duplicates": keep_duplicates}
    if partition:
        done = write_lake(client, output, kind, since, until, **wanted)
    elif since is None:
        raise click.UsageError("Missing option '--since'.")
    else:
        days = chosen_days(since, until, ZoneInfo(client.time_zone))
        done = write(client, output, *days, format=kind, spool=spool, fresh=fresh, **wanted)
    say(done.summary())
    add_counts(events=done.rows, unreadable=done.quarantined)
    if schema:
        grow_schema(schema, done)
    if report:
        write_report(done, report, before)
    return show_unreadable(done)


def chosen_days(since: date | timedelta, until: date | timedelta | None, zone: ZoneInfo) -> tuple[date, date]:
    """Return the first and the last day.

    Args:
        since: The first day.
        until: The last day, or None for the last one that is over; `--since today` then means today alone.
        zone: The time zone of the export's days.

    Returns:
        The two days, both included.
    """
    first = day_in(zone, since)
    last = max(first, day_in(zone, YESTERDAY)) if until is None else day_in(zone, until)
    check_last_day(last, zone)
    return first, last


def write(client: MixpanelClient, output: str | None, first: date, last: date, **wanted: Any) -> Report:  # noqa: ANN401 - the client's
    """Write the days to a file or to standard output, with progress on standard error."""
    target = open_target(None if output is None else Path(output))
    try:
        with show_export(client, (last - first).days + 1):
            return client.write(target, first, last, **wanted)
    except (SettingsError, SchemaError) as error:  # the client could be made, so the error is about an option
        raise click.UsageError(str(error)) from None


def read_report(path: Path) -> Report | None:
    """Read the figures of an earlier export, before the new one is requested."""
    if not path.parent.is_dir():
        raise click.BadParameter(f"The folder {path.parent} does not exist; create it first.", param_hint="--report")
    if not path.is_file():
        return None
    try:
        return Report.from_dict(json.loads(path.read_text("utf-8")))
    except (ValueError, AttributeError):
        message = f"{path} exists and is not a report of an export. Choose another file."
        raise click.BadParameter(message, param_hint="--report") from None


def write_report(done: Report, path: Path, before: Report | None) -> None:
    """Write the figures as JSON, and print how they differ from the report that the file held."""
    if before:
        changes = done.changes(before)
        for word in ("new", "lost", "retyped"):
            if found := getattr(changes, word):
                say(f"{word} properties: {', '.join(found)}")
    write_text(path, json.dumps(done.to_dict(), ensure_ascii=False, indent=2) + "\n", private=True)


def show_unreadable(done: Report) -> int:
    """Print the first lines that are not events, and return the status."""
    for found in done.unreadable[:SHOWN]:
        say(f"not an event: {found['line'][:200]} ({found['reason']})")
    if done.quarantined > SHOWN:
        say(f"and {done.quarantined - SHOWN:,} more: --report FILE keeps them all.")
    return NEEDS_ATTENTION if done.quarantined else DONE
