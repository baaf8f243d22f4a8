"""The steps of a run: which commands they are, and why one is skipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oseberg.cli.county.deliveries import is_s3
from oseberg.cli.database import has_database
from oseberg.cli.model import find_lake
from oseberg.cli.settings.sections import CountySettings, RunSettings
from oseberg.s3utils import S3, S3Url

if TYPE_CHECKING:
    from collections.abc import Callable

    from oseberg.cli.settings import Settings

    Commands = list[tuple[str, ...]]

NO_MIXPANEL = "MIXPANEL_PROJECT_ID is not set"
NO_DATABASE = "OSEBERG_DATABASE_URL is not set, and no embedded database exists"
NO_COUNTIES = "[county] source and out are not set"
RECORDS, CHECKS = "records.jsonl", "checks.html"


@dataclass(frozen=True)
class Step:
    """A step of a run.

    Attributes:
        name: The step, as in `load`.
        commands: Returns the commands; called when the step's turn comes, since earlier steps make its work.
        skipped: Why there is nothing to do; empty if there is.
        informs: Whether the step only shows what is known: what is still open then needs no attention once more.
    """

    name: str
    commands: Callable[[], Commands]
    skipped: str = ""
    informs: bool = False


def plan_steps(settings: Settings, root: click.Command, *, weekly: bool) -> list[Step]:
    """Return the steps in order, skipped ones included.

    Args:
        settings: The settings, which say what is configured.
        root: The root command, which knows what this version can do.
        weekly: Whether to write the digest and the page as well.

    Returns:
        The steps.
    """
    wanted = settings.validated("run", RunSettings)
    no_usage = "" if settings.get("mixpanel", "project_id", "MIXPANEL_PROJECT_ID") else NO_MIXPANEL
    no_database = (
        ""
        if has_database(settings) or not no_usage
        else "OSEBERG_DATABASE_URL is not set, and no embedded database exists"
    )
    county = settings.validated("county", CountySettings)
    no_county = "" if county.source and county.out else NO_COUNTIES
    steps = [
        *event_steps(find_lake(settings), root, no_usage),
        fixed("score", ["score", "weekly"], no_database),
    ]
    if weekly:
        digest, report = settings.path("run", "digest"), settings.path("run", "report")
        # the digest goes to standard output, which the mail of a scheduler brings, unless a file is named
        to_file = ["--format", "html", "-o", str(digest)] if wanted.digest else []
        steps.append(fixed("digest", ["score", "digest", *to_file], no_database or missing(root, "score", "digest")))
        no_report = no_database or ("" if report else "[run] report is not set")
        steps.append(fixed("report", ["score", "report", "-o", str(report)], no_report))
    source, out = county_places(settings)
    steps += [
        Step("county parse", lambda: parses_due(source, out), no_county),
        Step("county check", lambda: checks_due(source, out), no_county),
        fixed("status", ["db", "status"], no_database),
    ]
    no_register = no_county or ("" if settings.get("county", "register") else "[county] register is not set")
    steps.append(Step("county status", lambda: statuses_due(source, settings), no_register, informs=True))
    return steps


def event_steps(lake: str | None, root: click.Command, no_usage: str) -> list[Step]:
    """Return the steps that bring the events: into the database, or into the lake that the scores are made from.

    Args:
        lake: The lake of `[score] events`, or None.
        root: The root command.
        no_usage: Why events can't be brought; empty if they can.

    Returns:
        The steps.
    """
    if lake:
        # without --since it fetches what is missing or may have changed, as a load does
        export = ["mixpanel", "export", "--partition", "day", "-o", lake]
        in_lake = "the events are in the lake of [score] events"
        return [fixed("export", export, no_usage), fixed("verify", [], no_usage or in_lake)]
    return [
        fixed("load", ["mixpanel", "load"], no_usage),
        fixed("verify", ["db", "verify"], no_usage or missing(root, "db", "verify")),
    ]


def fixed(name: str, command: list[str], skipped: str) -> Step:
    """Make a step of one command that is known beforehand."""
    return Step(name, lambda: [tuple(command)], skipped)


def missing(root: click.Command, group: str, name: str) -> str:
    """Return why a command can't be run; an empty text if this version has it."""
    context = click.Context(root)
    found = root.get_command(context, group) if isinstance(root, click.Group) else None
    known = isinstance(found, click.Group) and found.get_command(context, name) is not None
    return "" if known else f"this version has no `oseberg {group} {name}`"


def county_places(settings: Settings) -> tuple[str, Path]:
    """Return where the deliveries are and where their results go; local paths start at the folder of oseberg.toml."""
    source = str(settings.get("county", "source") or "")
    # an address in S3 is absolute, a path is meant from the folder of its file
    if "://" not in source:
        source = str(settings.path("county", "source") or "")
    return source, settings.path("county", "out") or Path()


def parses_due(source: str, out: Path) -> Commands:
    """Return the command that parses the deliveries, or nothing as long as there are none."""
    if is_s3(source):
        waiting = next(iter(S3().list(S3Url(source) / "")), None) is not None
    else:
        # a missing folder is a mistake, of which the command says more
        waiting = not Path(source).is_dir() or any(Path(source).iterdir())
    return [("county", "parse", "--all", source, "--out", str(out))] if waiting else []


def statuses_due(source: str, settings: Settings) -> Commands:
    """Return the command that shows the counties; nothing before the first check has made a local register."""
    register = str(settings.get("county", "register"))
    known = "://" in register or (settings.path("county", "register") or Path()).exists()
    return [("county", "status", source)] if known else []


def checks_due(source: str, out: Path) -> Commands:
    """Return the checks to run: of new results, and of each county's latest delivery, which may be complete now.

    Args:
        source: Where the deliveries are.
        out: Where their results are, `OUT/FIPS/YYYYMMDD`.

    Returns:
        A command for each; its report goes next to the records.
    """
    commands: Commands = []
    for county in sorted(path for path in out.iterdir() if path.is_dir()) if out.is_dir() else []:
        results = sorted(path.parent for path in county.glob(f"*/{RECORDS}"))
        for result in results:
            records, report = result / RECORDS, result / CHECKS
            is_new = not report.exists() or report.stat().st_mtime < records.stat().st_mtime
            if is_new or result == results[-1]:
                delivery = f"{source.rstrip('/')}/{county.name}/{result.name}"
                check = ("county", "check", str(records), "--delivery", delivery)
                commands.append((*check, "--format", "html", "-o", str(report)))
    return commands
