"""The ledger: what was processed, by content and not by time, so that late and repeated files are handled once.

A ledger is JSON lines, one for each processed object, in a local file or in an object in S3. A local ledger is added
to under a lock; one in S3 is rewritten with If-Match and read again when another writer was faster.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeAlias

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._client import S3
from oseberg.s3utils._ledger.entry import LedgerEntry
from oseberg.s3utils._ledger.storage import LocalStorage, ObjectStorage, Storage
from oseberg.s3utils._pandas import load_pandas
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils.errors import GuardRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    import pandas as pd

Which: TypeAlias = "str | S3Url | S3Object"  # an object, a folder that ends in a slash, a listed state
_COLUMNS = ["bucket", "key", "version_id", "etag", "size", "processed_at", "modified", "lateness"]


class Ledger:
    """A record of the objects that were processed.

    An object is known by bucket, key and version; where no version is reported, by bucket, key and ETag: rewritten
    with other content, it is new. Nothing is decided by time stamps. Several processes may use one ledger: no record
    is lost, but two that run at once may both be given an object that neither has finished; a `lease` keeps them apart.

    Args:
        place: A local path, or an `s3://` URL.
        s3: What reaches the URL; `S3()` unless given.

    Example:
        >>> from datetime import timedelta
        >>> s3, ledger = S3(), Ledger("processed.jsonl")  # doctest: +SKIP
        >>> for item in ledger.new(s3.list("s3://bucket/inbox/"), stable_for=timedelta(minutes=5)):  # doctest: +SKIP
        ...     with item:  # recorded when the block ends well
        ...         print(s3.read_text(item.url))
    """

    def __init__(self, place: str | Path | S3Url, *, s3: S3 | None = None) -> None:
        self._place = str(place)
        is_url = self._place.lower().startswith("s3://")
        self._storage: Storage = ObjectStorage(self._place, s3 or S3()) if is_url else LocalStorage(self._place)
        self.waiting: list[S3Object] = []
        """What the last `new` held back since it was not yet stable."""

    def new(self, objects: Iterable[S3Object], *, stable_for: timedelta | None = None) -> Iterator[LedgerItem]:
        """Yield the objects that were not processed yet.

        Args:
            objects: A listing.
            stable_for: Hold back objects written within this time, by the store's clock: their writer may not be done.
                They come the next time, and are in `waiting` meanwhile.

        Returns:
            The objects; a `with` block around each records it when it ends well.

        Raises:
            S3Error: The ledger can't be read, or holds something other than records.
        """
        self.waiting = []
        known = _known(self.entries())
        for item in objects:
            if _is_known(item, known):
                continue
            # Both times are the store's, so that a machine whose clock is wrong takes no half-written file.
            seen = getattr(item, "seen", None)  # local files are recorded as well, and no store has seen them
            if stable_for and item.modified > (seen or datetime.now(UTC)) - stable_for:
                self.waiting.append(item)
            else:
                yield LedgerItem(self, item)

    def add(self, item: S3Object) -> None:
        """Record that an object was processed."""
        now = datetime.now(UTC)
        self._storage.append(
            LedgerEntry(item.url, item.version_id, item.etag, item.size, now, item.modified.astimezone(UTC)).to_line()
        )

    def entries(self, which: Which | None = None) -> Iterator[LedgerEntry]:
        """List the records, oldest first.

        Args:
            which: Only those of an object's URL, of a folder's (ending in a slash), or of one listed object as it is.

        Returns:
            An entry for each processed object: URL, ETag, size, and when it was written and processed.

        Raises:
            GuardRefused: The file is not a ledger.
        """
        return (entry for entry in self._parsed(self._storage.read()) if which is None or _is_meant(entry, which))

    def forget(
        self, *which: Which, older_than: timedelta | datetime | None = None, dry_run: bool = False
    ) -> list[LedgerEntry]:
        """Remove records, so that `new` yields the objects again if they are still there.

        Args:
            *which: Objects' URLs (all their versions), folders' URLs (ending in a slash), or listed objects.
            older_than: Only records made longer ago than this, or before this moment; without `which`, all those.
            dry_run: Whether to return the records and remove none.

        Returns:
            The records that were removed.

        Raises:
            GuardRefused: Neither is given: a whole ledger is forgotten by removing its file.
            ValueError: A length of time below zero.
        """
        if not which and older_than is None:
            message = f"Won't forget everything in {self._place}. Name objects or folders, or pass older_than."
            raise GuardRefused(message, operation="forget")
        if isinstance(older_than, timedelta) and older_than < timedelta():
            raise ValueError(f"older_than must be a positive length of time, not {older_than}.")
        before = datetime.now(UTC) - older_than if isinstance(older_than, timedelta) else older_than

        def is_meant(entry: LedgerEntry) -> bool:
            old = before is None or entry.processed_at < before.astimezone(UTC)
            return old and (not which or any(_is_meant(entry, one) for one in which))

        return self._remove(lambda entries: [entry for entry in entries if is_meant(entry)], dry_run=dry_run)

    def retry(self, *which: Which, dry_run: bool = False) -> list[LedgerEntry]:
        """Mark objects to be processed again in their present state; records of earlier states are kept.

        Args:
            *which: Objects' URLs, folders' URLs (ending in a slash), or listed objects.
            dry_run: Whether to return the records and remove none.

        Returns:
            The records that were removed: the latest of each object.
        """

        def latest(entries: list[LedgerEntry]) -> list[LedgerEntry]:
            meant = [entry for entry in entries if any(_is_meant(entry, one) for one in which)]
            return list({entry.url: entry for entry in meant}.values())  # the last one wins

        return self._remove(latest, dry_run=dry_run)

    def lateness(self, which: Which | None = None) -> timedelta | None:
        """Return how late the slowest of the records was.

        Args:
            which: As in `entries`.

        Returns:
            The longest time from an object's last write until it was recorded; None without records.
        """
        return max((entry.lateness for entry in self.entries(which) if entry.lateness is not None), default=None)

    def frame(self) -> pd.DataFrame:
        """Return the records as a table.

        Returns:
            One row for each record, oldest first: bucket, key, version_id, etag (str), size (int64, bytes),
            processed_at, modified (datetime64, UTC), lateness (timedelta64, from the write to the record).

        Raises:
            NotSupported: pandas is not installed.
        """
        pandas = load_pandas("Ledger.frame")
        rows = [
            (one.url.bucket, one.url.key, one.version_id, one.etag, one.size, one.processed_at, one.modified)
            for one in self.entries()
        ]
        frame: pd.DataFrame = pandas.DataFrame(rows, columns=_COLUMNS[:-1])
        times = {name: pandas.to_datetime(frame[name], utc=True) for name in ("processed_at", "modified")}
        return frame.assign(**times, lateness=times["processed_at"] - times["modified"])

    def __contains__(self, item: S3Object) -> bool:
        return _is_known(item, _known(self.entries()))

    def _remove(self, choose: Callable[[list[LedgerEntry]], list[LedgerEntry]], *, dry_run: bool) -> list[LedgerEntry]:
        removed: list[LedgerEntry] = []

        def change(lines: list[bytes]) -> list[bytes]:
            entries = list(self._parsed(lines))
            removed[:] = choose(entries)  # anew in each attempt: another writer may have been faster
            gone = {id(entry) for entry in removed}
            return [line for line, entry in zip(lines, entries, strict=True) if id(entry) not in gone]

        if dry_run:
            change(self._storage.read())
        else:
            self._storage.rewrite(change)
        return removed

    def _parsed(self, lines: list[bytes]) -> Iterator[LedgerEntry]:
        for number, line in enumerate(lines, start=1):
            try:
                yield LedgerEntry.from_line(line)
            except (ValueError, KeyError, TypeError) as error:
                text = line[:60].decode(errors="replace")
                raise GuardRefused(
                    f"Line {number} of {self._place} is not a record of a ledger: {text!r}. "
                    "Nothing was changed. Name another place, or correct the line.",
                    operation="read the ledger",
                ) from error


class LedgerItem:
    """An object to process; `with item:` records it when the block ends well, and lets exceptions through.

    Attributes:
        object: The object as it was listed.
    """

    def __init__(self, ledger: Ledger, item: S3Object) -> None:
        self._ledger = ledger
        self.object = item

    @property
    def url(self) -> S3Url:
        """The object's URL."""
        return self.object.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._ledger.add(self.object)


_Known: TypeAlias = dict[tuple[str, str], list[LedgerEntry]]


def _known(entries: Iterable[LedgerEntry]) -> _Known:
    known: _Known = {}
    for entry in entries:
        known.setdefault((entry.url.bucket, entry.url.key), []).append(entry)
    return known


def _is_known(item: S3Object, known: _Known) -> bool:
    return any(entry.is_of(item) for entry in known.get((item.url.bucket, item.url.key), ()))


def _is_meant(entry: LedgerEntry, which: Which) -> bool:
    if not isinstance(which, (str, S3Url)):
        return entry.is_of(which)
    if isinstance(which, str) and not which.lower().startswith("s3://") and Path(which).is_absolute():
        bucket, key = "", which  # a local file, as a ledger records it
    else:
        url = S3Url(which)
        bucket, key = url.bucket, url.key
    if not key or key.endswith("/"):
        return entry.url.bucket == bucket and entry.url.key.startswith(key)
    return (entry.url.bucket, entry.url.key) == (bucket, key)
