"""Methods that find objects: listings, descriptions, sizes and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._contents import inventory as inventory_room
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._store import description, listing, usage
from oseberg.s3utils._store import versions as versions_room
from oseberg.s3utils._store.usage import Usage
from oseberg.s3utils._store.versions import ObjectVersion
from oseberg.s3utils._verbs.front import Front

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Iterator

    import pandas as pd


def list(
    self: Front, url: str | S3Url, *, recursive: bool = True, suffix: str | Iterable[str] | None = None
) -> Iterator[S3Object]:
    """List the objects of a folder, in the order of their keys, as the pages arrive.

    Args:
        url: The folder. `s3://bucket/a` means the folder `a/`, never its sibling `ab`.
        recursive: Whether to include the folders in it; else only what is directly in it.
        suffix: Only keys with this ending, or one of these.

    Returns:
        An object for each key, with size, ETag and time of its last write.

    Raises:
        BucketNotFound, AccessDenied: When the first object is asked for.
    """
    return listing.list_objects(self._connection, S3Url(url), recursive=recursive, suffix=suffix)


def glob(self: Front, pattern: str | S3Url) -> Iterator[S3Object]:
    """List the objects that match a pattern.

    Args:
        pattern: `s3://bucket/chd/*/2018*/**/*.txt`: `*`, `?` and `[abc]` stay within a folder, `**/` is any
            number of folders. Only what its literal beginning names is listed. `[?]` is a question mark itself.

    Returns:
        The objects, in the order of their keys.
    """
    return listing.glob(self._connection, S3Url(pattern))


def walk(self: Front, url: str | S3Url) -> Iterator[tuple[S3Url, builtins.list[S3Url], builtins.list[S3Object]]]:
    """Go through the folders top down, as os.walk does.

    Returns:
        For each folder: its URL, the folders in it, the objects in it.
    """
    return listing.walk(self._connection, S3Url(url))


def stat(self: Front, url: str | S3Url, *, version_id: str | None = None) -> S3Object:
    """Describe one object.

    Args:
        url: The object.
        version_id: A version that the bucket keeps; the newest unless given.

    Returns:
        The object with its size, ETag, time, version and storage class.

    Raises:
        NotFound, BucketNotFound: There is none.
        AccessDenied: Not allowed, or (where listing isn't allowed) missing.
    """
    return description.stat(self._connection.at_version(version_id), S3Url(url))


def exists(self: Front, url: str | S3Url) -> bool:
    """Whether the object exists. A folder isn't an object.

    Returns:
        False only where it is certainly missing.

    Raises:
        AccessDenied: Unknown: a store that may not list answers 403 for missing keys too.
        BucketNotFound: Not even the bucket exists, which is rather a slip than an answer.
    """
    return description.exists(self._connection, S3Url(url))


def du(self: Front, url: str | S3Url) -> Usage:
    """Add up what is below a folder.

    Returns:
        Number of objects and bytes, also by storage class and by the folders directly in it.
    """
    return usage.du(self._connection, S3Url(url))


def tree(self: Front, url: str | S3Url, *, depth: int | None = None) -> str:
    """Draw the folders and objects below a folder, with sizes.

    Args:
        url: The folder.
        depth: How many levels of folders; all unless given.

    Returns:
        The drawing, one line for each folder and object.
    """
    return usage.draw_tree(S3Url(url), listing.list_objects(self._connection, S3Url(url)), depth)


def versions(self: Front, url: str | S3Url) -> Iterator[ObjectVersion]:
    """List the versions that a bucket keeps, deletions included.

    Args:
        url: An object, or a folder (ending in a slash) with everything below it.

    Returns:
        The versions, by key and newest first. Their `version_id` goes to whatever reads or copies.
    """
    return versions_room.versions(self._connection, S3Url(url))


def inventory(self: Front, url: str | S3Url) -> pd.DataFrame:
    """List a folder as a table; two of them go to `diff_inventories`.

    Returns:
        One row for each object in the order of their keys: bucket, key (str), size (int64, bytes), etag (str),
        modified (datetime64, UTC), storage_class (str).

    Raises:
        NotSupported: pandas is not installed.
    """
    return inventory_room.inventory(listing.list_objects(self._connection, S3Url(url)))
