"""The commands of `oseberg db`, as a person sees them."""

from __future__ import annotations

import click

from oseberg.cli.lazy import does
from oseberg.cli.options import FILE, json_option


@click.group()
def db() -> None:
    """Create, upgrade and inspect the usage database.

    \b
    Example:
      oseberg db upgrade
      oseberg db status
    """


@db.command()
@does("db.schema:upgrade")
def upgrade() -> None:
    """Create the schema `usage`, or bring it up to date; safe to repeat.

    Existing tables of users and groups are kept; the columns added to them are nullable. An empty database gets
    such tables.

    \b
    Example:
      oseberg db upgrade
    """


@db.command()
@json_option
@does("db.status:run")
def status() -> None:
    """Show on one screen what the database holds and what needs attention.

    \b
    Example:
      oseberg db status --json
    """


@db.command()
@click.argument("users", type=FILE)
@click.argument("groups", type=FILE)
@click.option("--disable-missing", is_flag=True, help="Disable the users that are not in USERS.")
@json_option
@does("db.accounts:run")
def accounts() -> None:
    """Insert and update users and groups (companies) from two CSV files, all or nothing.

    USERS has the columns id, name, and any of email, username, group_id, job_type, enabled, products (Atla;Sol, blank
    means both). GROUPS has id, name, and any of account_size, group_type (Enterprise, SMB or Oseberg, where it differs
    from what the size says), salesforce_id.

    \b
    Example:
      oseberg db accounts users.csv groups.csv
    """


@db.command()
@click.option("--roles", is_flag=True, help="Add the roles usage_owner, usage_etl and usage_reader, with their grants.")
@does("db.schema:print_sql")
def sql() -> None:
    """Print the migrations as a script for psql, for a database administrator.

    \b
    Example:
      oseberg db sql --roles > usage.sql
    """
