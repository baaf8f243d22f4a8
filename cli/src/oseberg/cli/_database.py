"""Opens the usage database that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.cli._output import say
from oseberg.cli._settings import Settings, home

if TYPE_CHECKING:
    from oseberg.usage_db import UsageDatabase


def open_database(settings: Settings) -> UsageDatabase:
    """Give the database of `OSEBERG_DATABASE_URL` or `[database] url`, else embedded Postgres under `OSEBERG_HOME`.

    Use it as a context manager.
    """
    from oseberg.usage_db import UsageDatabase

    url = settings.get("database", "url", "OSEBERG_DATABASE_URL")
    if url:
        return UsageDatabase(url)
    folder = home() / "postgres"
    say(f"OSEBERG_DATABASE_URL is not set: using embedded Postgres in {folder}")
    return UsageDatabase.embedded(folder)
