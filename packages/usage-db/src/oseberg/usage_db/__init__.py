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

from oseberg.usage_db._accounts.find import UserMatch
from oseberg.usage_db._accounts.imports import AccountCounts
from oseberg.usage_db._accounts.settings import AccountSettings
from oseberg.usage_db._archive.archive import Archived
from oseberg.usage_db._connection import without_password
from oseberg.usage_db._data_folder import data_folder
from oseberg.usage_db._database import UsageDatabase
from oseberg.usage_db._diagnosis import Diagnosis
from oseberg.usage_db._erasure import Erased
from oseberg.usage_db._load.counts import DayCounts
from oseberg.usage_db._load.settings import LoadSettings
from oseberg.usage_db._schema.script import migration_sql
from oseberg.usage_db._status import Status
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

__all__ = [
    "AccountCounts",
    "AccountFileError",
    "AccountSettings",
    "AmbiguousUserError",
    "ArchiveError",
    "Archived",
    "BusyError",
    "ConnectionFailedError",
    "DayCounts",
    "Diagnosis",
    "EmbeddedServerError",
    "Erased",
    "LoadError",
    "LoadSettings",
    "SchemaError",
    "SettingsError",
    "ShrinkError",
    "Status",
    "UsageDatabase",
    "UsageDatabaseError",
    "UserMatch",
    "UserNotFoundError",
    "data_folder",
    "migration_sql",
    "without_password",
]
