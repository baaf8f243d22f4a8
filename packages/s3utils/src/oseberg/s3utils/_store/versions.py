"""The versions that a bucket keeps, and how deletions are undone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.description import stat
from oseberg.s3utils.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One version of an object that a bucket keeps.

    Attributes:
        url: The object.
        version_id: Passed as `version_id=` to what reads or copies; `null` in buckets that never kept versions.
        modified: Time of the write or the deletion by the store's clock.
        is_latest: Whether this is what is read without a version.
        is_deletion: Whether it marks a deletion; then it has no content.
        size: Size in bytes.
        etag: The store's tag of the content.
    """

    url: S3Url
    version_id: str
    modified: datetime
    is_latest: bool
    is_deletion: bool = False
    size: int = 0
    etag: str = ""


def versions(connection: Connection, url: S3Url) -> Iterator[ObjectVersion]:
    """List the versions of an object, or of everything in a folder; see `S3.versions`."""
    is_folder = not url.key or url.key.endswith("/")
    marker: dict[str, str | None] = {"KeyMarker": None, "VersionIdMarker": None}
    while True:
        page = connection.call("list_object_versions", url, "list the versions of", Key=None, Prefix=url.key, **marker)
        found = [_version(url, entry) for entry in page.get("Versions", ())]
        found += [_version(url, entry, is_deletion=True) for entry in page.get("DeleteMarkers", ())]
        # The store lists writes and deletions apart; within one second the order is that of the store.
        found.sort(key=lambda one: (one.url, not one.is_latest, -one.modified.timestamp()))
        yield from (one for one in found if is_folder or one.url == url)
        past = not is_folder and any(one.url > url for one in found)  # siblings that begin with the same letters
        if past or not page.get("IsTruncated"):
            return
        marker = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page.get("NextVersionIdMarker")}


def undelete(connection: Connection, url: S3Url) -> S3Object:
    """Restore a deleted object; see `S3.undelete`."""
    for version in versions(connection, url.require_key("undelete")):
        if not version.is_deletion:
            return stat(connection, url)
        connection.call("delete_object", url, "undelete", VersionId=version.version_id)
    message = f"Can't undelete {url}: the bucket keeps no version of it."
    raise NotFound(message, url=url, operation="undelete")


def _version(url: S3Url, entry: dict[str, Any], *, is_deletion: bool = False) -> ObjectVersion:
    return ObjectVersion(
        url=S3Url.of(url.bucket, entry["Key"]),
        version_id=entry["VersionId"],
        modified=entry["LastModified"],
        is_latest=entry["IsLatest"],
        is_deletion=is_deletion,
        size=entry.get("Size", 0),
        etag=entry.get("ETag", "").strip('"'),
    )
