"""Opens the usage database that the settings name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from oseberg.cli._output import say
from oseberg.cli._settings import Settings, home

if TYPE_CHECKING:
    from oseberg.usage_db import LoadSettings, UsageDatabase


def open_database(settings: Settings) -> UsageDatabase:
    """Give the database of `OSEBERG_DATABASE_URL` or `[database] url`, else embedded Postgres under `OSEBERG_HOME`.

    Use it as a context manager.
    """
    from oseberg.cli._sections import DatabaseSettings
    from oseberg.usage_db import AccountSettings, UsageDatabase

    settings.validated("database", DatabaseSettings)
    url = settings.get("database", "url", "OSEBERG_DATABASE_URL")
    accounts, load = settings.validated("accounts", AccountSettings), load_settings(settings)
    if url:
        direct = settings.get("database", "direct_url", "OSEBERG_DATABASE_DIRECT_URL")
        return UsageDatabase(url, direct_url=direct, accounts=accounts, load=load)
    folder = home() / "postgres"
    say(f"OSEBERG_DATABASE_URL is not set: using embedded Postgres in {folder}")
    return UsageDatabase.embedded(folder, accounts=accounts, load=load)


def load_settings(settings: Settings) -> LoadSettings:
    """Read `[load]` of oseberg.toml; the salt of hashes may stand in `OSEBERG_HASH_SALT` instead."""
    from pydantic import SecretStr

    from oseberg.usage_db import LoadSettings

    load = settings.validated("load", LoadSettings)
    salt = os.environ.get("OSEBERG_HASH_SALT")
    return load.model_copy(update={"hash_salt": SecretStr(salt)}) if salt else load
