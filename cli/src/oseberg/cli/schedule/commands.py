"""The commands of `oseberg schedule`, as a person sees them."""

from __future__ import annotations

import click

from oseberg.cli.lazy import Group, does
from oseberg.cli.types import TIME_OF_DAY


@click.group(cls=Group)
def schedule() -> None:
    """Print a schedule for cron, systemd, Kubernetes or Airflow.

    \b
    Example:
      oseberg schedule print systemd
    """


@schedule.command("print")
@click.argument("scheduler", type=click.Choice(["systemd", "cron", "kubernetes", "airflow"]))
@click.option(
    "--at",
    type=TIME_OF_DAY,
    default="06:30",
    show_default=True,
    help="Time of day: the machine's for systemd and cron, UTC for kubernetes and airflow.",
)
@does("schedule.print:run")
def print_schedule() -> None:
    """Print a ready schedule: `oseberg run daily`, and on Mondays `oseberg run weekly`, which includes it.

    A run does what is configured, for usage and for counties, and works out what is left to do: the next run makes up
    for a missed one. Status 75 (another run is in progress, or the hourly budget of requests is spent) is tried again,
    by cron with the next run; any other failure needs attention. Once, by hand, first run `oseberg db upgrade`,
    `oseberg db accounts`, `oseberg mixpanel load --since DAY` and `oseberg doctor`.

    \b
    Example:
      oseberg schedule print cron --at 05:15
    """
