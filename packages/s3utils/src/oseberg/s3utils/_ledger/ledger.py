"""What was processed, by content and not by time: late files and files that come twice are neither lost nor repeated.

A ledger is JSON lines, one for each processed object, in a local file or in an object in S3. A local ledger is added
to under a lock; one in S3 is rewritten with If-Match and read again when another writer was faster.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._client import S3
from oseberg.s3utils._ledger.storage import LocalStorage, ObjectStorage, Storage
from oseberg.s3utils._pandas import load_pandas
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils.errors import GuardRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    import pandas as pd

_COLUMNS = ["bucket", "key", "version_id", "etag", "size", "processed_at"]


class Ledger:
    """A record of the objects that were processed.

    An object is known by bucket, key and version; where no version is told, by bucket, key and ETag: written anew
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
        """Yield what was not processed yet.

        Args:
            objects: A listing.
            stable_for: Hold back objects written within this time: their writer may not be done. They come the next
                time, and are in `waiting` meanwhile.

        Raises:
            S3Error: The ledger can't be read, or holds something else than records.
        """
        self.waiting = []
        known = _known(self._records())
        before = datetime.now(UTC) - stable_for if stable_for else None
        for item in objects:
            if _is_known(item, known):
                continue
            if before and item.modified > before:
                self.waiting.append(item)
            else:
                yield LedgerItem(self, item)

    def add(self, item: S3Object) -> None:
        """Record that an object was processed."""
        record = {
            "bucket": item.url.bucket,
            "key": item.url.key,
            "version_id": item.version_id,
            "etag": item.etag,
            "size": item.size,
            "processed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        self._storage.append(json.dumps(record, ensure_ascii=False).encode())

    def frame(self) -> pd.DataFrame:
        """Give the records: bucket, key, version_id, etag, size (bytes), processed_at (UTC)."""
        pandas = load_pandas("Ledger.frame")
        frame: pd.DataFrame = pandas.DataFrame(list(self._records()), columns=_COLUMNS)
        return frame.assign(processed_at=pandas.to_datetime(frame["processed_at"], utc=True))

    def __contains__(self, item: S3Object) -> bool:
        return _is_known(item, _known(self._records()))

    def _records(self) -> Iterator[dict[str, Any]]:
        for number, line in enumerate(self._storage.read(), start=1):
            try:
                record = json.loads(line)
                yield {name: record[name] for name in _COLUMNS}
            except (ValueError, KeyError, TypeError) as error:
                raise GuardRefused(
                    f"Line {number} of {self._place} is no record of a ledger: {line[:60]!r}. Nothing was changed; "
                    "name another place, or mend the line.",
                    operation="read the ledger",
                ) from error


class LedgerItem:
    """An object to process; `with item:` records it when the block ends well, and lets exceptions through."""

    def __init__(self, ledger: Ledger, item: S3Object) -> None:
        self._ledger = ledger
        self.object = item

    @property
    def url(self) -> S3Url:
        """Where the object lies."""
        return self.object.url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._ledger.add(self.object)


_Known = dict[tuple[str, str], set[tuple[str | None, str]]]


def _known(records: Iterable[dict[str, Any]]) -> _Known:
    known: _Known = {}
    for record in records:
        known.setdefault((record["bucket"], record["key"]), set()).add((record["version_id"], record["etag"]))
    return known


def _is_known(item: S3Object, known: _Known) -> bool:
    return any(
        version == item.version_id if version and item.version_id else etag == item.etag
        for version, etag in known.get((item.url.bucket, item.url.key), ())
    )
