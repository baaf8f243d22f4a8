# ruff: noqa: S608 - statements are put together from constants of this module; values are parameters
"""Keeps the roll-up in step with the events: how often each combination of ids did what on each day.

The ids of an event are resolved to a user once for each combination of ids, not once for each event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oseberg.usage_db._identity.sql import CANDIDATES, RESOLUTION, USER
from oseberg.usage_db._postgres.connection import one
from oseberg.usage_db._postgres.copy import copy_rows

if TYPE_CHECKING:
    from oseberg.usage_db._lines.activity import Activity
    from oseberg.usage_db._lines.days import Day
    from oseberg.usage_db._postgres.connection import Connection


def roll_up(connection: Connection, day: Day, activity: Activity | None = None) -> None:
    """Make the roll-up of a day equal to its stored events; equal rows are not written.

    Args:
        connection: The database, in the transaction that changed the day.
        day: The day.
        activity: The roll-up of all events of the day, where the load has counted it: reading all rows again costs
            several times as much. None: Postgres counts the stored events.
    """
    parameters: dict[str, Any] = {"day": day.date, "start": day.start, "end": day.end}
    known = one(connection, "SELECT EXISTS (SELECT FROM usage.id_day WHERE day = %(day)s)", parameters)
    if activity is not None and not known:
        _write(connection, activity, parameters)
        return
    connection.execute(_STAGE, parameters)
    connection.execute(_NEW_IDS)
    # Looking for rows to update costs as much again, and so does adding up a month.
    for statement in _CHANGE if known else (_ADD, _ADD_MONTH):
        connection.execute(statement, parameters)
    connection.execute("DROP TABLE staged_day")


def _write(connection: Connection, activity: Activity, parameters: dict[str, Any]) -> None:
    """Copy a counted roll-up straight into the empty day, in the order of its key."""
    connection.execute(_STAGE_IDS)
    copy_rows(connection, "staged_day", activity.combinations())
    connection.execute(_NEW_IDS)
    ids = connection.execute(_STORED_IDS, binary=True).fetchall()
    copy_rows(
        connection, "usage.id_day (ids, day, event, events, first_at, last_at)", activity.rows(ids, parameters["day"])
    )
    connection.execute(_ADD_MONTH, parameters)
    connection.execute("DROP TABLE staged_day")


_COUNTED = "usage.id_day (ids, day, event, events, first_at, last_at)"
_STAGE = """
CREATE TEMPORARY TABLE staged_day ON COMMIT DROP AS
SELECT p.properties ->> '$user_id' AS user_property, p.distinct_id,
    p.properties ->> '$distinct_id_before_identity' AS before_identity,
    p.properties ->> 'mp_original_distinct_id' AS original_id,
    p.event, count(*) AS events, min(p."time") AS first_at, max(p."time") AS last_at
FROM usage.product_event AS p WHERE p."time" >= %(start)s AND p."time" < %(end)s GROUP BY 1, 2, 3, 4, 5
"""
_STAGE_IDS = """
CREATE TEMPORARY TABLE staged_day (
    number integer, user_property text COLLATE "C", distinct_id text COLLATE "C", before_identity text COLLATE "C",
    original_id text COLLATE "C"
) ON COMMIT DROP
"""
_SAME = """
e.distinct_id = s.distinct_id AND e.user_property IS NOT DISTINCT FROM s.user_property
AND e.before_identity IS NOT DISTINCT FROM s.before_identity AND e.original_id IS NOT DISTINCT FROM s.original_id
"""
# Its ids were resolved just before.
_NEW_IDS = f"""
INSERT INTO usage.event_ids (
    user_property, distinct_id, before_identity, original_id, user_id, resolution, candidates
)
SELECT s.user_property, s.distinct_id, s.before_identity, s.original_id,
    {USER},
    {RESOLUTION},
    {CANDIDATES}
FROM (
    SELECT DISTINCT user_property, distinct_id, before_identity, original_id FROM staged_day AS s
    WHERE NOT EXISTS (SELECT FROM usage.event_ids AS e WHERE {_SAME})
) AS s
LEFT JOIN usage.identity AS i1 ON i1.id = s.user_property
LEFT JOIN usage.identity AS i2 ON i2.id = s.distinct_id
LEFT JOIN usage.identity AS i3 ON i3.id = s.before_identity
LEFT JOIN usage.identity AS i4 ON i4.id = s.original_id
"""
_STORED_IDS = f"""
SELECT e.ids, s.number FROM staged_day AS s JOIN usage.event_ids AS e ON {_SAME} ORDER BY e.ids
"""
_MONTH = "date_trunc('month', %(day)s::date)::date"
_OF_DAY = f"""
SELECT e.ids, s.event, s.events, s.first_at, s.last_at FROM staged_day AS s JOIN usage.event_ids AS e ON {_SAME}
"""
# In the order of the key, whose index is then written page by page.
_ADD = f"""
INSERT INTO usage.id_day (ids, day, event, events, first_at, last_at)
SELECT n.ids, %(day)s, n.event, n.events, n.first_at, n.last_at FROM ({_OF_DAY}) AS n ORDER BY n.ids
"""
_ADD_MONTH = f"""
INSERT INTO usage.id_month AS m (ids, month, events, first_at, last_at)
SELECT d.ids, {_MONTH}, sum(d.events), min(d.first_at), max(d.last_at) FROM usage.id_day AS d
WHERE d.day = %(day)s GROUP BY d.ids ORDER BY d.ids
ON CONFLICT (ids, month) DO UPDATE SET events = m.events + excluded.events,
    first_at = least(m.first_at, excluded.first_at), last_at = greatest(m.last_at, excluded.last_at)
"""
# The day's rows are next to each other, and read once; only of those that differ is the key's index, which grows with
# the years, searched. Months are added up again, since a first or last event may be gone.
_CHANGE = (
    f"""
CREATE TEMPORARY TABLE changed_day ON COMMIT DROP AS
SELECT coalesce(n.ids, d.ids) AS ids, coalesce(n.event, d.event) AS event, n.events, n.first_at, n.last_at
FROM ({_OF_DAY}) AS n FULL JOIN (SELECT * FROM usage.id_day WHERE day = %(day)s) AS d
ON n.ids = d.ids AND n.event = d.event
WHERE (n.events, n.first_at, n.last_at) IS DISTINCT FROM (d.events, d.first_at, d.last_at)
""",
    """
DELETE FROM usage.id_day AS d USING changed_day AS c WHERE d.day = %(day)s AND d.ids = c.ids AND d.event = c.event
""",
    """
INSERT INTO usage.id_day (ids, day, event, events, first_at, last_at)
SELECT c.ids, %(day)s, c.event, c.events, c.first_at, c.last_at FROM changed_day AS c WHERE c.events IS NOT NULL
ORDER BY c.ids
""",
    f"""
DELETE FROM usage.id_month WHERE month = {_MONTH} AND ids = ANY (ARRAY(SELECT DISTINCT ids FROM changed_day))
""",
    f"""
INSERT INTO usage.id_month (ids, month, events, first_at, last_at)
SELECT d.ids, {_MONTH}, sum(d.events), min(d.first_at), max(d.last_at) FROM usage.id_day AS d
WHERE d.ids = ANY (ARRAY(SELECT DISTINCT ids FROM changed_day))
AND d.day >= {_MONTH} AND d.day < {_MONTH} + interval '1 month' GROUP BY d.ids
""",
    "DROP TABLE changed_day",
)
