"""Reads users and companies as DataFrames: as they are now, as they were on a day, and over a range of days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from oseberg.usage_db._postgres.connection import one
from oseberg.usage_db._postgres.frames import read_frame

if TYPE_CHECKING:
    import pandas as pd

    from oseberg.usage_db._accounts.settings import AccountSettings
    from oseberg.usage_db._postgres.connection import Connection

_DATED = ("since", "until")


def read_users(connection: Connection, settings: AccountSettings, as_of: date | None = None) -> pd.DataFrame:
    """Return every user: now, or as of a day.

    Args:
        connection: The database.
        settings: The declared segments and the zone of the days.
        as_of: A day; None: what the account tables say now.

    Returns:
        user_id, email, username, name, group_id, group_name, group_type, job_type, enabled, products, and a text
        column for each declared segment; in the order of user_id.
    """
    if as_of is None:
        return _read_spread(connection, _USERS, {}, settings.user_segments)
    frame = read_user_history(connection, settings, as_of, as_of + timedelta(days=1))
    return frame.drop(columns=list(_DATED)).drop_duplicates("user_id", keep="last").reset_index(drop=True)


def read_user_history(
    connection: Connection, settings: AccountSettings, since: date | None, until: date | None
) -> pd.DataFrame:
    """Return the users of a range of days with the days on which their facts held.

    Args:
        connection: The database.
        settings: The declared segments and the zone of the days.
        since: The first day; None: from the beginning.
        until: The day after the last; None: until today and beyond.

    Returns:
        The columns of `read_users`, and `since` and `until`: dates, half-open, None where open. A user has one row
        for each span of unchanged facts; the spans of a user never overlap.
    """
    parameters = {"since": since, "until": until, "zone": settings.time_zone}
    return _read_spread(connection, _USER_HISTORY, parameters, settings.user_segments)


def read_groups(connection: Connection, settings: AccountSettings) -> pd.DataFrame:
    """Return every company as it is now.

    Args:
        connection: The database.
        settings: The declared segments.

    Returns:
        group_id, group_name, group_type, account_size (dollars), salesforce_id, started_on, cancelled_on, renewal_on
        (dates), arr, currency, owner, and a text column for each declared segment; in the order of group_id.
    """
    return _read_spread(connection, _GROUPS, {}, settings.group_segments)


def read_group_history(
    connection: Connection, settings: AccountSettings, since: date | None, until: date | None
) -> pd.DataFrame:
    """Return the companies of a range of days with the days on which their facts held.

    Args:
        connection: The database.
        settings: The declared segments.
        since: The first day; None: from the beginning.
        until: The day after the last; None: until today and beyond.

    Returns:
        group_id, group_name, group_type, account_size, renewal_on, arr, currency, owner, started_on, cancelled_on, a
        text column for each declared segment, and `since` and `until`: dates, half-open, None where open.
    """
    parameters = {"since": since, "until": until}
    return _read_spread(connection, _GROUP_HISTORY, parameters, settings.group_segments)


def knows_dates(connection: Connection) -> bool:
    """Whether the roster of past weeks is known: from dates in the files, or from lists of more than one day."""
    return bool(one(connection, _KNOWS_DATES))


def _read_spread(
    connection: Connection, query: str, parameters: dict[str, Any], segments: tuple[str, ...]
) -> pd.DataFrame:
    """Read a query, and replace its JSON of segments by one text column each."""
    # Reading the JSON takes longer than all else, and most databases declare no segment.
    frame = read_frame(connection, query, {**parameters, "spread": bool(segments)})
    values = frame.pop("segments").tolist()
    for name in segments:
        frame[name] = _column(values, name, frame)
    return frame


def _column(values: list[dict[str, Any]], name: str, frame: pd.DataFrame) -> pd.Series[Any]:
    import pandas as pd  # noqa: PLC0415 - half a second, which commands that read nothing need not wait for

    return pd.Series([row.get(name) for row in values], index=frame.index, dtype="str")


_USERS = """
SELECT user_id, email, username, name, group_id, group_name, group_type, job_type, enabled, products,
    CASE WHEN %(spread)s THEN segments END AS segments
FROM usage.person ORDER BY user_id
"""

# Who had events before the first list that named them was a user since the first event, unless created_on says more;
# who was disabled before the first list, on a known day, was enabled until then. A company's first facts count for the
# time before them, so that its users keep their group type.
_USER_HISTORY = """
WITH known AS (
    SELECT h.*, f.created_on, f.disabled_on, f.created_on IS NULL
        AND h.valid_from = min(h.valid_from) OVER (PARTITION BY h.user_id) AS may_begin_earlier
    FROM usage.user_history AS h LEFT JOIN usage.user_fact AS f ON h.user_id = f.user_id
), seen AS (
    SELECT k.*, (e.first_at AT TIME ZONE %(zone)s)::date AS first_day FROM known AS k
    LEFT JOIN usage.user_first_event AS e ON k.user_id = e.user_id AND k.may_begin_earlier
), spans AS (
    SELECT user_id, CASE WHEN valid_from = disabled_on THEN valid_from ELSE least(valid_from, first_day) END AS since,
        valid_to AS until, group_id, enabled, job_type, products, segments
    FROM seen
    UNION ALL
    SELECT user_id, first_day, valid_from, group_id, true, job_type, products, segments
    FROM seen WHERE valid_from = disabled_on AND first_day < valid_from
), companies AS (
    SELECT h.group_id, h.group_type, h.valid_to AS until,
        CASE WHEN h.valid_from > min(h.valid_from) OVER (PARTITION BY h.group_id) THEN h.valid_from END AS since
    FROM usage.group_history AS h
)
SELECT s.user_id, u.email, u.username, u.name, s.group_id, g.name AS group_name, c.group_type, s.job_type, s.enabled,
    s.products, CASE WHEN %(spread)s THEN s.segments END AS segments,
    greatest(s.since, c.since) AS since, least(s.until, c.until) AS until
FROM spans AS s
LEFT JOIN companies AS c ON c.group_id = s.group_id
    AND coalesce(c.since < s.until, true) AND coalesce(s.since < c.until, true)
LEFT JOIN usage.account_user AS u ON s.user_id = u.user_id
LEFT JOIN usage.account_group AS g ON s.group_id = g.group_id
WHERE coalesce(greatest(s.since, c.since) < %(until)s::date, true)
AND coalesce(least(s.until, c.until) > %(since)s::date, true)
ORDER BY s.user_id, greatest(s.since, c.since)
"""

_GROUPS = """
SELECT group_id, group_name, group_type, account_size::float8 AS account_size, salesforce_id, started_on, cancelled_on,
    renewal_on, arr::float8 AS arr, currency, owner, CASE WHEN %(spread)s THEN segments END AS segments
FROM usage.company ORDER BY group_id
"""

_GROUP_HISTORY = """
SELECT h.group_id, c.group_name, h.group_type, h.account_size::float8 AS account_size, h.renewal_on,
    h.arr::float8 AS arr, h.currency, h.owner, c.started_on, c.cancelled_on,
    CASE WHEN %(spread)s THEN h.segments END AS segments, h.valid_from AS since,
    h.valid_to AS until
FROM usage.group_history AS h LEFT JOIN usage.company AS c ON h.group_id = c.group_id
WHERE coalesce(h.valid_from < %(until)s::date, true) AND coalesce(h.valid_to > %(since)s::date, true)
ORDER BY h.group_id, h.valid_from
"""

_KNOWS_DATES = """
SELECT EXISTS (SELECT FROM usage.user_fact WHERE created_on IS NOT NULL OR disabled_on IS NOT NULL)
OR (SELECT count(*) > 1 FROM usage.account_list)
OR EXISTS (SELECT FROM usage.account_list AS l WHERE l.as_of <= (SELECT min(s.day) FROM usage.etl_slice AS s))
"""
