"""Brings an archived span of events back, exactly as it was."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.copy import LibpqWriter

from oseberg.usage_db._archive.archive import Archived
from oseberg.usage_db._archive.copy_text import COPY_IN, write_copy
from oseberg.usage_db._archive.leave_out import without
from oseberg.usage_db._archive.parquet import read_batches, read_content
from oseberg.usage_db._identity.erased import ErasedIds
from oseberg.usage_db._lines.days import zone_of
from oseberg.usage_db._load.log import PROJECT_ZONE, leave_out
from oseberg.usage_db._load.partitions import make_span
from oseberg.usage_db._postgres.connection import lift_time_limits, one
from oseberg.usage_db._postgres.frames import read_frame
from oseberg.usage_db.errors import ArchiveError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from oseberg.usage_db._postgres.connection import Connection
    from oseberg.usage_db._progress import Progress


def read_archives(connection: Connection) -> pd.DataFrame:
    """Return what was archived.

    Returns:
        name, start_at, end_at, events, address, archived_at, restored_at; in the order of time.
    """
    return read_frame(connection, _ARCHIVES, {})


def find_archives(connection: Connection, month: str) -> list[Archived]:
    """Return what is archived of a month: one file, or several where partitions are shorter or have other bounds.

    Args:
        connection: The database.
        month: `2025-11`, or the name of an archived partition.

    Returns:
        The archives that hold a part of the month, in the order of time.

    Raises:
        ArchiveError: None does.
    """
    found = [Archived(*row) for row in connection.execute(_FIND, {"month": month}).fetchall()]
    if not found:
        raise ArchiveError(f"{month} is not archived. The table {connection.schema}.archive lists what is.")
    return found


def restore(connection: Connection, archived: Archived, path: Path, progress: Progress | None) -> Archived:
    """Bring a span back from its file, in one transaction.

    Args:
        connection: The database.
        archived: The archive.
        path: Its file.
        progress: Called after each batch with the events restored.

    Returns:
        The archive, with the number of restored events: those of people who were erased since stay out.

    Raises:
        ArchiveError: The file is not the one that was archived.
    """
    digest = one(connection, _DIGEST, (archived.name,))
    content = read_content(path, digest)
    if content.rows != archived.events or content.digest != digest:
        raise ArchiveError(
            f"{path} is not what was archived: it holds {content.rows:,} events instead of {archived.events:,}, or "
            "others. Nothing was restored; find the right file."
        )
    gone = Counter[date]()
    with connection.transaction():
        lift_time_limits(connection)
        connection.execute(_RESTORED, (archived.name,))
        fill = partial(_fill, connection, archived, path, gone, progress)
        make_span(connection, archived.name, archived.start, archived.end, fill)
        leave_out(connection, gone)
        _mark(connection, archived.start, archived.end)
    return replace(archived, events=archived.events - gone.total())


def _fill(
    connection: Connection,
    archived: Archived,
    path: Path,
    gone: Counter[date],
    progress: Progress | None,
    table: sql.Composable,
) -> None:
    """Copy the rows of a file into a table, without those of people who were erased while it was out of reach."""
    done, erased = 0, ErasedIds(connection)
    zone = zone_of(one(connection, PROJECT_ZONE) or "UTC")
    with connection.cursor() as cursor:
        writer = LibpqWriter(cursor, flush_threshold=_BYTES_AHEAD)
        with cursor.copy(sql.SQL(COPY_IN).format(table=table), writer=writer) as copy:
            for batch in read_batches(path):
                kept = without(batch, erased.any, zone, gone) if erased else batch
                if kept.num_rows:
                    copy.write(write_copy(kept))
                done += batch.num_rows
                if progress:
                    progress(done, archived.events, f"events of {archived.name}")


def renew_marks(connection: Connection) -> None:
    """Renew the marks in the log after a whole database was restored from a backup."""
    with connection.transaction():
        lift_time_limits(connection)
        _mark(connection, datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))


def _mark(connection: Connection, start: datetime, end: datetime) -> None:
    """Renew the mark of restored events in the log, which would otherwise take them for changed."""
    zone = zone_of(one(connection, PROJECT_ZONE) or "UTC").key
    parameters: dict[str, Any] = {"start": start, "end": end, "zone": zone}
    connection.execute(_MARKS, parameters)


_BYTES_AHEAD = 4 * 1024 * 1024  # rows that may wait for the server
_ARCHIVES = """
SELECT name, start_at, end_at, events, address, archived_at, restored_at FROM usage.archive ORDER BY start_at
"""
_FIND = """
SELECT name, start_at, end_at, events, address FROM usage.archive
WHERE restored_at IS NULL AND (name = %(month)s OR CASE WHEN %(month)s ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'
    THEN start_at < ((%(month)s || '-01')::timestamp + interval '1 month') AT TIME ZONE 'UTC'
    AND end_at > (%(month)s || '-01')::timestamp AT TIME ZONE 'UTC' END)
ORDER BY start_at
"""
_DIGEST = "SELECT digest FROM usage.archive WHERE name = %s"
_RESTORED = "UPDATE usage.archive SET restored_at = now() WHERE name = %s"
# A day that reaches beyond the span counts only if all of it is there.
_MARKS = """
WITH stored AS (
    SELECT (p."time" AT TIME ZONE %(zone)s)::date AS day, count(*) AS events,
        count(*) || ':' || coalesce(sum(p.xmin::text::bigint), 0) AS mark
    FROM usage.product_event AS p
    WHERE p."time" >= %(start)s::timestamptz - interval '1 day' AND p."time" < %(end)s::timestamptz + interval '1 day'
    GROUP BY 1
), last AS (
    SELECT DISTINCT ON (s.day) s.day, s.run_id, s.exported - s.duplicate - s.rejected AS events
    FROM usage.etl_slice AS s WHERE s.state = 'loaded' ORDER BY s.day, s.run_id DESC
)
UPDATE usage.etl_slice AS s SET stored_mark = t.mark FROM stored AS t JOIN last AS l USING (day, events)
WHERE s.day = l.day AND s.run_id = l.run_id
AND (l.day::timestamp AT TIME ZONE %(zone)s) < %(end)s
AND ((l.day + 1)::timestamp AT TIME ZONE %(zone)s) > %(start)s
"""
