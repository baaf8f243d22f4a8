"""The commands `oseberg run` and `oseberg runs`, as a person sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from oseberg.cli.lazy import Group, does
from oseberg.cli.options import json_option

if TYPE_CHECKING:
    from collections.abc import Callable

# Not in the schedule's own file: a ping address is a secret, and the settings keep it.
OPTIONS = (
    click.option(
        "--ping-url",
        metavar="URL",
        help="Ping this address at start, success and failure, with the summary [default: OSEBERG_PING_URL].",
    ),
    click.option("--on-failure", metavar="COMMAND", help="Run this command after a failure, the summary on its input."),
    click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON."),
)


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of both runs."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group(cls=Group)
def run() -> None:
    """Run everything that is due, for a schedule.

    \b
    Example:
      oseberg run daily
      oseberg run weekly
    """


@run.command()
@run_options
@does("run.work:run_daily")
def daily() -> None:
    """Load, verify, score, parse and check deliveries, and show the status.

    Each step works out what is left to do, so the next run makes up for a missed one. A step that isn't configured
    is skipped; a step that fails doesn't stop the others. One summary at the end, and one exit status.

    Exit status: 0 done; 1 a step failed; 3 something needs attention; 75 try again later: another run is in progress,
    or the hourly budget of requests is spent.

    \b
    Example:
      oseberg run daily
      oseberg run daily --on-failure 'mail -s "oseberg failed" data@example.com'
    """


@run.command()
@run_options
@does("run.work:run_weekly")
def weekly() -> None:
    """Do what the daily run does, and write the weekly digest and the health page.

    The section [run] of oseberg.toml says where the page and the digest are written.

    \b
    Example:
      oseberg run weekly --ping-url https://hc-ping.com/UUID
    """


@click.command()
@click.option("--failed", is_flag=True, help="Only runs that failed, were interrupted or need attention.")
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, help="Number of runs.")
@json_option
@does("run.history:run")
def runs() -> None:
    """Show the last runs, the newest first, and what became of each step.

    \b
    Example:
      oseberg runs
      oseberg runs --failed
    """
