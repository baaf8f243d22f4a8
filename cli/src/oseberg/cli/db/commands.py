"""The commands of `oseberg db`, as a person sees them."""

from __future__ import annotations

import click

from oseberg.cli.lazy import does
from oseberg.cli.mixpanel.commands import client_options
from oseberg.cli.options import FILE, json_option
from oseberg.cli.types import DAY


@click.group()
def db() -> None:
    """Create, upgrade and inspect the usage database.

    \b
    Example:
      oseberg db upgrade
      oseberg db status
    """


@db.command()
@click.option(
    "--accounts-mode",
    type=click.Choice(["columns", "side"]),
    help="Move job types, products and types of companies to this place: columns of the account tables, or our own.",
)
@click.option("--apply-settings", is_flag=True, help="Apply [accounts] of oseberg.toml where the database differs.")
@does("db.schema:upgrade")
def upgrade() -> None:
    """Create the schema `usage`, or bring it up to date; safe to repeat.

    Existing tables of users and groups are kept; the columns added to them are nullable. An empty database gets
    such tables. The settings of the accounts that the database stores hold, whatever folder the command runs in;
    others in oseberg.toml are named and refused.

    \b
    Example:
      oseberg db upgrade
      oseberg db upgrade --accounts-mode side
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
@click.option(
    "--as-of", type=DAY, metavar="DAY", help="The day of the lists; an old one holds until the next later one."
)
@click.option("--disable-missing", is_flag=True, help="Disable the users that are not in USERS.")
@json_option
@does("db.accounts:run")
def accounts() -> None:
    """Insert and update users and groups (companies) from two CSV files, all or nothing.

    USERS has the columns id, name, and any of email, username, group_id, job_type, enabled, products (Atla;Sol, blank
    means both), created_on, disabled_on. GROUPS has id, name, and any of account_size, group_type (Enterprise, SMB or
    Oseberg, where it differs from what the size says), salesforce_id, started_on, cancelled_on, renewal_on, arr,
    currency, owner. Further columns are declared in oseberg.toml: [accounts] user_segments, group_segments.

    Every change is kept with its day, so that past weeks are scored with the users and companies of then.

    \b
    Example:
      oseberg db accounts users.csv groups.csv
      oseberg db accounts users-march.csv groups-march.csv --as-of 2026-03-01
    """


@db.command()
@click.option("--from", "since", metavar="VERSION", help="Only the steps after this version of the schema: 0003.")
@click.option("--roles", is_flag=True, help="Add the roles usage_owner, usage_etl, usage_accounts and usage_reader.")
@click.option("--roles-only", is_flag=True, help="Only the roles and their grants.")
@does("db.schema:print_sql")
def sql() -> None:
    """Print the migrations as a script for psql, for a database administrator.

    \b
    Example:
      oseberg db sql --roles > usage.sql
      oseberg db sql --from 0003 > newer.sql
    """


@db.command()
@click.option("--since", type=DAY, help="First day [default: the first loaded one].")
@click.option("--until", type=DAY, help="Last day, included [default: the last loaded one].")
@click.option("--source", is_flag=True, help="Export every day from Mixpanel again, and compare with that too.")
@click.option("--mend", is_flag=True, help="Load the wrong days again.")
@click.option("--allow-shrink", is_flag=True, help="With --mend, accept days that lose many events.")
@client_options
@json_option
@does("db.verify:run")
def verify() -> None:
    """Compare the stored events of every day with the log of loads, and name the days that differ.

    A day is gone (fewer events than were loaded), added (more), touched (written since by something else than a load),
    unlogged (never loaded), or, with --source, differs from what Mixpanel exports now. The exit status is 3 if a day
    is wrong.

    \b
    Example:
      oseberg db verify
      oseberg db verify --since 30d --source --mend
    """
