"""The work of `oseberg schedule print`."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import sysconfig
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from string import Template

import click


def run(scheduler: str, at: str) -> None:
    """Print the schedule for one scheduler.

    Args:
        scheduler: The name of a template.
        at: The time of day, as in `06:30`.
    """
    hour, minute = at.split(":")
    # quoted for the shell: an environment's path may contain spaces
    values = {
        "command": shlex.quote(find_command()),
        "hour": str(int(hour)),
        "minute": str(int(minute)),
        "time": at,
        "user": find_account(),
        "version": version("oseberg"),
    }
    template = (files("oseberg.cli.schedule") / "templates" / f"{scheduler}.txt").read_text(encoding="utf-8")
    click.echo(Template(template).substitute(values), nl=False)


def find_command() -> str:
    """Return the path of the running command, since a scheduler doesn't activate environments."""
    here = Path(sysconfig.get_path("scripts"), "oseberg")
    return str(here) if here.is_file() else shutil.which("oseberg") or "oseberg"


def find_account() -> str:
    """Return the account's name, or its number where it has no name, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
