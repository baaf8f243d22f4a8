"""The work of `oseberg db accounts`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from oseberg.cli.database import open_database
from oseberg.cli.output import count, say
from oseberg.cli.settings import Settings
from oseberg.cli.types import day_in
from oseberg.usage_db import AccountSettings

if TYPE_CHECKING:
    from datetime import date, timedelta
    from pathlib import Path


def run(users: Path, groups: Path, *, as_of: date | timedelta | None, disable_missing: bool, as_json: bool) -> None:
    """Import the two files, and print how many rows were read and written."""
    settings = Settings.load()
    zone = find_zone(settings)
    day = None if as_of is None else day_in(zone, as_of)
    with open_database(settings) as database:
        counts = database.import_accounts(users, groups, disable_missing=disable_missing, as_of=day)
    if as_json:
        click.echo(json.dumps(counts.as_dict()))
    else:
        read = f"{count(counts.users, 'user')} and {count(counts.groups, 'company', 'companies')} read"
        say(f"{read}, {count(counts.written, 'row')} written.")
        if disable_missing:
            say(f"{count(counts.disabled, 'user')} disabled.")


def find_zone(settings: Settings) -> ZoneInfo:
    """Return the zone in which the days of accounts begin."""
    return ZoneInfo(settings.validated("accounts", AccountSettings).time_zone)
