"""The work of `oseberg db accounts`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from oseberg.cli.database import open_database
from oseberg.cli.output import say
from oseberg.cli.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def run(users: Path, groups: Path, *, disable_missing: bool, as_json: bool) -> None:
    """Import the two files, and print how many rows were read and written."""
    with open_database(Settings.load()) as database:
        counts = database.import_accounts(users, groups, disable_missing=disable_missing)
    if as_json:
        click.echo(json.dumps(counts.as_dict()))
    else:
        say(f"{counts.users:,} users and {counts.groups:,} groups read, {counts.written:,} rows written.")
        if disable_missing:
            say(f"{counts.disabled:,} users disabled.")
