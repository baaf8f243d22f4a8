"""An object as the store describes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from oseberg.s3utils._address.url import S3Url


@dataclass(frozen=True, slots=True)
class S3Object:
    """An object as the store describes it.

    Attributes:
        url: The object's address.
        size: Size in bytes.
        etag: The store's tag of the content, without quotes. For one-part uploads usually the MD5 in hexadecimal,
            for multipart uploads `…-N`; for some encryptions neither.
        modified: Time of the last write by the store's clock, timezone-aware.
        version_id: The version, where the bucket keeps versions and the call reports it (`stat` does, listings don't).
        storage_class: `STANDARD`, `GLACIER`, …
        seen: The store's clock when it described the object; None for objects that no store described.
    """

    url: S3Url
    size: int
    etag: str
    modified: datetime
    version_id: str | None = None
    storage_class: str = "STANDARD"
    seen: datetime | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.url, str):
            object.__setattr__(self, "url", S3Url(self.url))

    @property
    def key(self) -> str:
        """The key within the bucket."""
        return self.url.key

    @property
    def is_archived(self) -> bool:
        """Whether it is in a class that must be restored before it can be read."""
        return self.storage_class in {"GLACIER", "DEEP_ARCHIVE"}

    @property
    def is_folder_marker(self) -> bool:
        """Whether this is the empty object `folder/` that consoles create to show a folder."""
        return self.url.key.endswith("/") and self.size == 0


def described(answer: dict[str, Any], url: S3Url) -> S3Object:
    """Read the description of an object from the store's answer to GET or HEAD."""
    version = answer.get("VersionId")
    return S3Object(
        url=url,
        size=int(answer["ContentLength"]),
        etag=answer["ETag"].strip('"'),
        modified=answer["LastModified"],
        version_id=None if version in {None, "null"} else str(version),
        storage_class=answer.get("StorageClass", "STANDARD"),
        seen=server_time(answer),
    )


def server_time(answer: dict[str, Any]) -> datetime:
    """Return the store's time as its answer shows it, else this machine's."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(date) if date else datetime.now(UTC)
