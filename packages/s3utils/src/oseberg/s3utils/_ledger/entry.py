"""One line of a ledger: an object that was processed, and when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._results.objects import S3Object


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An object that was processed.

    Attributes:
        url: The object.
        version_id: Its version, where it was known.
        etag: The store's tag of its content.
        size: Size in bytes.
        processed_at: When it was recorded, UTC.
        modified: When the object was written, by the store's clock; None in records of earlier versions.
    """

    url: S3Url
    version_id: str | None
    etag: str
    size: int
    processed_at: datetime
    modified: datetime | None = None

    @property
    def place(self) -> str:
        """The object's URL as text; the path of a local file, which a ledger records without a bucket."""
        return str(self.url) if self.url.bucket else self.url.key

    @property
    def lateness(self) -> timedelta | None:
        """Time from the object's last write until it was recorded as processed."""
        return None if self.modified is None else self.processed_at - self.modified

    def is_of(self, item: S3Object) -> bool:
        """Whether this is the record of an object in its present state.

        Returns:
            True if version (or, without one, ETag) and URL are the same.
        """
        if (self.url.bucket, self.url.key) != (item.url.bucket, item.url.key):
            return False
        if self.version_id and item.version_id:
            return self.version_id == item.version_id
        return self.etag == item.etag

    def to_line(self) -> bytes:
        """Format the entry as a line of a ledger.

        Returns:
            JSON, without a line break.
        """
        record = {
            "bucket": self.url.bucket,
            "key": self.url.key,
            "version_id": self.version_id,
            "etag": self.etag,
            "size": self.size,
            "processed_at": self.processed_at.isoformat(timespec="seconds"),
            "modified": self.modified.isoformat(timespec="seconds") if self.modified else None,
        }
        return json.dumps(record, ensure_ascii=False).encode()

    @classmethod
    def from_line(cls, line: bytes) -> LedgerEntry:
        """Parse a line of a ledger.

        Returns:
            The entry.

        Raises:
            ValueError, KeyError, TypeError: The line is not a record of a ledger.
        """
        record: Any = json.loads(line)
        if not isinstance(record, dict):
            raise TypeError("it is not a JSON object")
        modified = record.get("modified")
        return cls(
            url=S3Url.of(record["bucket"], record["key"]),
            version_id=record["version_id"],
            etag=record["etag"],
            size=record["size"],
            processed_at=datetime.fromisoformat(record["processed_at"]),
            modified=datetime.fromisoformat(modified) if modified else None,
        )
