"""Move whole months of events to files, and bring them back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.usage_db._archive import archive as archive_room
from oseberg.usage_db._archive import restore as restore_room
from oseberg.usage_db._archive.archive import Archived
from oseberg.usage_db._archive.restore import read_archives
from oseberg.usage_db._database.opened import Opened
from oseberg.usage_db._postgres.connection import readable_errors
from oseberg.usage_db._postgres.lock import exclusive
from oseberg.usage_db.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import pandas as pd

    from oseberg.usage_db._progress import Progress


@readable_errors()
def archive(
    self: Opened,
    before: date,
    folder: str | Path,
    *,
    keep: Callable[[Path], str] | None = None,
    progress: Progress | None = None,
) -> list[Archived]:
    """Write every month (partition) of events that ends before a day to a Parquet file, and drop it.

    A month is dropped only after its file was read back and holds the same rows. Scores, the log and what each
    user did on each day stay. Archived weeks can't be scored again until they are restored.

    Args:
        before: The first day (UTC) to keep.
        folder: The folder of the files, `product_event_2025_11.parquet`; created private if it is missing.
        keep: Called with each verified file before its month is dropped, for example to upload it; returns the
            address to remember. If it raises, the month stays.
        progress: Called with the events written so far.

    Returns:
        What was archived, in the order of time.

    Raises:
        ArchiveError: A file can't be written, or holds other rows than the database.
        BusyError: Another run holds the lock, or a month is in use.
    """
    connection = self._ready()
    with exclusive(self._direct_url, "db archive", connection):
        return archive_room.archive(connection, before, Path(folder), keep=keep, progress=progress)


@readable_errors()
def archives(self: Opened) -> pd.DataFrame:
    """Return what was archived.

    Returns:
        A row for each archive, in the order of time: name (str), start_at and end_at (datetime64, UTC; half-open),
        events (Int64), address (str: of the file), archived_at and restored_at (datetime64, UTC).
    """
    return read_archives(self._ready())


@readable_errors()
def find_archives(self: Opened, month: str) -> list[Archived]:
    """Return what is archived of a month.

    Args:
        month: The month, `2025-11`, or the name of an archived partition.

    Returns:
        The archives that hold a part of the month, with the addresses of their files, in the order of time: one, unless
        the table had other partitions than whole months.

    Raises:
        ArchiveError: The month is not archived.
    """
    return restore_room.find_archives(self._ready(), month)


@readable_errors()
def restore(self: Opened, month: str, path: str | Path | None = None, *, progress: Progress | None = None) -> Archived:
    """Bring an archived month back, exactly as it was.

    Args:
        month: The month, `2025-11`, or the name of an archived partition.
        path: Its file; default: where it was archived to.
        progress: Called with the events restored so far.

    Returns:
        The archive; of several, the first to the last, and the number of all their events.

    Raises:
        ArchiveError: The month is not archived, or the file is not the one that was archived.
        BusyError: Another run holds the lock.
    """
    connection = self._ready()
    with exclusive(self._direct_url, "db restore", connection):
        found = restore_room.find_archives(connection, month)
        if path and len(found) > 1:
            names = ", ".join(one.name for one in found)
            raise ArchiveError(f"{month} was archived in several parts. Name the one that {path} holds: {names}.")
        done = [restore_room.restore(connection, one, Path(path or one.address), progress) for one in found]
    return replace(done[0], end=done[-1].end, events=sum(one.events for one in done))
