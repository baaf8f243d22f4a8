"""The partitions of the events: found by their bounds, whoever made them and whatever their names and lengths are."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from psycopg import errors, sql

from oseberg.usage_db._postgres.connection import one
from oseberg.usage_db.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from oseberg.usage_db._postgres.connection import Connection

    Fill = Callable[[sql.Composable], None]

_FIRST = datetime(1, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)
_BOUNDS = re.compile(r"FROM \((.+?)\) TO \((.+?)\)")


class ArchivedDayError(LoadError):
    """The day's month is archived; nothing is wrong with what was loaded."""


class Partition(NamedTuple):
    """A partition of the events, and the half-open span of time that it holds.

    Attributes:
        schema: Its schema.
        name: Its name.
        start: The first instant.
        end: The instant after the last.
    """

    schema: str
    name: str
    start: datetime
    end: datetime


def read_partitions(connection: Connection) -> list[Partition]:
    """Return the attached partitions in the order of time, without a DEFAULT one."""
    found = []
    with connection.transaction():
        connection.execute("SET LOCAL TimeZone = 'UTC'")  # in which the bounds are written below
        connection.execute("SET LOCAL DateStyle = 'ISO'")
        for schema, name, bounds in connection.execute(_PARTITIONS).fetchall():
            if match := _BOUNDS.search(bounds):
                found.append(Partition(schema, name, _moment(match[1], _FIRST), _moment(match[2], _LAST)))
    return sorted(found, key=lambda partition: partition.start)


def make_partitions(connection: Connection, start: datetime, end: datetime) -> None:
    """Create the months of a span that no partition holds yet, as the owner of the table.

    Attaching a month blocks neither readers nor writers.

    Args:
        connection: The database, in a transaction.
        start: The first instant of the span.
        end: The instant after the last.

    Raises:
        LoadError: A month can't be made; the message says why.
    """
    partitions = read_partitions(connection)
    gaps = _gaps(partitions, start, end)
    if not gaps:
        return
    for first, last in gaps:
        for month in _months(first, last):
            following = _next_month(month)
            # Where somebody keeps shorter or longer partitions, only what is free of the month can be attached.
            free = max((part.end for part in partitions if part.end <= first), default=_FIRST)
            limit = min((part.start for part in partitions if part.start >= last), default=_LAST)
            _make(connection, max(month, free), min(following, limit))


def make_span(connection: Connection, name: str, start: datetime, end: datetime, fill: Fill) -> None:
    """Create and fill the partition of a span of its own, unless partitions hold it already: then they are filled.

    Args:
        connection: The database, in a transaction.
        name: The partition's name.
        start: The first instant.
        end: The instant after the last.
        fill: Fills a table that no reader sees yet; its indexes are built afterwards, which costs a third of keeping
            them row by row.

    Raises:
        LoadError: It can't be made; the message says why.
    """
    if _gaps(read_partitions(connection), start, end):
        _make(connection, start, end, name, fill)
    else:
        fill(sql.Identifier(connection.schema, "product_event"))


def _make(connection: Connection, start: datetime, end: datetime, name: str = "", fill: Fill = lambda _: None) -> None:
    suffix = "" if start.day == 1 and end == _next_month(start) else f"_{start:%d}"
    name = name or f"product_event_{start:%Y_%m}{suffix}"
    if archived := one(connection, _ARCHIVED, {"start": start, "end": end}):
        raise ArchivedDayError(
            f"The events of {archived} are archived, and loading them again would store them twice. "
            f"Restore them first: oseberg db restore {archived}."
        )
    if one(connection, "SELECT to_regclass(%s)", (f"{connection.schema}.{name}",)) is not None:
        raise LoadError(
            f"The table {connection.schema}.{name} exists, but is not a partition of "
            f"{connection.schema}.product_event: somebody detached it. Attach it again, or rename it; then load again."
        )
    owner = one(connection, _OWNER)
    comment = f"Events from {start:%Y-%m-%d} until before {end:%Y-%m-%d}, in UTC"
    parameters: dict[str, sql.Composable] = {
        "name": sql.Identifier(connection.schema, name),
        "start": sql.Literal(start),
        "end": sql.Literal(end),
        "comment": sql.Literal(comment),
    }
    try:
        with connection.transaction():
            if owner:
                connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(owner)))
            for statement in _CREATE:
                connection.execute(sql.SQL(statement).format(**parameters))
            fill(parameters["name"])
            connection.execute(sql.SQL(_ATTACH).format(**parameters))
            if owner:
                connection.execute("RESET ROLE")
    except errors.InsufficientPrivilege as error:
        raise LoadError(
            f"The month {start:%Y-%m} needs a partition, which this login may not create "
            f"({error.diag.message_primary}). Make it a member of the role that owns the table; "
            "`oseberg db sql --roles-only` prints the grants."
        ) from error
    except errors.CheckViolation as error:
        raise LoadError(
            f"The month {start:%Y-%m} has rows in the DEFAULT partition of {connection.schema}.product_event already. "
            "Move them to a partition of their own, and detach the DEFAULT one; then load again."
        ) from error


def _gaps(partitions: list[Partition], start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Return the parts of a span that no partition holds."""
    gaps, position = [], start
    for part in partitions:
        if part.end <= position or part.start >= end:
            continue
        if part.start > position:
            gaps.append((position, part.start))
        position = part.end
    return [*gaps, (position, end)] if position < end else gaps


def _months(start: datetime, end: datetime) -> list[datetime]:
    """Return the beginnings of the months in UTC that a span touches."""
    month = datetime(start.year, start.month, 1, tzinfo=UTC)
    months = []
    while month < end:
        months.append(month)
        month = _next_month(month)
    return months


def _next_month(moment: datetime) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def _moment(text: str, open_end: datetime) -> datetime:
    if text in {"MINVALUE", "MAXVALUE"}:
        return open_end
    return datetime.fromisoformat(text.strip("'"))


_ARCHIVED = """
SELECT to_char(a.start_at AT TIME ZONE 'UTC', 'YYYY-MM') FROM usage.archive AS a
WHERE a.restored_at IS NULL AND a.start_at < %(end)s AND a.end_at > %(start)s ORDER BY a.start_at LIMIT 1
"""
_PARTITIONS = """
SELECT n.nspname, c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits AS i
JOIN pg_class AS c ON c.oid = i.inhrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE i.inhparent = 'usage.product_event'::regclass AND NOT i.inhdetachpending
"""
# Another login's role would own the partition, and nobody else could load into the next one or migrate.
_OWNER = """
SELECT r.rolname FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner
WHERE c.oid = 'usage.product_event'::regclass AND r.rolname <> current_user AND pg_has_role(r.oid, 'MEMBER')
"""
_CREATE = (
    """
CREATE TABLE {name} (
    LIKE usage.product_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS
)
""",
    "COMMENT ON TABLE {name} IS {comment}",
)
# Makes the indexes that the parent has; nobody waits for it, since nobody else knows the table.
_ATTACH = "ALTER TABLE usage.product_event ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})"
