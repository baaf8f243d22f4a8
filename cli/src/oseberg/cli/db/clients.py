"""The work of `oseberg db url`, `psql`, `serve`, `backup` and `restore-backup`."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

import click

from oseberg.cli._atomic import write_text
from oseberg.cli.database import open_database
from oseberg.cli.output import say
from oseberg.cli.progress import ProgressDisplay
from oseberg.cli.settings import Settings
from oseberg.usage_db import data_folder, without_password

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD_FILE = "serve.password"  # noqa: S105 - its name


def url(*, with_password: bool) -> None:
    """Print the address of the database."""
    with open_database(Settings.load()) as database:
        click.echo(database.url if with_password else without_password(database.url))


def psql(statement: str | None) -> int:
    """Run psql on the database."""
    with open_database(Settings.load()) as database:
        return database.psql(statement)


def serve(*, port: int, write: bool) -> None:
    """Open a door to the embedded database, until Ctrl-C."""
    with open_database(Settings.load()) as database:
        path = data_folder() / PASSWORD_FILE
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, secrets.token_urlsafe(18) + "\n", private=True)
        password = path.read_text(encoding="utf-8").strip()
        with database.doorway(password, port=port, write=write) as door:
            say(f"Host 127.0.0.1, port {door.port}, database postgres, user oseberg; the password is in {path}")
            say(f"{'Clients may change data.' if write else 'Read-only.'} Stop with Ctrl-C.")
            wait()


def wait() -> None:
    """Wait until somebody stops the program."""
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return


def backup(path: Path) -> None:
    """Write a backup of the database."""
    with open_database(Settings.load()) as database, ProgressDisplay("Writing"):
        database.backup(path)
    say(f"Wrote {path} ({path.stat().st_size / 1e6:,.1f} MB)")


def restore_backup(path: Path) -> None:
    """Restore a backup into an empty database."""
    with open_database(Settings.load()) as database, ProgressDisplay("Restoring"):
        database.restore_backup(path)
        events = database.status().events
    say(f"Restored {path}: {events:,} events.")
