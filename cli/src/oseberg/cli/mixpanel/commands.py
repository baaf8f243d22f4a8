"""The commands of `oseberg mixpanel`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from oseberg.cli.exits import NEEDS_A_PERSON
from oseberg.cli.mixpanel.client import Progress, client_options, open_client
from oseberg.cli.mixpanel.load import load
from oseberg.cli.output import say, write_whole
from oseberg.cli.settings import Settings
from oseberg.cli.types import DAY, YESTERDAY, day_in

if TYPE_CHECKING:
    from datetime import date, timedelta

    from oseberg.mixpanel_export import MixpanelClient, Report

SHOWN = 3


@click.group()
def mixpanel() -> None:
    """Export product events from Mixpanel, or load them into the database.

    \b
    Example:
      oseberg mixpanel export --since yesterday -o events.csv
      oseberg mixpanel load --since 30d
    """


mixpanel.add_command(load)


@mixpanel.command()
@click.option("--since", type=DAY, required=True, help="First day: 2026-11-01, 7d (seven days ago) or yesterday.")
@click.option("--until", type=DAY, help="Last day, itself included [default: yesterday in the export's zone].")
@click.option("--event", "events", metavar="NAME", multiple=True, help="Only events of this name; repeat for more.")
@click.option("--where", metavar="EXPR", help="""Only events for which this is true: 'properties["os"] == "iOS"'.""")
@click.option("--format", "kind", type=click.Choice(["csv", "jsonl", "parquet"]), help="Default: by PATH, else csv.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="PATH",
    help="Default: stdout.",
)
@click.option("--names", type=click.Choice(["raw", "snake"]), default="raw", help="Mixpanel's names, or names for SQL.")
@client_options
@click.option(
    "--spool", type=click.Path(file_okay=False, path_type=Path), help="Where complete days wait for the rest."
)
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures to this JSON file.")
def export(
    *,
    since: date | timedelta,
    until: date | timedelta | None,
    events: tuple[str, ...],
    where: str | None,
    kind: str | None,
    output: Path | None,
    names: str,
    spool: Path | None,
    report: Path | None,
    **options: Any,  # noqa: ANN401 - the client's
) -> None:
    """Write the events of some days, both included, to a file or to standard output.

    A day is whole or the command fails and writes no file. An export that was broken off goes on, within 24 hours,
    without asking again for its complete days. Lines that are no events are shown and the status is 3.

    \b
    Example:
      oseberg mixpanel export --since 7d --format parquet -o events.parquet
    """
    client = open_client(Settings.load(), **options)
    before = read_report(report) if report else None
    days = chosen_days(since, until, ZoneInfo(client.time_zone))
    done = write(client, output, *days, format=kind, events=events or None, where=where, names=names, spool=spool)
    say(done.summary())
    if report:
        write_report(done, report, before)
    if done.quarantined:
        show_unreadable(done)


def chosen_days(since: date | timedelta, until: date | timedelta | None, zone: ZoneInfo) -> tuple[date, date]:
    """Give the first and the last day; without `until` the last one that is over, unless only later ones are meant."""
    first = day_in(zone, since)
    return first, max(first, day_in(zone, YESTERDAY)) if until is None else day_in(zone, until)


def write(client: MixpanelClient, output: Path | None, first: date, last: date, **wanted: Any) -> Report:  # noqa: ANN401 - the client's
    """Write the days to a file or to standard output, with a bar on standard error."""
    from oseberg.mixpanel_export import SettingsError

    target = sys.stdout.buffer if output in {None, Path("-")} else output
    try:
        with Progress((last - first).days + 1) as client.progress:
            return client.write(target, first, last, **wanted)
    except SettingsError as error:  # the client stood already, so it is about an option
        raise click.UsageError(str(error)) from None


def read_report(path: Path) -> Report | None:
    """Read the figures of an earlier export, before the new one is asked for."""
    import json

    from oseberg.mixpanel_export import Report

    if not path.parent.is_dir():
        raise click.BadParameter(f"The folder of {path} does not exist.", param_hint="--report")
    if not path.is_file():
        return None
    try:
        return Report.from_dict(json.loads(path.read_text("utf-8")))
    except (ValueError, AttributeError):
        raise click.BadParameter(f"{path} holds something else than a report.", param_hint="--report") from None


def write_report(done: Report, path: Path, before: Report | None) -> None:
    """Write the figures as JSON, and say what differs from the report that stood there."""
    import json

    if before:
        changes = done.changes(before)
        for word in ("new", "lost", "retyped"):
            if found := getattr(changes, word):
                say(f"{word} properties: {', '.join(found)}")
    write_whole(path, json.dumps(done.to_dict(), ensure_ascii=False, indent=2) + "\n")


def show_unreadable(done: Report) -> None:
    """Show the first lines that are no events, and leave with the status that asks for a person."""
    for found in done.unreadable[:SHOWN]:
        say(f"not an event: {found['line'][:200]} ({found['reason']})")
    if done.quarantined > SHOWN:
        say(f"and {done.quarantined - SHOWN} more: --report FILE keeps them all.")
    click.get_current_context().exit(NEEDS_A_PERSON)
