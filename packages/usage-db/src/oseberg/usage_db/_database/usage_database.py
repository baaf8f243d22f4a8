"""The usage database as one object: each method is a door to the room that does the work."""

from __future__ import annotations

from oseberg.usage_db._database.days import EventDays
from oseberg.usage_db._database.months import Months
from oseberg.usage_db._database.people import People
from oseberg.usage_db._database.scores import ScoreStore
from oseberg.usage_db._database.upkeep import Upkeep


class UsageDatabase(Upkeep, EventDays, Months, People, ScoreStore):
    """A Postgres database (15 to 18) with the schema `usage`; a context manager.

    Args:
        url: A libpq URL or connection string.
        direct_url: The same database without a pooler between, for locks and migrations; default: `url`.
        accounts: Where the tables of users and groups are; what it doesn't name is as the database stores it.
        load: What a load leaves out or changes.
        schema: The schema of the tables; default: `usage`.

    Example:
        >>> import tempfile
        >>> with UsageDatabase.embedded(tempfile.mkdtemp()) as db:
        ...     db.upgrade()
        ...     db.status().events
        0
    """
