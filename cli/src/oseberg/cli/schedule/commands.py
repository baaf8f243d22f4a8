"""The commands of `oseberg schedule`: the daily run, written for the scheduler that you have."""

from __future__ import annotations

import getpass
import os
import re
import shlex
import shutil
import sysconfig
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from string import Template

import click


class TimeOfDay(click.ParamType[str]):
    """A time of day such as 06:30."""

    name = "HH:MM"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept 00:00 to 23:59."""
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            self.fail(f"{value!r} is no time of day; write it as 06:30.", param, ctx)
        return value


@click.group()
def schedule() -> None:
    """Write the daily run for your scheduler.

    \b
    Example:
      oseberg schedule print systemd
    """


@schedule.command("print")
@click.argument("scheduler", type=click.Choice(["systemd", "cron", "kubernetes", "airflow"]))
@click.option(
    "--at",
    type=TimeOfDay(),
    default="06:30",
    show_default=True,
    help="Time of day: the machine's for systemd and cron, UTC for kubernetes and airflow.",
)
def print_schedule(scheduler: str, at: str) -> None:
    """Print a ready schedule: load the missing days, then score the complete weeks.

    Both commands work out by themselves what is left to do, so a missed day is made good by the next run. Status 75
    (another run, or a spent budget of requests) is tried again, by cron the next day; any other failure asks for a
    person. The score runs however the load ended, since it takes complete weeks only. Do once before by hand: `oseberg
    db upgrade`, `oseberg db accounts`, and `oseberg mixpanel load --since DAY`.

    \b
    Example:
      oseberg schedule print cron --at 05:15
    """
    hour, minute = at.split(":")
    values = {
        "command": shlex.quote(installed()),
        "hour": str(int(hour)),
        "minute": str(int(minute)),
        "time": at,
        "user": account(),
        "version": version("oseberg"),
    }
    template = (files("oseberg.cli.schedule") / "templates" / f"{scheduler}.txt").read_text(encoding="utf-8")
    click.echo(Template(template).substitute(values), nl=False)


def installed() -> str:
    """Give the path of the command that runs; a scheduler knows no activated environment."""
    beside = Path(sysconfig.get_path("scripts"), "oseberg")
    return str(beside) if beside.is_file() else shutil.which("oseberg") or "oseberg"


def account() -> str:
    """Give the account's name, or its number where it has none, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
