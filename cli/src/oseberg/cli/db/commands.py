"""The commands of `oseberg db`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oseberg.cli.output import json_option, say
from oseberg.cli.settings import Settings

if TYPE_CHECKING:
    from oseberg.usage_db import Status

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def db() -> None:
    """Create, upgrade and inspect the usage database.

    \b
    Example:
      oseberg db upgrade
      oseberg db status
    """


@db.command()
def upgrade() -> None:
    """Create the schema `usage`, or bring it up to date; safe to repeat.

    Tables of users and groups that exist are kept; their new columns are nullable. An empty database gets them.

    \b
    Example:
      oseberg db upgrade
    """
    from oseberg.cli.database import open_database

    with open_database(Settings.load()) as database:
        before = database.status().schema_version
        database.upgrade()
        after = database.status().schema_version
    say(f"The schema has version {after} already." if before == after else f"The schema has version {after} now.")


@db.command()
@json_option
def status(*, as_json: bool) -> None:
    """Show on one screen what the database holds and what needs attention.

    \b
    Example:
      oseberg db status --json
    """
    from oseberg.cli.database import open_database

    with open_database(Settings.load()) as database:
        found = database.status()
    click.echo(json.dumps(found.as_dict(), indent=2, default=str) if as_json else describe(found))


def describe(found: Status) -> str:
    """Say the status in lines for people."""
    if found.schema_version != found.needed_version:
        have = f"version {found.schema_version}" if found.schema_version else "no schema yet"
        return f"{'schema':<20} {have}; needed is {found.needed_version}: oseberg db upgrade"
    lines = {
        "schema": f"version {found.schema_version}",
        "days loaded": f"{found.days_loaded:,} ({found.first_day} to {found.last_day})"
        if found.days_loaded
        else "none",
        "unsettled": f"{found.unsettled:,} (loaded again until late events have come)" if found.unsettled else "none",
        "failed": days(found.failed),
        "gaps": days(found.gaps),
        "events": f"{found.events:,}",
        "newest event": moment(found.newest_event),
        "last run": moment(found.last_run),
        "rejected lines": f"{found.rejects:,} (see usage.event_reject)" if found.rejects else "none",
        "unresolved ids": f"{found.unresolved_ids:,}, with {found.unresolved_events:,} events (last 30 days)",
        "conflicting ids": f"{found.conflicts:,}",
    }
    shown = [f"{name:<20} {text}" for name, text in lines.items()]
    shown += [f"  {count:>12,} events  {text or '(blank)'}" for text, count, _ in found.unresolved]
    return "\n".join(shown)


def days(found: tuple[object, ...]) -> str:
    """Say up to five days, and how many more there are."""
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""  # noqa: PLR2004 - what fits on a line
    return ", ".join(str(day) for day in found[:5]) + more if found else "none"


def moment(found: object) -> str:
    """Say a time to the second."""
    return f"{str(found)[:19]} UTC" if found else "never"


@db.command()
@click.argument("users", type=FILE)
@click.argument("groups", type=FILE)
@click.option("--disable-missing", is_flag=True, help="Disable the users that are not in USERS.")
@json_option
def accounts(users: Path, groups: Path, *, disable_missing: bool, as_json: bool) -> None:
    """Insert and update users and groups (companies) from two CSV files, all or nothing.

    USERS has the columns id, name, and any of email, username, group_id, job_type, enabled, products (Atla;Sol, blank
    means both). GROUPS has id, name, and any of account_size, group_type (Enterprise, SMB or Oseberg, where it differs
    from what the size says), salesforce_id.

    \b
    Example:
      oseberg db accounts users.csv groups.csv
    """
    from oseberg.cli.database import open_database

    with open_database(Settings.load()) as database:
        counts = database.import_accounts(users, groups, disable_missing=disable_missing)
    if as_json:
        click.echo(json.dumps(counts.as_dict()))
    else:
        say(f"{counts.users:,} users and {counts.groups:,} groups read, {counts.written:,} rows written.")
        if disable_missing:
            say(f"{counts.disabled:,} users disabled.")


@db.command()
@click.option("--roles", is_flag=True, help="Add the roles usage_owner, usage_etl and usage_reader, with their grants.")
def sql(*, roles: bool) -> None:
    """Print the migrations as a script for psql, for a database administrator.

    \b
    Example:
      oseberg db sql --roles > usage.sql
    """
    from oseberg.usage_db import AccountSettings, migration_sql

    click.echo(migration_sql(Settings.load().validated("accounts", AccountSettings), roles=roles), nl=False)
