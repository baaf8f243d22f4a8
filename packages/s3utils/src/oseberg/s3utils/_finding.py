"""What is there: listings, patterns, descriptions, inventories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.s3utils import _listing
from oseberg.s3utils._download import described
from oseberg.s3utils._inventory import inventory
from oseberg.s3utils._url import S3Url
from oseberg.s3utils.errors import NotFound

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from oseberg.s3utils._connection import Connection
    from oseberg.s3utils._report import S3Object


class Finding:
    """The part of `S3` that tells what there is."""

    _connection: Connection

    def list(
        self, url: str | S3Url, *, recursive: bool = True, suffix: str | Iterable[str] | None = None
    ) -> Iterator[S3Object]:
        """List the objects of a folder, in the order of their keys, as the pages come.

        Args:
            url: The folder. `s3://bucket/a` means the folder `a/`, never its sibling `ab`.
            recursive: With the folders in it; else only what lies directly in it.
            suffix: Only keys with this ending, or one of these.

        Raises:
            BucketNotFound, AccessDenied: As they say, with the first object asked for.
        """
        return _listing.list_objects(self._connection, S3Url(url), recursive=recursive, suffix=suffix)

    def glob(self, pattern: str | S3Url) -> Iterator[S3Object]:
        """List the objects that match a pattern.

        Args:
            pattern: `s3://bucket/chd/*/2018*/**/*.txt`: `*`, `?` and `[abc]` stay within a folder, `**/` is any
                number of folders. Only what its literal beginning names is listed. `[?]` is a question mark itself.
        """
        return _listing.glob(self._connection, S3Url(pattern))

    def walk(self, url: str | S3Url) -> Iterator[tuple[S3Url, builtins.list[S3Url], builtins.list[S3Object]]]:
        """Go through the folders top down, as os.walk does: the folder, the folders in it, the objects in it."""
        return _listing.walk(self._connection, S3Url(url))

    def stat(self, url: str | S3Url, *, version_id: str | None = None) -> S3Object:
        """Describe one object.

        Args:
            url: The object.
            version_id: A version that the bucket keeps; the newest unless given.

        Raises:
            NotFound, BucketNotFound: There is none.
            AccessDenied: Not allowed, or (where listing isn't allowed) missing.
        """
        url = S3Url(url)
        return described(self._connection.at_version(version_id).head(url), url)

    def exists(self, url: str | S3Url) -> bool:
        """Tell whether there is such an object. A folder isn't an object.

        Raises:
            AccessDenied: It can't be told: a store that may not list answers 403 for missing keys too.
            BucketNotFound: Not even the bucket exists, which is rather a slip than an answer.
        """
        try:
            self.stat(url)
        except NotFound as error:
            if type(error) is NotFound:
                return False
            raise
        return True

    def inventory(self, url: str | S3Url) -> pd.DataFrame:
        """List a folder as a table: bucket, key, size (bytes), etag, modified (UTC), storage_class.

        Two of them go to `diff_inventories`.
        """
        return inventory(self.list(url))
