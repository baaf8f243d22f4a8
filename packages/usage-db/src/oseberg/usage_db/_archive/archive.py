"""Writes whole partitions of events to files, and drops them once the files are verified to hold the same rows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from psycopg import errors, sql

from oseberg.usage_db._archive.copy_text import COPY_OUT, read_copy
from oseberg.usage_db._archive.parquet import read_content, write_file
from oseberg.usage_db._load.partitions import Partition, read_partitions
from oseberg.usage_db._postgres.connection import lift_time_limits
from oseberg.usage_db.errors import ArchiveError, BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from oseberg.usage_db._archive.digest import Content
    from oseberg.usage_db._postgres.connection import Connection
    from oseberg.usage_db._progress import Progress

_ATTEMPTS = 30


@dataclass(frozen=True)
class Archived:
    """A span of archived events.

    Attributes:
        name: The partition's name, and the file's without its extension.
        start: The first instant.
        end: The instant after the last.
        events: The number of events.
        address: Where the file is.
    """

    name: str
    start: datetime
    end: datetime
    events: int
    address: str


def archive(
    connection: Connection,
    before: date,
    folder: Path,
    *,
    keep: Callable[[Path], str] | None,
    progress: Progress | None,
) -> list[Archived]:
    """Archive every partition that ends before a day.

    Killed anywhere, nothing is lost or twice: until the last transaction, which names the file and drops the
    partition, the database is as it was, and the next run writes the file again.

    Args:
        connection: The database.
        before: The first day (UTC) to keep.
        folder: Where the files are written.
        keep: Called with each file once it is verified; returns where it is kept. If it raises, nothing is dropped.
        progress: Called after each batch with the events of the partition.

    Returns:
        What was archived, in the order of time.

    Raises:
        ArchiveError: A file doesn't hold what the database holds, or can't be written.
    """
    limit = datetime(before.year, before.month, before.day, tzinfo=UTC)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return [
            _archive_one(connection, partition, folder, keep, progress)
            for partition in read_partitions(connection)
            if partition.end <= limit
        ]
    except OSError as error:
        raise ArchiveError(f"{error.filename or folder} can't be written: {error.strerror}.") from error


def _archive_one(
    connection: Connection,
    partition: Partition,
    folder: Path,
    keep: Callable[[Path], str] | None,
    progress: Progress | None,
) -> Archived:
    path = folder / f"{partition.name}.parquet"
    with connection.transaction():
        lift_time_limits(connection)
        total, mark = _state(connection, partition)
        written = write_file(path, _batches(connection, partition, total, progress))
    found = read_content(path)
    if found != written or written.rows != total:
        raise ArchiveError(
            f"{path} holds {found.rows:,} events that differ from the {total:,} in the database. Nothing was "
            "dropped; check the disk, and archive again."
        )
    address = keep(path) if keep else str(path.absolute())
    _drop(connection, partition, written, mark, address)
    return Archived(partition.name, partition.start, partition.end, written.rows, address)


def _batches(
    connection: Connection, partition: Partition, total: int, progress: Progress | None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a partition, as the server sends them: memory stays bounded."""
    done = 0
    for setting in _PLAIN_TIMES:
        connection.execute(setting)
    with connection.cursor() as cursor, cursor.copy(_text(COPY_OUT, partition)) as copy:
        for batch in read_copy(copy):
            done += batch.num_rows
            yield batch
            if progress:
                progress(done, total, f"events of {partition.name}")


def _drop(connection: Connection, partition: Partition, content: Content, mark: str, address: str) -> None:
    """Name the file and drop the partition, in one transaction that waits for no lock for long."""
    for attempt in range(_ATTEMPTS):
        try:
            with connection.transaction():
                connection.execute("SET LOCAL lock_timeout = '150ms'")
                if _state(connection, partition) != (content.rows, mark):
                    raise ArchiveError(f"{partition.name} changed meanwhile. Nothing was dropped; archive it again.")
                connection.execute(_INSERT, (partition.name, partition.start, partition.end, *content, address))
                connection.execute(_text("ALTER TABLE usage.product_event DETACH PARTITION {table}", partition))
                connection.execute(_text("DROP TABLE {table}", partition))
        except errors.LockNotAvailable:
            time.sleep(min(0.1 * 2**attempt, 2.0))
        else:
            return
    raise BusyError(f"{partition.name} is in use, so it can't be dropped. Its file is complete; try again later.")


def _state(connection: Connection, partition: Partition) -> tuple[int, str]:
    """Return the number of rows, and a mark that differs after any change of a row."""
    row = connection.execute(_text(_STATE, partition)).fetchone()
    return (int(row[0]), str(row[1])) if row else (0, "")


def _text(statement: str, partition: Partition) -> sql.Composed:
    return sql.SQL(statement).format(table=sql.Identifier(partition.schema, partition.name))


# Times as ISO in UTC; more memory for the sort than one of many small queries would get.
_PLAIN_TIMES = (
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO'",
    "SET LOCAL work_mem = '128MB'",
    "SET LOCAL max_parallel_workers_per_gather = 0",
)
_STATE = "SELECT count(*), coalesce(sum(p.xmin::text::bigint), 0) FROM {table} AS p"
_INSERT = """
INSERT INTO usage.archive (name, start_at, end_at, events, digest, address) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (name) DO UPDATE SET start_at = excluded.start_at, end_at = excluded.end_at, events = excluded.events,
    digest = excluded.digest, address = excluded.address, archived_at = now(), restored_at = NULL
"""
