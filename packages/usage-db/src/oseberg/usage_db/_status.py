"""The state of a database, for one screen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from oseberg.usage_db._lines.days import Day, zone_of
from oseberg.usage_db._load.log import PROJECT_ZONE
from oseberg.usage_db._load.verify import verify_days
from oseberg.usage_db._postgres.connection import one
from oseberg.usage_db._schema.migrate import HEAD, check_elsewhere, version

if TYPE_CHECKING:
    import pandas as pd

    from oseberg.usage_db._postgres.connection import Connection


RECENT_DAYS = 30


@dataclass(frozen=True)
class Status:
    """The key figures of a database.

    Attributes:
        schema_version: Version of the schema, None when there is none.
        needed_version: The version that this library needs.
        events: Stored events, counted.
        gone: Loaded days of which fewer events are stored than were loaded, as after dropping a partition.
        days_loaded: Days that are loaded, with the first and the last of them.
        unsettled: Loaded days that are loaded again, since late events may come.
        failed: Days whose last load failed or was refused.
        gaps: Days between the first and the last that were never loaded.
        rejects: Lines that can't be stored.
        conflicts: Ids that two rules resolve to different users.
        unresolved_ids: Ids without a user in the last 30 loaded days (`usage.identity_unresolved` covers all days).
        unresolved_events: Their events.
        unresolved: Those of them that have the most events: id, events, and the users that it could mean.
        newest_event: Time of the newest event.
        last_run: When the last load was done.
    """

    schema_version: str | None
    needed_version: str = HEAD
    events: int = 0
    gone: tuple[date, ...] = ()
    days_loaded: int = 0
    first_day: date | None = None
    last_day: date | None = None
    unsettled: int = 0
    failed: tuple[date, ...] = ()
    gaps: tuple[date, ...] = ()
    rejects: int = 0
    conflicts: int = 0
    unresolved_ids: int = 0
    unresolved_events: int = 0
    unresolved: tuple[tuple[str, int, int], ...] = ()
    newest_event: datetime | None = None
    last_run: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the status as a dictionary.

        Returns:
            Each attribute under its name.
        """
        return asdict(self)


def read_status(connection: Connection, settle_days: int) -> Status:
    """Read the state of a database.

    Raises:
        SchemaError: The tables are in a schema that nobody named.
    """
    found = version(connection)
    if found is None:
        check_elsewhere(connection)
    if found != HEAD:
        return Status(found)
    days = connection.execute(_DAYS).fetchall()
    loaded = {day: finished for day, _, finished in days if finished}
    first, last = min(loaded, default=None), max(loaded, default=None)
    span = (last - first).days + 1 if first and last else 0
    every = [first + timedelta(days=number) for number in range(span)] if first else []
    recent = {"since": (last or date.max) - timedelta(days=RECENT_DAYS)}
    ids, events, top = _unresolved(connection, recent)
    stored = verify_days(connection, marks=False)
    return Status(
        found,
        events=int(stored["stored"].sum()) + _outside(connection, stored),
        gone=tuple(stored.loc[stored["state"] == "gone", "day"]),
        days_loaded=len(loaded),
        first_day=first,
        last_day=last,
        unsettled=sum(
            done.astimezone(UTC).date() < day + timedelta(days=settle_days + 1) for day, done in loaded.items()
        ),
        failed=tuple(day for day, state, _ in days if state != "loaded"),
        gaps=tuple(day for day in every if day not in loaded),
        rejects=one(connection, "SELECT count(*) FROM usage.event_reject"),
        conflicts=one(connection, _CONFLICTS),
        unresolved_ids=ids,
        unresolved_events=events,
        unresolved=top,
        newest_event=_utc(one(connection, _NEWEST, recent)),
        last_run=_utc(one(connection, "SELECT max(finished_at) FROM usage.etl_run WHERE state = 'done'")),
    )


def _outside(connection: Connection, stored: pd.DataFrame) -> int:
    """Return the events before the first and after the last loaded day; the others were counted by day."""
    if stored.empty:
        return int(one(connection, "SELECT count(*) FROM usage.product_event"))
    zone = zone_of(one(connection, PROJECT_ZONE) or "UTC")
    bounds = {"start": Day(stored["day"].min(), zone).start, "end": Day(stored["day"].max(), zone).end}
    return int(one(connection, _OUTSIDE, bounds))


def _unresolved(connection: Connection, recent: dict[str, date]) -> tuple[int, int, tuple[tuple[str, int, int], ...]]:
    rows = connection.execute(_UNRESOLVED, recent).fetchall()
    ids, events = (rows[0][3], int(rows[0][4])) if rows else (0, 0)
    return ids, events, tuple((text, count, candidates) for text, count, candidates, _, _ in rows)


def _utc(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(UTC)


_OUTSIDE = """
SELECT count(*) FROM usage.product_event WHERE "time" < %(start)s OR "time" >= %(end)s
"""
# What a growing table would make slow is taken from the last days; the number of events is counted all the same,
# for the log doesn't know of dropped partitions.
_DAYS = """
SELECT s.day, (array_agg(s.state ORDER BY s.run_id DESC))[1] AS state,
    max(s.finished_at) FILTER (WHERE s.state = 'loaded') AS finished_at
FROM usage.etl_slice AS s GROUP BY s.day ORDER BY s.day
"""
_CONFLICTS = "SELECT count(*) FROM usage.identity WHERE user_id IS NOT NULL AND candidates > 1"
_NEWEST = 'SELECT max("time") FROM usage.product_event WHERE "time" >= %(since)s'
_UNRESOLVED = """
SELECT e.distinct_id, sum(d.events)::bigint AS events, max(e.candidates), count(*) OVER () AS ids,
    sum(sum(d.events)) OVER () AS total
FROM usage.event_ids AS e JOIN usage.id_day AS d USING (ids) WHERE e.user_id IS NULL AND d.day >= %(since)s
GROUP BY e.distinct_id ORDER BY events DESC, e.distinct_id LIMIT 5
"""
