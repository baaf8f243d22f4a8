"""The work of `oseberg db upgrade` and `oseberg db sql`."""

from __future__ import annotations

import click

from oseberg.cli.database import open_database
from oseberg.cli.output import say
from oseberg.cli.settings import Settings
from oseberg.usage_db import AccountSettings, migration_sql


def upgrade() -> None:
    """Bring the schema up to date, and print whether anything was done."""
    with open_database(Settings.load()) as database:
        before = database.status().schema_version
        database.upgrade()
        after = database.status().schema_version
    already = before == after
    say(f"The schema already has version {after}." if already else f"The schema now has version {after}.")


def print_sql(*, roles: bool) -> None:
    """Print the migrations as a script."""
    click.echo(migration_sql(Settings.load().validated("accounts", AccountSettings), roles=roles), nl=False)
