"""A Postgres schema of product events and scores that never holds half a day or a day twice.

Example:
    >>> import datetime, tempfile
    >>> from oseberg.usage_db import UsageDatabase
    >>> day = datetime.date(2026, 11, 2)
    >>> line = b'{"event": "Login", "properties": {"time": 1793620800, "distinct_id": "ann", "$insert_id": "1"}}'
    >>> with UsageDatabase.embedded(tempfile.mkdtemp()) as db:
    ...     db.upgrade()
    ...     first, again = db.replace_day(day, [line, line]), db.replace_day(day, [line])
    >>> first.inserted, first.duplicate, again.unchanged
    (1, 1, 1)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from oseberg.usage_db.errors import (
    AccountFileError,
    AmbiguousUserError,
    ArchiveError,
    BusyError,
    ConnectionFailedError,
    EmbeddedServerError,
    LoadError,
    SchemaError,
    SettingsError,
    ShrinkError,
    UsageDatabaseError,
    UserNotFoundError,
)

if TYPE_CHECKING:
    from oseberg.usage_db._accounts.find import UserMatch
    from oseberg.usage_db._accounts.imports import AccountCounts
    from oseberg.usage_db._accounts.settings import AccountSettings
    from oseberg.usage_db._archive.archive import Archived
    from oseberg.usage_db._archive.forget import ArchiveStore
    from oseberg.usage_db._data_folder import data_folder
    from oseberg.usage_db._database.usage_database import UsageDatabase
    from oseberg.usage_db._diagnosis import Diagnosis
    from oseberg.usage_db._erasure import Erased
    from oseberg.usage_db._lines.counts import DayCounts
    from oseberg.usage_db._lines.settings import LoadSettings
    from oseberg.usage_db._lines.user_ids import UserIds
    from oseberg.usage_db._load.profiles import ProfileCounts
    from oseberg.usage_db._postgres.connection import without_password
    from oseberg.usage_db._schema.script import migration_sql
    from oseberg.usage_db._status import Status

__all__ = [
    "AccountCounts",
    "AccountFileError",
    "AccountSettings",
    "AmbiguousUserError",
    "ArchiveError",
    "ArchiveStore",
    "Archived",
    "BusyError",
    "ConnectionFailedError",
    "DayCounts",
    "Diagnosis",
    "EmbeddedServerError",
    "Erased",
    "LoadError",
    "LoadSettings",
    "ProfileCounts",
    "SchemaError",
    "SettingsError",
    "ShrinkError",
    "Status",
    "UsageDatabase",
    "UsageDatabaseError",
    "UserIds",
    "UserMatch",
    "UserNotFoundError",
    "data_folder",
    "migration_sql",
    "without_password",
]

_HOMES = {
    "AccountCounts": "_accounts.imports",
    "AccountSettings": "_accounts.settings",
    "ArchiveStore": "_archive.forget",
    "Archived": "_archive.archive",
    "DayCounts": "_lines.counts",
    "Diagnosis": "_diagnosis",
    "Erased": "_erasure",
    "LoadSettings": "_lines.settings",
    "ProfileCounts": "_load.profiles",
    "Status": "_status",
    "UsageDatabase": "_database.usage_database",
    "UserIds": "_lines.user_ids",
    "UserMatch": "_accounts.find",
    "data_folder": "_data_folder",
    "migration_sql": "_schema.script",
    "without_password": "_postgres.connection",
}
"""Names that are imported when they are first used: the data folder takes neither Postgres's driver nor pydantic."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever has the name
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted({*globals(), *__all__})
