"""Opens the usage database that the settings name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from oseberg.cli.output import say
from oseberg.cli.settings import Settings, home

if TYPE_CHECKING:
    from oseberg.usage_db import LoadSettings, UsageDatabase


def open_database(settings: Settings) -> UsageDatabase:
    """Give the database of `OSEBERG_DATABASE_URL` or `[database] url`, else embedded Postgres under `OSEBERG_HOME`.

    Use it as a context manager.
    """
    from oseberg.cli.sections import DatabaseSettings
    from oseberg.usage_db import AccountSettings, UsageDatabase

    settings.validated("database", DatabaseSettings)
    url = settings.get("database", "url", "OSEBERG_DATABASE_URL")
    accounts, load = settings.validated("accounts", AccountSettings), load_settings(settings)
    if url:
        return UsageDatabase(url, direct_url=direct_url(settings), accounts=accounts, load=load)
    folder = home() / "postgres"
    say(f"OSEBERG_DATABASE_URL is not set: using embedded Postgres in {folder}")
    return UsageDatabase.embedded(folder, accounts=accounts, load=load)


def direct_url(settings: Settings) -> str | None:
    """Give the address without a pooler; beside an address from elsewhere it may be another database's, and is none."""
    stated = os.environ.get("OSEBERG_DATABASE_DIRECT_URL")
    if stated or os.environ.get("OSEBERG_DATABASE_URL"):
        return stated or None
    together = settings.files.get(("database", "direct_url")) == settings.files.get(("database", "url"))
    direct: str | None = settings.get("database", "direct_url") if together else None
    return direct


def load_settings(settings: Settings) -> LoadSettings:
    """Read `[load]` of oseberg.toml; the salt of hashes may stand in `OSEBERG_HASH_SALT` instead."""
    from pydantic import SecretStr

    from oseberg.usage_db import LoadSettings

    load = settings.validated("load", LoadSettings)
    salt = os.environ.get("OSEBERG_HASH_SALT")
    return load.model_copy(update={"hash_salt": SecretStr(salt)}) if salt else load
