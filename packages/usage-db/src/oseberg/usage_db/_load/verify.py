"""Compares the stored events of each day with what the log of loads says of it: what is gone is not zero."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from oseberg.usage_db._lines.days import Day, zone_of
from oseberg.usage_db._load.log import PROJECT_ZONE
from oseberg.usage_db._postgres.connection import one
from oseberg.usage_db._postgres.frames import read_frame

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from oseberg.usage_db._postgres.connection import Connection

OK = "ok"
_NO_DAY = date(1970, 1, 1)  # long before any event: a query of it has the columns, and no rows


def verify_days(
    connection: Connection, since: date | None = None, until: date | None = None, *, marks: bool = True
) -> pd.DataFrame:
    """Compare the days of a range with the log.

    Args:
        connection: The database.
        since: The first day; None: the first loaded one.
        until: The last day; None: the last loaded one.
        marks: Whether to look for changed events too, not only for missing ones: all rows of the days are read.

    Returns:
        day, logged (events after the last load; none if no load was completed), stored, and state: `ok`, `archived`,
        `gone` (fewer events than were loaded), `added` (more), `touched` (as many, but written since by something else
        than a load), `unlogged` (events of a day that was never loaded).
    """
    bounds = connection.execute(_BOUNDS).fetchone()
    first, last = since or (bounds[0] if bounds else None), until or (bounds[1] if bounds else None)
    zone = zone_of(one(connection, PROJECT_ZONE) or "UTC")
    parameters = {
        "first": first,
        "last": last,
        "zone": zone.key,
        "start": Day(first, zone).start if first else None,
        "end": Day(last, zone).end if last else None,
    }
    return read_frame(connection, _VERIFY.format(mark=_MARK if marks else "NULL"), parameters)


def missing_events(connection: Connection, days: Iterable[date]) -> pd.DataFrame:
    """Return those of the days whose stored events are not as many as the log says.

    Args:
        connection: The database.
        days: Days that were loaded.

    Returns:
        day, logged, stored, state; empty if every day is whole.
    """
    wanted = sorted(set(days))
    frames = [verify_days(connection, first, last, marks=False) for first, last in _spans(wanted)]
    if not frames:
        return verify_days(connection, _NO_DAY, _NO_DAY, marks=False)
    import pandas as pd  # noqa: PLC0415 - half a second, which commands that read nothing need not wait for

    found = pd.concat(frames, ignore_index=True)
    return found[found["day"].isin(wanted) & (found["state"] != OK)].reset_index(drop=True)


def _spans(days: list[date]) -> list[tuple[date, date]]:
    """Return the first and last of each run of days, so that a run is one query; small gaps don't end one."""
    spans: list[tuple[date, date]] = []
    for day in days:
        if spans and day - spans[-1][1] <= timedelta(days=7):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return spans


_BOUNDS = "SELECT min(day), max(day) FROM usage.etl_slice WHERE state = 'loaded'"
_MARK = "count(*) || ':' || coalesce(sum(p.xmin::text::bigint), 0)"
_VERIFY = """
WITH logged AS (
    SELECT DISTINCT ON (s.day) s.day, s.exported - s.duplicate - s.rejected AS events, s.stored_mark
    FROM usage.etl_slice AS s
    WHERE s.state = 'loaded' AND s.day BETWEEN %(first)s AND %(last)s ORDER BY s.day, s.run_id DESC
), stored AS (
    SELECT (p."time" AT TIME ZONE %(zone)s)::date AS day, count(*) AS events, {mark} AS mark
    FROM usage.product_event AS p WHERE p."time" >= %(start)s AND p."time" < %(end)s GROUP BY 1
)
SELECT day, l.events AS logged, coalesce(s.events, 0) AS stored,
    CASE
        WHEN l.events IS NULL THEN 'unlogged'
        WHEN coalesce(s.events, 0) < l.events AND EXISTS (
            SELECT FROM usage.archive AS a WHERE a.restored_at IS NULL
            AND a.start_at < ((day + 1)::timestamp AT TIME ZONE %(zone)s)
            AND a.end_at > (day::timestamp AT TIME ZONE %(zone)s)
        ) THEN 'archived'
        WHEN coalesce(s.events, 0) < l.events THEN 'gone'
        WHEN coalesce(s.events, 0) > l.events THEN 'added'
        WHEN s.mark <> l.stored_mark THEN 'touched'
        ELSE 'ok'
    END AS state
FROM logged AS l FULL JOIN stored AS s USING (day) ORDER BY day
"""
