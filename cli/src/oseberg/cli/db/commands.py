"""The commands of `oseberg db`, as a person sees them."""

from __future__ import annotations

from pathlib import Path

import click

from oseberg.cli.lazy import Group, does
from oseberg.cli.mixpanel.commands import client_options
from oseberg.cli.options import FILE, json_option, wide_option
from oseberg.cli.types import DAY, MONTH, ZONE


@click.group(cls=Group)
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
    help="Keep job types, products and company types in columns of the account tables, or in tables of our own.",
)
@click.option(
    "--apply-settings", is_flag=True, help="Apply [accounts] and [load] of oseberg.toml where the database differs."
)
@does("db.schema:upgrade")
def upgrade() -> None:
    """Create the schema `usage` (or [database] schema), or bring it up to date; safe to repeat.

    Existing tables of users and groups are kept; the columns added to them are nullable. An empty database gets
    such tables. The settings of the accounts and of the load that the database stores hold, whatever folder the
    command runs in; others in oseberg.toml are named and refused.

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
    "--as-of", type=DAY, metavar="DAY", help="Day that the lists describe; older lists hold until the next later list."
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

    Every change is kept with its day, so that past weeks are scored with the users and companies of that time.

    \b
    Example:
      oseberg db accounts users.csv groups.csv
      oseberg db accounts users-march.csv groups-march.csv --as-of 2026-03-01
    """


@db.command()
@click.option("--from", "since", metavar="VERSION", help="Only the steps after this schema version, such as 0003.")
@click.option("--roles", is_flag=True, help="Add the roles usage_owner, usage_etl, usage_accounts, usage_reader.")
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

    A day is gone (fewer events than were loaded), added (more), touched (written since by something other than a load),
    unlogged (never loaded), or, with --source, differs from what Mixpanel exports now. The exit status is 3 if a day
    is wrong; archived days are counted, and are not wrong.

    \b
    Example:
      oseberg db verify
      oseberg db verify --since 30d --source --mend
    """


@db.command()
@click.option("--before", type=MONTH, metavar="MONTH", help="First month to keep [default: [retention] keep_months].")
@click.option("--to", metavar="FOLDER", help="Folder or s3:// prefix [default: [retention] to].")
@json_option
@does("db.archive:archive")
def archive() -> None:
    """Move whole months of events to Parquet files; scores and the roll-up stay in the database.

    A month is dropped from the database only after its file was read back (and uploaded) and holds the same rows.
    Archived weeks keep their scores; to score one again, restore its month.

    \b
    Example:
      oseberg db archive --before 2026-01 --to s3://archive/usage
    """


@db.command()
@click.argument("month")
@click.option("--from", "source", metavar="FILE", help="The file [default: where the month was archived to].")
@does("db.archive:restore")
def restore() -> None:
    """Restore an archived month of events, exactly as it was.

    \b
    Example:
      oseberg db restore 2025-11
    """


@db.command()
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many ids to show.")
@wide_option
@json_option
@does("db.people:unresolved")
def unresolved() -> None:
    """Show the ids without a user that have the most events, and whom each may mean.

    Nothing is assigned: `oseberg db alias` does that.

    \b
    Example:
      oseberg db unresolved
    """


@db.command()
@click.argument("distinct_id", metavar="ID")
@click.argument("user")
@click.option("--note", help="Reason for the assignment, for later readers.")
@does("db.people:alias")
def alias() -> None:
    """Assign an ID found in events to USER (an id, e-mail address or username); this overrides every other rule.

    \b
    Example:
      oseberg db alias '$device:18c7' ann@example.com --note "asked Ann"
    """


@db.command()
@click.argument("person", metavar="USER|ID")
@click.option("--confirm", is_flag=True, help="Really delete.")
@json_option
@does("db.people:erase")
def erase() -> None:
    """Forget a person: permanently delete events, score details, rejected lines and identities.

    Archives are rewritten without the person. Salted hashes of the ids are kept, so that no load brings the events
    back. Scores are kept, so that the companies' means stay the same.

    \b
    Example:
      oseberg db erase ann@example.com --confirm
    """


@db.command()
@click.option("--with-password", is_flag=True, help="Include the password, if the address has one.")
@does("db.clients:url")
def url() -> None:
    """Print the address of the database, for other programs.

    The embedded server runs while a command uses it; `oseberg db serve` keeps it running.

    \b
    Example:
      oseberg db url
    """


@db.command()
@click.argument("statement", metavar="[SQL]", required=False)
@does("db.clients:psql")
def psql() -> None:
    """Open psql on the database, or run one statement.

    \b
    Example:
      oseberg db psql "SELECT * FROM usage.company_score LIMIT 5"
    """


@db.command()
@click.option("--port", type=click.IntRange(0, 65535), default=5433, show_default=True, help="Port on 127.0.0.1.")
@click.option("--write", is_flag=True, help="Let clients change data.")
@does("db.clients:serve")
def serve() -> None:
    """Let programs on this machine, such as DBeaver and Metabase, read the embedded database.

    It listens on 127.0.0.1 with a password that is kept in a private file, until Ctrl-C.

    \b
    Example:
      oseberg db serve --port 5433
    """


@db.command()
@click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@does("db.clients:backup")
def backup() -> None:
    """Write the whole database to FILE, in the format of pg_dump.

    \b
    Example:
      oseberg db backup usage.dump
    """


@db.command()
@click.argument("path", metavar="FILE", type=FILE)
@does("db.clients:restore_backup")
def restore_backup() -> None:
    """Restore a backup into an empty database.

    \b
    Example:
      OSEBERG_HOME=/srv/new oseberg db restore-backup usage.dump
    """


@db.command()
@click.argument("table")
@click.option("--time-zone", type=ZONE, default="UTC", show_default=True, help="Zone of the days.")
@wide_option
@json_option
@does("db.import_events:run")
def import_events() -> None:
    """Adopt the events of another TABLE or view of the database, such as those that an earlier tool loaded.

    TABLE needs the columns event, time and distinct_id; insert_id and properties (JSON) are used if they exist, and
    every other column becomes a property. Days that are loaded already are left alone.

    \b
    Example:
      oseberg db import-events usage_before.product_event
    """
