"""Reads the log of loads: which days are loaded, and which are to be loaded."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from oseberg.usage_db._lines.days import Day, zone_of
from oseberg.usage_db._postgres.connection import one
from oseberg.usage_db._postgres.frames import read_frame
from oseberg.usage_db.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from oseberg.usage_db._lines.settings import LoadSettings
    from oseberg.usage_db._postgres.connection import Connection


def pending_days(connection: Connection, until: date, settings: LoadSettings, now: datetime) -> list[date]:
    """Return the days to load: missing, failed, not settled, and once a week all recent ones.

    Raises:
        LoadError: Nothing is loaded yet.
    """
    states = {day: (state, finished) for day, state, finished in connection.execute(_LAST_STATES).fetchall()}
    asked = one(connection, "SELECT value::date FROM usage.setting WHERE name = 'load_since'")
    begun = [day for day, (_, finished) in states.items() if finished]
    first = min([*begun, asked] if asked else begun, default=None)
    if first is None:
        raise LoadError("No day is loaded yet. Name the first day: --since 2026-01-01.")
    wanted = [first + timedelta(days=number) for number in range((until - first).days + 1)]
    settle = timedelta(days=settings.settle_days + 1)
    settled = {
        day: finished
        for day, (state, finished) in states.items()
        if state == "loaded" and finished and finished.astimezone(UTC).date() >= day + settle
    }
    recent = [day for day in wanted if day > until - timedelta(days=settings.recheck_days)]
    oldest = min((settled[day] for day in recent if day in settled), default=now)
    weekly = set(recent) if oldest < now - timedelta(days=7) else set()
    spans = connection.execute(_ARCHIVED).fetchall()
    zone = zone_of(one(connection, PROJECT_ZONE) or "UTC")
    return [
        day
        for day in wanted
        if (day not in settled or day in weekly)
        # A day of which only a part is archived can't be loaded again either, until the rest is restored.
        and not any(start < span.end and end > span.start for span in (Day(day, zone),) for start, end in spans)
    ]


def leave_out(connection: Connection, events: Mapping[date, int]) -> None:
    """Record in the log how many events of some days a filter leaves out from now on.

    Args:
        connection: The database.
        events: How many of each day.
    """
    with connection.cursor() as cursor:
        cursor.executemany(_LEAVE_OUT, [{"day": day, "events": count} for day, count in events.items()])


_ARCHIVED = "SELECT start_at, end_at FROM usage.archive WHERE restored_at IS NULL"
# A database from before the zone was stored has it in the log.
PROJECT_ZONE = """
SELECT coalesce(
    (SELECT value FROM usage.setting WHERE name = 'time_zone'),
    (SELECT time_zone FROM usage.etl_slice WHERE state = 'loaded' ORDER BY run_id DESC LIMIT 1)
)
"""
_LEAVE_OUT = """
UPDATE usage.etl_slice AS s SET exported = s.exported - d.events, filtered = s.filtered + d.events,
    unchanged = s.unchanged - least(s.unchanged, d.events),
    inserted = s.inserted - least(s.inserted, d.events - least(s.unchanged, d.events)),
    updated = s.updated - (d.events - least(s.unchanged, d.events)
        - least(s.inserted, d.events - least(s.unchanged, d.events)))
FROM (SELECT %(day)s::date AS day, %(events)s::bigint AS events) AS d
WHERE s.day = d.day AND s.state = 'loaded' AND s.exported - s.duplicate - s.rejected >= d.events
AND s.run_id = (SELECT max(l.run_id) FROM usage.etl_slice AS l WHERE l.day = s.day AND l.state = 'loaded')
"""
_LAST_STATES = """
SELECT DISTINCT ON (s.day) s.day, s.state,
    max(s.finished_at) FILTER (WHERE s.state = 'loaded') OVER (PARTITION BY s.day) AS finished_at
FROM usage.etl_slice AS s ORDER BY s.day, s.run_id DESC
"""

_LOADED_DAYS = """
SELECT s.day, (array_agg(s.state ORDER BY s.run_id DESC))[1] AS state,
    coalesce(
        max(s.finished_at) FILTER (WHERE s.state = 'loaded' AND s.inserted + s.updated + s.deleted > 0),
        min(s.finished_at) FILTER (WHERE s.state = 'loaded')
    ) AS loaded_at,
    (array_agg(s.inserted + s.updated + s.unchanged ORDER BY s.run_id DESC) FILTER (WHERE s.state = 'loaded'))[1]
        AS events
FROM usage.etl_slice AS s GROUP BY s.day ORDER BY s.day
"""


def read_loaded_days(connection: Connection) -> pd.DataFrame:
    """Return each day with its last state, when its events last changed, and how many it had after its last load."""
    return read_frame(connection, _LOADED_DAYS, {})
