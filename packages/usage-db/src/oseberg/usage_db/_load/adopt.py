"""Adopts the events of a table that something else filled, through the same reconciliation as an export."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psycopg import sql

from oseberg.usage_db._lines.days import Day, zone_of
from oseberg.usage_db._lines.frames import RAW_NAMES
from oseberg.usage_db._postgres.connection import one
from oseberg.usage_db.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from oseberg.usage_db._postgres.connection import Connection

_NEEDED = ("event", "time", "distinct_id")
_BATCH_ROWS = 5_000


class EventTable:
    """A table or view of events: the columns event, time and distinct_id, and any others, which become properties.

    Args:
        connection: The database.
        name: Its name, with its schema.
        time_zone: The zone of its days, and of times without a zone.

    Raises:
        LoadError: It doesn't exist, or lacks a column.
    """

    def __init__(self, connection: Connection, name: str, time_zone: str) -> None:
        self._connection = connection
        self._zone = zone_of(time_zone)
        found = connection.execute(_TABLE, (name,)).fetchone()
        if found is None:
            raise LoadError(f"The table {name} does not exist. Write it with its schema: old_usage.product_event.")
        types: dict[str, str] = dict(connection.execute(_TYPES, (name,)).fetchall())
        if missing := [column for column in _NEEDED if column not in types]:
            raise LoadError(
                f"{name} has no column {', '.join(missing)}. Create a view of it whose columns are named event, time, "
                "distinct_id, and, if known, insert_id and properties, and import that."
            )
        self._table = sql.Identifier(*found)
        self._moment = _moment(types["time"], self._zone.key)

    def days(self) -> list[date]:
        """Return the days that have events, in order.

        Raises:
            LoadError: Rows have no time, so that they belong to no day.
        """
        timeless = one(self._connection, sql.SQL(_TIMELESS).format(moment=self._moment, table=self._table))
        if timeless:
            raise LoadError(
                f"{timeless:,} row{'s have' if timeless > 1 else ' has'} no time, or one of infinity. Nothing was "
                "imported. Create a view without them, and import that."
            )
        query = sql.SQL("SELECT DISTINCT ({moment} AT TIME ZONE {zone})::date FROM {table} AS t ORDER BY 1").format(
            moment=self._moment, zone=sql.Literal(self._zone.key), table=self._table
        )
        return [day for (day,) in self._connection.execute(query).fetchall()]

    def lines(self, day: date) -> Iterator[bytes]:
        """Yield a day's events as lines of an export, with times in UTC.

        Args:
            day: The day.
        """
        span = Day(day, self._zone)
        query = sql.SQL(
            "SELECT round(extract(epoch FROM {moment}) * 1000)::bigint, to_jsonb(t)::text FROM {table} AS t "
            "WHERE {moment} >= {start} AND {moment} < {end}"
        ).format(moment=self._moment, table=self._table, start=sql.Literal(span.start), end=sql.Literal(span.end))
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            while rows := cursor.fetchmany(_BATCH_ROWS):
                for moment, text in rows:
                    yield _line(moment, json.loads(text))


def _line(moment: int, row: dict[str, Any]) -> bytes:
    """Return a row as a line: its columns are properties, under Mixpanel's own names where those are known."""
    event, properties = row.pop("event"), row.pop("properties", None)
    if isinstance(properties, str):
        try:
            properties = json.loads(properties)
        except json.JSONDecodeError:  # unchanged: the load rejects the line, and keeps its text
            return f'{{"event": {json.dumps(event)}, "properties": {properties}}}'.encode()
    if not isinstance(properties, dict | None):
        return json.dumps({"event": event, "properties": properties}).encode()
    named = {RAW_NAMES.get(name, name): value for name, value in row.items() if value is not None}
    content = {**named, **(properties or {}), "time": moment, "distinct_id": row["distinct_id"]}
    return json.dumps({"event": event, "properties": content}).encode()


def _moment(kind: str, zone: str) -> sql.Composable:
    """Return the expression of an event's instant, whatever type the column has."""
    if kind == "timestamp with time zone":
        return sql.SQL('t."time"')
    if kind == "timestamp without time zone":
        return sql.SQL('(t."time" AT TIME ZONE {})').format(sql.Literal(zone))
    if kind in {"integer", "bigint", "numeric", "double precision", "real"}:  # seconds, or milliseconds
        return sql.SQL(
            'to_timestamp((CASE WHEN t."time" > 100000000000 THEN t."time" / 1000.0 ELSE t."time" END)::float8)'
        )
    raise LoadError(f"The column time has the type {kind}. Create a view in which it is a timestamp with time zone.")


_TIMELESS = "SELECT count(*) FROM {table} AS t WHERE {moment} IS NULL OR NOT isfinite({moment})"
_TABLE = """
SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass(%s)
"""
_TYPES = """
SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute AS a
WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
"""
