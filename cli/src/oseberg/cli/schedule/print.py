"""The work of `oseberg schedule print`."""

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
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable


BY_SHELL = r'/bin/sh -c "exec \"$$0\" \"$$@\""'
"""What runs its first argument, written for systemd."""


def run(scheduler: str, at: str) -> None:
    """Print the schedule for one scheduler.

    Args:
        scheduler: The name of a template.
        at: The time of day, as in `06:30`.
    """
    hour, minute = at.split(":")
    values = {
        "command": QUOTES[scheduler](find_command()),
        "hour": str(int(hour)),
        "minute": str(int(minute)),
        "time": at,
        "user": find_account(),
        "version": version("oseberg"),
    }
    template = (files("oseberg.cli.schedule") / "templates" / f"{scheduler}.txt").read_text(encoding="utf-8")
    click.echo(Template(template).substitute(values), nl=False)


def quote_for_cron(path: str) -> str:
    """Quote a path for the shell that cron starts; to cron itself, % is the end of the command."""
    return shlex.quote(path).replace("%", r"\%")


def quote_for_systemd(path: str) -> str:
    """Quote the program of a unit, where % begins a specifier."""
    quoted = path.replace("\\", r"\\").replace('"', r"\"").replace("%", "%%")
    if re.search(r"""['"\\]""", path):  # no program of a unit may have such a name, but an argument may
        return f'{BY_SHELL} "{quoted.replace("$", "$$")}"'
    # $ names no variable in a program
    return quoted if re.fullmatch(r"[\w/.+@%-]+", quoted) else f'"{quoted}"'


def quote_for_airflow(path: str) -> str:
    """Quote a path for the shell, and that for Python."""
    return repr(f"{shlex.quote(path)} run")


QUOTES: dict[str, Callable[[str], str]] = {
    "cron": quote_for_cron,
    "systemd": quote_for_systemd,
    "airflow": quote_for_airflow,
    "kubernetes": str,  # the image knows its own command
}
"""How each scheduler reads the path of a command, which may contain spaces, quotes, % and $."""


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
