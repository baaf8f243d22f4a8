"""Open the usage database that the settings name."""

from __future__ import annotations

import os

from pydantic import SecretStr

from oseberg.cli.output import say
from oseberg.cli.settings import Settings
from oseberg.cli.settings.sections import DatabaseSettings
from oseberg.usage_db import AccountSettings, LoadSettings, UsageDatabase, data_folder


def open_database(settings: Settings, *, quiet: bool = False) -> UsageDatabase:
    """Open the database of `OSEBERG_DATABASE_URL` or `[database] url`, else embedded Postgres under `OSEBERG_HOME`.

    Use it as a context manager.

    Args:
        settings: The settings.
        quiet: Whether not to say that it is the embedded one, since another step of the run does.

    Returns:
        The database.
    """
    settings.validated("database", DatabaseSettings)
    url = settings.get("database", "url", "OSEBERG_DATABASE_URL")
    accounts, load = settings.validated("accounts", AccountSettings), load_settings(settings)
    if url:
        return UsageDatabase(
            url, direct_url=direct_url(settings), accounts=accounts, load=load, schema=schema_of(settings)
        )
    # printed each time: a schedule that lacks the variable would otherwise fill a database that nobody reads
    folder = data_folder() / "postgres"
    if not quiet:
        say(f"OSEBERG_DATABASE_URL is not set: using embedded Postgres in {folder}")
    return UsageDatabase.embedded(folder, accounts=accounts, load=load, schema=schema_of(settings))


def has_database(settings: Settings) -> bool:
    """Whether a database is set, or the embedded one was used before."""
    named = settings.get("database", "url", "OSEBERG_DATABASE_URL")
    return bool(named) or (data_folder() / "postgres").exists()


def schema_of(settings: Settings) -> str | None:
    """Return the schema that the settings name; None if they don't."""
    settings.validated("database", DatabaseSettings)
    schema: str | None = settings.get("database", "schema", "OSEBERG_DATABASE_SCHEMA")
    return schema


def direct_url(settings: Settings) -> str | None:
    """Return the address without a pooler, if it belongs to the same database.

    It does when both addresses come from the same place; next to an address from elsewhere it could be another
    database's.
    """
    stated = os.environ.get("OSEBERG_DATABASE_DIRECT_URL")
    if stated or os.environ.get("OSEBERG_DATABASE_URL"):
        return stated or None
    together = settings.files.get(("database", "direct_url")) == settings.files.get(("database", "url"))
    direct: str | None = settings.get("database", "direct_url") if together else None
    return direct


def load_settings(settings: Settings) -> LoadSettings:
    """Read `[load]` of oseberg.toml; the salt of hashes may be in `OSEBERG_HASH_SALT` instead."""
    load = settings.validated("load", LoadSettings)
    salt = os.environ.get("OSEBERG_HASH_SALT")
    return load.model_copy(update={"hash_salt": SecretStr(salt)}) if salt else load
