"""The work of `oseberg db upgrade` and `oseberg db sql`."""

from __future__ import annotations

from typing import Literal

import click

from oseberg.cli.database import open_database, schema_of
from oseberg.cli.output import say
from oseberg.cli.settings import Settings
from oseberg.usage_db import AccountSettings, migration_sql


def upgrade(*, accounts_mode: Literal["columns", "side"] | None, apply_settings: bool) -> None:
    """Bring the schema up to date, and print whether anything was done."""
    with open_database(Settings.load()) as database:
        before = database.status().schema_version
        database.upgrade(accounts_mode=accounts_mode, apply_settings=apply_settings)
        after = database.status().schema_version
    already = before == after
    say(f"The schema already has version {after}." if already else f"The schema now has version {after}.")


def print_sql(*, since: str | None, roles: bool, roles_only: bool) -> None:
    """Print the migrations as a script."""
    settings = Settings.load()
    accounts, schema = settings.validated("accounts", AccountSettings), schema_of(settings) or "usage"
    script = migration_sql(accounts, roles=roles, since=since, roles_only=roles_only, schema=schema)
    click.echo(script, nl=False)
