"""The work of `oseberg doctor`."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click
from rich.table import Table

from oseberg.cli.config.show import settings_in_effect
from oseberg.cli.doctor.configuration import check_settings
from oseberg.cli.doctor.connections import check_database, check_mixpanel, check_s3
from oseberg.cli.doctor.finding import FAULT, OK, WARNING, Finding
from oseberg.cli.doctor.lake import check_lake
from oseberg.cli.doctor.machine import check_counties, check_disk, check_model, check_versions
from oseberg.cli.doctor.register import check_register
from oseberg.cli.drawing import open_console
from oseberg.cli.exits import DONE, FAILED, NEEDS_ATTENTION, Failure, explains_itself, sentence
from oseberg.cli.output import count, is_plain
from oseberg.cli.progress import ProgressDisplay
from oseberg.cli.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CHECKS: tuple[tuple[str, Callable[[Settings], Iterable[Finding]]], ...] = (
    ("mixpanel", check_mixpanel),
    ("database", check_database),
    ("s3", check_s3),
    ("lake", check_lake),
    ("model", check_model),
    ("counties", check_counties),
    ("register", check_register),
    ("disk", check_disk),
    ("versions", check_versions),
)
FIXES = {
    "mixpanel": "Check MIXPANEL_PROJECT_ID, MIXPANEL_USERNAME, MIXPANEL_SECRET and MIXPANEL_REGION, and the network.",
    "database": "Check OSEBERG_DATABASE_URL, that the server is running, and that it accepts this account.",
    "s3": "Check the address and the AWS_… variables or profile. Reading needs s3:ListBucket and s3:GetObject, an "
    "archive s3:PutObject and s3:DeleteObject.",
    "lake": "Check [score] events, workers and dask.",
    "model": "Check OSEBERG_MODEL or [score] model; the message names the line of the file.",
    "counties": "Fix or remove the module; the message names the file and the line.",
    "register": "Check [county] register: its address or path, and that this account can read it.",
    "disk": "Free some space, or set OSEBERG_HOME to a folder on a larger disk.",
    "versions": "python3 -m pip install --upgrade oseberg",
}
"""How to fix a fault whose message doesn't say it."""
STYLES = {OK: "green", WARNING: "yellow", FAULT: "bold red"}


def run(*, as_json: bool) -> int:
    """Run every check, and print what was found."""
    os.environ.setdefault("PGCONNECT_TIMEOUT", "10")  # libpq would wait for minutes for a host that doesn't answer
    settings: Settings | None = None
    try:
        settings = Settings.load()
        found = list(check_settings(settings))
    except Failure as failure:  # a file that isn't TOML: nothing else can be checked
        found = [Finding("settings", FAULT, failure.message, "Fix the file, then run oseberg doctor again.")]
    # with faulty settings every other check would repeat the same fault in other words
    if settings and not any(one.state == FAULT for one in found):
        with ProgressDisplay("Checking", len(CHECKS)) as display:
            for done, (area, check) in enumerate(CHECKS):
                display(done, len(CHECKS), f"areas, now {area}")
                found += attempt(area, check, settings)
    status = status_of(found)
    if as_json:
        shown = list(settings_in_effect(settings)) if settings and found[0].state != FAULT else []
        content = {"status": status, "checks": list(map(asdict, found)), "settings": list(map(asdict, shown))}
        click.echo(json.dumps(content, indent=2, ensure_ascii=False, default=str))
    else:
        print_findings(found)
    return status


def attempt(area: str, check: Callable[[Settings], Iterable[Finding]], settings: Settings) -> Iterator[Finding]:
    """Run a check; an error with a message for people becomes a fault, and every fault says how to fix it.

    Args:
        area: What is looked at.
        check: The check.
        settings: The settings.

    Yields:
        What was found.
    """
    try:
        for one in check(settings):
            yield one if one.fix or one.state == OK else replace(one, fix=FIXES[area])
    except Failure as failure:
        yield Finding(area, FAULT, failure.message, FIXES[area])
    except Exception as error:
        if not explains_itself(error):
            raise
        yield Finding(area, FAULT, sentence(error), FIXES[area])


def status_of(found: list[Finding]) -> int:
    """Return 1 if there is a fault, 3 if there is a warning, else 0."""
    states = {one.state for one in found}
    return FAILED if FAULT in states else NEEDS_ATTENTION if WARNING in states else DONE


def print_findings(found: list[Finding]) -> None:
    """Print a line for each finding, and below it how to fix what is wrong."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in found:
        table.add_row(one.state, one.area, one.message, style=STYLES[one.state] if one.state != OK else "")
        if one.fix:
            table.add_row("", "", f"How to fix it: {one.fix}")
    console = open_console(sys.stdout, plain=is_plain(sys.stdout))
    with console.capture() as drawn:
        console.print(table)
    for line in drawn.get().splitlines():
        click.echo(line.rstrip(), color=True)  # rich has already omitted escape codes where they are unwanted
    faults, warnings = (sum(one.state == state for one in found) for state in (FAULT, WARNING))
    click.echo(f"\n{count(faults, 'fault')}, {count(warnings, 'warning')}.")
