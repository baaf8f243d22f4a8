"""The front door: one object with every operation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from oseberg.s3utils import _bulk, _conditions, _copy, _download, _remove, _sync, _upload
from oseberg.s3utils._connection import Checksums, connect
from oseberg.s3utils._contents import Contents
from oseberg.s3utils._finding import Finding
from oseberg.s3utils._lease import Lease
from oseberg.s3utils._report import S3Object
from oseberg.s3utils._url import S3Url
from oseberg.s3utils.errors import InvalidUrl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from types_boto3_s3 import S3Client

    from oseberg.s3utils._compare import Compare
    from oseberg.s3utils._progress import ProgressChoice
    from oseberg.s3utils._report import Transfer, TransferReport

_DAY = 86_400


class S3(Finding, Contents):
    """Files in S3. Every URL may be a text or an S3Url; every error is an S3Error.

    Args:
        client: A boto3 client to use; without one it is made by boto3's own chain (environment, profiles, roles).
        profile: A profile of the AWS configuration.
        endpoint_url: Another store than Amazon's; `AWS_ENDPOINT_URL_S3` works as well.
        region: The region of the bucket.
        workers: How many requests at once; never more than the client has connections.
        checksums: `when_required` for stores that don't know Amazon's newer checksums (uploads carry a Content-MD5
            instead); without it boto3's own setting.
        requester_pays: Agree to pay for requests on buckets that ask for it.

    Raises:
        AccessDenied: There is no such profile.
        InvalidUrl: The endpoint isn't a web address.

    Example:
        >>> s3 = S3()  # doctest: +SKIP
        >>> s3.write_text("s3://bucket/greeting.txt", "hello")  # doctest: +SKIP
        >>> s3.read_text("s3://bucket/greeting.txt")  # doctest: +SKIP
        'hello'
    """

    def __init__(
        self,
        client: S3Client | None = None,
        *,
        profile: str | None = None,
        endpoint_url: str | None = None,
        region: str | None = None,
        workers: int = 8,
        checksums: Checksums | None = None,
        requester_pays: bool = False,
    ) -> None:
        super().__init__(
            connect(
                client,
                profile=profile,
                endpoint_url=endpoint_url,
                region=region,
                workers=workers,
                checksums=checksums,
                requester_pays=requester_pays,
            )
        )

    def download(
        self,
        url: str | S3Url | S3Object,
        path: str | Path,
        *,
        verify: bool = True,
        version_id: str | None = None,
    ) -> Transfer:
        """Fetch an object to a local file, which appears whole or not at all.

        Args:
            url: The object; an S3Object is fetched only as it was when it was listed.
            path: The file; a folder (existing, or ending in a slash) gets the object's own name in it.
            verify: Compare the content with the store's checksum, ETag or (else) size.
            version_id: A version that the bucket keeps; the newest unless given.

        Returns:
            What was written, and by what it was verified.

        Raises:
            NotFound, AccessDenied, ArchivedObject: It can't be read.
            ChecksumMismatch, TruncatedTransfer, ChangedDuringRead: What arrived isn't the object.
            LocalFileError: The disk refused.
        """
        source = url if isinstance(url, S3Object) else S3Url(url)
        target = _download.target(path, source.url if isinstance(source, S3Object) else source)
        return _download.download(self._connection.at_version(version_id), source, target, verify=verify)

    def upload(self, path: str | Path, url: str | S3Url, *, if_absent: bool = False) -> Transfer:
        """Send a local file; the store checks what arrives.

        Args:
            path: The file.
            url: Where to; a URL that ends in a slash gets the file's own name.
            if_absent: Only if there is none yet.

        Raises:
            LocalFileError: The file can't be read.
            ChangedDuringRead: It was written to meanwhile; nothing is published.
            AlreadyExists, NotSupported, Conflict: See `write_bytes`.
        """
        path = Path(path)
        return _upload.upload(self._connection, path, S3Url(url).named(path.name), if_absent=if_absent)

    def download_all(
        self,
        source: str | S3Url | Iterable[S3Object | S3Url | str],
        folder: str | Path,
        *,
        progress: ProgressChoice = None,
    ) -> TransferReport:
        """Fetch a folder, or listed objects, into a local folder. What can't be done doesn't keep the rest from it.

        Args:
            source: A folder's URL (keys keep their names relative to it; the URL of one object works too), or
                objects of a listing (they keep their whole keys).
            folder: Where to; made if missing. No key leads out of it.
            progress: A callback that is given a `Progress` after each file; True for a line on standard error, False
                for none, None for one if that is a terminal.

        Raises:
            PartialFailure: Some keys were skipped or failed; the report names each. The others are done.
            NotFound: There is nothing at the URL at all.
        """
        if isinstance(source, (str, S3Url)):
            return _bulk.download_all(self._connection, S3Url(source), Path(folder), progress)
        objects = (S3Url(item) if isinstance(item, str) else item for item in source)
        return _bulk.download_all(self._connection, objects, Path(folder), progress)

    def upload_all(self, folder: str | Path, url: str | S3Url, *, progress: ProgressChoice = None) -> TransferReport:
        """Send every file below a local folder to a folder in S3.

        Raises:
            PartialFailure: Some failed; the report names each. The others are done.
            LocalFileError: There is no such folder.
        """
        return _bulk.upload_all(self._connection, Path(folder), S3Url(url), progress)

    def sync(
        self,
        source: str | Path | S3Url,
        destination: str | Path | S3Url,
        *,
        delete: bool = False,
        compare: Compare = "checksum",
        dry_run: bool = False,
        progress: ProgressChoice = None,
    ) -> TransferReport:
        """Make one folder like another: local to S3, S3 to local, S3 to S3.

        Args:
            source: The folder to copy from.
            destination: The folder to make like it.
            delete: Remove what is only at the destination, after everything else succeeded.
            compare: `checksum` looks at the content; `size` at the size alone; `time` also moves what is newer at
                the source, as `aws s3 sync` does.
            dry_run: Only say what would be done.
            progress: As in `download_all`.

        Raises:
            PartialFailure: Some files failed; the report names each. The others are done, nothing was deleted.
            GuardRefused: One folder lies in the other, or `delete` with a source that holds nothing.
            InvalidUrl: Neither or both are local, or the source is an object.
            LocalFileError: There is no such folder.
        """
        return _sync.sync(
            self._connection,
            _place(source),
            _place(destination),
            delete=delete,
            compare=compare,
            dry_run=dry_run,
            progress=progress,
        )

    def copy(self, source: str | S3Url, target: str | S3Url) -> Transfer:
        """Copy an object within the store (over 5 GB in parts), with its metadata and tags; compare the copy with it.

        Args:
            source: The object.
            target: Where to; a URL that ends in a slash gets the object's own name.

        Raises:
            GuardRefused: Onto itself.
            ChangedDuringRead: It was replaced meanwhile.
            ChecksumMismatch: The copy isn't like it.
            AccessDenied: Reading or writing isn't allowed, or reading the tags isn't.
        """
        source = S3Url(source)
        return _copy.copy(self._connection, source, S3Url(target).named(source.name))

    def move(self, source: str | S3Url, target: str | S3Url) -> Transfer:
        """Copy an object, and delete it when the copy is verified; errors as in `copy`, with nothing lost."""
        source = S3Url(source)
        return _copy.move(self._connection, source, S3Url(target).named(source.name))

    def delete(self, url: str | S3Url) -> None:
        """Delete one object; there need not be one.

        Raises:
            InvalidUrl: The URL is that of a whole bucket.
        """
        _remove.delete(self._connection, S3Url(url))

    def delete_tree(self, url: str | S3Url, *, expect: int | None = None) -> TransferReport:
        """Delete everything below a folder, if it is as many objects as you say.

        Args:
            url: The folder; never a whole bucket.
            expect: How many objects; without it nothing is deleted, and the error names the number.

        Raises:
            GuardRefused: Another number, or a whole bucket; nothing was deleted.
            PartialFailure: Some couldn't be deleted; the report names each.
        """
        return _remove.delete_tree(self._connection, S3Url(url), expect=expect)

    def abort_stale_uploads(self, url: str | S3Url, older_than: timedelta | datetime) -> list[S3Url]:
        """Take back multipart uploads below a folder that were never completed: they cost storage and show nowhere.

        Args:
            url: The folder, or a whole bucket.
            older_than: Only those that began longer ago than this, or before this moment.

        Returns:
            The keys they were for.
        """
        before = datetime.now(UTC) - older_than if isinstance(older_than, timedelta) else older_than.astimezone(UTC)
        return _remove.abort_stale_uploads(self._connection, S3Url(url), before)

    def presign(
        self, url: str | S3Url, expires: timedelta | int = timedelta(hours=1), *, method: Literal["GET", "PUT"] = "GET"
    ) -> str:
        """Make a web address that lets anyone who has it read (or write) the object for a while.

        Args:
            url: The object.
            expires: How long, at most seven days; a number is seconds.
            method: `GET` to read, `PUT` to write.

        Raises:
            ValueError: Longer than seven days, or not positive; another method.
        """
        if method not in {"GET", "PUT"}:
            raise ValueError(f"An address can be made for GET and PUT, not for {method!r}.")
        url = S3Url(url).require_key("presign")
        seconds = int(expires.total_seconds() if isinstance(expires, timedelta) else expires)
        if not 0 < seconds <= 7 * _DAY:
            raise InvalidUrl(f"An address can be valid for up to seven days, not {seconds} seconds.", url=url)
        return self._connection.presign(url, "get_object" if method == "GET" else "put_object", seconds)

    def supports_conditional_writes(self, url: str | S3Url) -> bool:
        """Find out whether the store heeds conditions, by really writing a probe beside the URL; asked once a bucket.

        Raises:
            AccessDenied: The probe can't be written.
        """
        return _conditions.supports_conditional_writes(self._connection, S3Url(url))

    def lease(self, url: str | S3Url, ttl: timedelta | float) -> Lease:
        """Be the only one at work: `with s3.lease("s3://bucket/locks/andrews", timedelta(minutes=5)):`.

        The lease renews itself while the block runs; after a crash it runs out when `ttl` has passed by the store's
        clock.

        Args:
            url: An object that stands for the lease; it stays when the lease ends.
            ttl: A timedelta, or seconds.

        Raises:
            ValueError: `ttl` isn't positive.
            LeaseHeld: When the block begins: somebody else has it. When it ends: it was lost meanwhile.
            NotSupported: The store ignores conditions, so nothing can be held.
        """
        return Lease(self._connection, S3Url(url), ttl if isinstance(ttl, timedelta) else timedelta(seconds=ttl))


def _place(place: str | Path | S3Url) -> S3Url | Path:
    if isinstance(place, Path):
        return place
    return S3Url(place) if str(place).lower().startswith("s3://") else Path(str(place))
