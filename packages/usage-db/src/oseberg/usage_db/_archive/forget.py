"""Removes the events of a person from archives: a new file is written and verified before the old one is deleted."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from oseberg.usage_db._archive.leave_out import without
from oseberg.usage_db._archive.parquet import read_batches, read_content, write_file
from oseberg.usage_db._identity.erased import ID_PROPERTIES, same_id
from oseberg.usage_db.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    from oseberg.usage_db._archive.digest import Content
    from oseberg.usage_db._postgres.connection import Connection


class ArchiveStore(Protocol):
    """Where the files of archives are kept."""

    def fetch(self, address: str) -> Path:
        """Return a local file with the content of an archive.

        Args:
            address: Where the archive is.

        Returns:
            The file.

        Raises:
            OSError: The archive can't be reached.
        """

    def keep(self, path: Path, address: str) -> str:
        """Keep a new file next to an archive.

        Args:
            path: The new file.
            address: Where the archive's former file is.

        Returns:
            The address of the new file.

        Raises:
            OSError: It can't be kept; the archive stays as it was.
        """

    def discard(self, address: str) -> None:
        """Delete an archive's former file.

        Args:
            address: Where it is.
        """


class LocalStore:
    """Archives in folders of this machine, where the new files are written already."""

    def fetch(self, address: str) -> Path:
        """Return the file itself."""
        path = Path(address)
        if not path.is_file():
            raise FileNotFoundError(address)
        return path

    def keep(self, path: Path, address: str) -> str:  # noqa: ARG002 - as the protocol has it
        """Return the path of the new file."""
        return str(path)

    def discard(self, address: str) -> None:
        """Delete the former file."""
        Path(address).unlink(missing_ok=True)


@dataclass
class Forgotten:
    """The events that were removed from archives.

    Attributes:
        events: Events, by day in the project's zone, of archives that are not restored.
        total: All events that were taken out.
        former: Addresses of files to delete once the database names the new ones.
        unreached: Addresses of archives that couldn't be read.
    """

    events: Counter[date] = field(default_factory=Counter)
    total: int = 0
    former: list[str] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)


def forget(connection: Connection, ids: set[str], zone: ZoneInfo, store: ArchiveStore) -> Forgotten:
    """Rewrite every archive that holds one of the ids without those events.

    Args:
        connection: The database, in the transaction of the erasure.
        ids: The person's ids.
        zone: The zone of the days.
        store: Where the files are.

    Returns:
        What was taken out; delete the former files after the transaction.
    """
    done = Forgotten()
    for name, address, digest, restored in connection.execute(_ARCHIVES).fetchall():
        try:
            path = store.fetch(address)
            _forget_in(connection, done, (name, address, digest), path, ids, zone, store, counts=not restored)
        except (OSError, ArchiveError):
            if not restored:  # the file of a restored month may be gone for good
                done.unreached.append(address)
    return done


def _forget_in(
    connection: Connection,
    done: Forgotten,
    archive: tuple[str, str, str],
    path: Path,
    ids: set[str],
    zone: ZoneInfo,
    store: ArchiveStore,
    *,
    counts: bool,
) -> None:
    name, address, digest = archive
    if read_content(path, digest).digest != digest:
        raise ArchiveError(f"{path} is not what was archived.")
    gone: Counter[date] = Counter()
    new = next_edition(path, name)
    try:
        written = write_file(new, _others(path, ids, zone, gone))
        if not gone:
            new.unlink()
            return
        _check(new, written)
        kept = store.keep(new, address)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    connection.execute(_UPDATE, (written.rows, written.digest, kept, name))
    done.former.append(address)
    done.total += gone.total()
    if counts:
        done.events.update(gone)


def _check(path: Path, written: Content) -> None:
    if read_content(path) != written:
        raise ArchiveError(f"{path} does not hold what was written.")


def _others(path: Path, ids: set[str], zone: ZoneInfo, gone: Counter[date]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file that belong to none of the ids, and count the others by day."""
    theirs = {same_id(text) for text in ids}

    def named(distinct_id: str, properties: dict[str, Any]) -> bool:
        values = (distinct_id, *(properties.get(name) for name in ID_PROPERTIES))
        return any(same_id(str(value)) in theirs for value in values if value is not None)

    for batch in read_batches(path):
        kept = without(batch, named, zone, gone)
        if kept.num_rows:
            yield kept


def next_edition(path: Path, name: str) -> Path:
    """Return where the next edition of an archive is written.

    Args:
        path: The present one.
        name: The archive's name, which may end in a number itself: `events-2026-11` comes before `events-2026-11-2`.

    Returns:
        A file in the same folder: `month-2.parquet` after `month.parquet`, then `month-3.parquet`.
    """
    match = re.fullmatch(rf"{re.escape(name)}-(\d+)", path.stem, re.ASCII)
    return path.with_name(f"{name}-{int(match[1]) + 1 if match else 2}.parquet")


_ARCHIVES = "SELECT name, address, digest, restored_at IS NOT NULL FROM usage.archive ORDER BY start_at"
_UPDATE = "UPDATE usage.archive SET events = %s, digest = %s, address = %s WHERE name = %s"
