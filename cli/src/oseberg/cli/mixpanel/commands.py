"""The commands of `oseberg mixpanel`, as a person sees them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oseberg.cli.lazy import Group, does
from oseberg.cli.options import json_option, wide_option
from oseberg.cli.types import DAY, ZONE

if TYPE_CHECKING:
    from collections.abc import Callable

# No option for the secret: options appear in process lists and in the history of the shell.
CLIENT_OPTIONS = (
    click.option("--time-zone", type=ZONE, help="Time zone of the exported times: UTC, or an older project's own."),
    click.option(
        "--verify-time-zone/--no-verify-time-zone",
        default=None,
        help="Whether to refuse times that contradict the time zone [default: yes].",
    ),
    click.option(
        "--deadline",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="Longest time that one response may take [default: 7200].",
    ),
    click.option("--parallel", type=click.IntRange(1, 100), metavar="N", help="Requests at once [default: 4]."),
    click.option(
        "--days-per-request",
        type=click.IntRange(min=1),
        metavar="N",
        help="Days of each request [default: a few at first, then as many as work].",
    ),
)

output_option: Callable[..., Any] = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="PATH",
    help="Write to this file, compressed if it ends in .gz or .zst [default: standard output].",
)
names_option: Callable[..., Any] = click.option(
    "--names", type=click.Choice(["raw", "snake"]), default="raw", help="Column names: Mixpanel's own, or for SQL."
)
schema_option: Callable[..., Any] = click.option(
    "--schema",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="JSON file of columns and types that the result has at least; it is created and grows with new ones.",
)


def client_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that `open_client` takes."""
    for option in reversed(CLIENT_OPTIONS):
        command = option(command)
    return command


@click.group(cls=Group)
def mixpanel() -> None:
    """Export product events from Mixpanel, or load them into the database.

    \b
    Example:
      oseberg mixpanel export --since yesterday -o events.csv
      oseberg mixpanel load --since 30d
    """


@mixpanel.command()
@click.option(
    "--since",
    type=DAY,
    help="First day: 2026-11-01, 7d (seven days ago), yesterday, today. Required, except with --partition.",
)
@click.option("--until", type=DAY, help="Last day, included [default: yesterday in the export's time zone].")
@click.option("--event", "events", multiple=True, metavar="NAME", help="Only this event; may be repeated.")
@click.option("--where", metavar="EXPR", help="""Only events for which this is true: 'properties["os"] == "iOS"'.""")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "jsonl", "parquet", "raw"]),
    help="Format of the output; raw: Mixpanel's own lines [default: by the extension of PATH, else csv].",
)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="Write to this file, compressed if it ends in .gz or .zst [default: standard output].",
)
@click.option(
    "--partition",
    type=click.Choice(["day"]),
    help="Write a Parquet file for each day into the folder of -o (a path or s3://…), all with one schema.",
)
@click.option("--keep-duplicates", is_flag=True, help="Write duplicates as well.")
@names_option
@client_options
@schema_option
@click.option(
    "--spool", type=click.Path(file_okay=False, path_type=Path), help="Folder that keeps complete days until the end."
)
@click.option("--fresh", is_flag=True, help="Fetch all days, also those that an interrupted run has left.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures to this JSON file as well."
)
@does("mixpanel.export:run")
def export() -> None:
    """Write the events of some days, both included, to a file or to standard output.

    A day is complete, or the command fails and writes no file. An interrupted export resumes, within 24 hours,
    without fetching its complete days again. Lines that are not events are listed, and the exit status is 3.

    \b
    Example:
      oseberg mixpanel export --since 7d --format parquet -o events.parquet
      oseberg mixpanel export --since 2026-01-01 --format parquet --partition day -o lake
    """


@mixpanel.command()
@click.option("--since", type=DAY, default="yesterday", show_default=True, help="First day.")
@click.option("--until", type=DAY, help="Last day, included [default: yesterday in the export's time zone].")
@click.option("--event", "events", multiple=True, metavar="NAME", help="Show the properties of this event; repeatable.")
@click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="Look at N events only, those that Mixpanel sends first.",
)
@client_options
@json_option
@does("mixpanel.events:run")
def events() -> None:
    """List the events of some days: how many, from when to when; with --event, their properties and types.

    Look at a day before you export ninety. The days are fetched as an export fetches them, and nothing is kept.

    \b
    Example:
      oseberg mixpanel events
      oseberg mixpanel events --since 7d --limit 10000
      oseberg mixpanel events --event "Atla Query"
    """


@mixpanel.command()
@click.option(
    "--where", metavar="EXPR", help="""Only profiles for which this is true: 'properties["plan"] == "pro"'."""
)
@click.option("--group", metavar="ID", help="Profiles of groups: the id of the group key [default: users].")
@click.option("--property", "properties", multiple=True, metavar="NAME", help="Only this property; may be repeated.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "jsonl", "parquet"]),
    help="Format of the output [default: by the extension of PATH, else csv].",
)
@output_option
@names_option
@schema_option
@does("mixpanel.profiles:run")
def profiles() -> None:
    """Write the profiles of users, or of groups such as companies, to a file or to standard output.

    Mixpanel answers 60 such requests an hour, each with a page of profiles; exports of events are counted apart.

    \b
    Example:
      oseberg mixpanel profiles -o profiles.parquet
      oseberg mixpanel profiles --property '$email' --property plan
    """


@mixpanel.command()
@click.option("--since", type=DAY, help="First day [default: every day that is missing, failed or unsettled].")
@click.option("--until", type=DAY, help="Last day, included [default: yesterday in the export's time zone].")
@client_options
@click.option("--dry-run", is_flag=True, help="Show what would change on each day, and change nothing.")
@click.option("--allow-shrink", is_flag=True, help="Accept days that lose more than 5 % and more than 100 events.")
@click.option("--profiles", is_flag=True, help="Keep Mixpanel's profiles too: their e-mails resolve further ids.")
@wide_option
@json_option
@does("mixpanel.load:run")
def load() -> None:
    """Export days from Mixpanel and make the database equal to them; a day is loaded whole or not at all.

    The section [load] of oseberg.toml says what to omit or change. Without --since, every day since the first
    loaded one that is missing, failed or not settled is loaded, so that late events and merged ids are followed.

    \b
    Example:
      oseberg mixpanel load --since 2026-01-01
      oseberg mixpanel load --profiles
    """
