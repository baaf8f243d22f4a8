"""The front door: one object with every operation. Each method hands over to the room that does the work."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, overload

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._contents import inventory, tables, texts
from oseberg.s3utils._lease import Lease
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer, TransferReport
from oseberg.s3utils._store import conditions, description, listing, removal
from oseberg.s3utils._store.connection import Checksums, connect
from oseberg.s3utils._transfer import bulk, copy, download, open_files, sync, upload
from oseberg.s3utils._transfer.compare import Compare
from oseberg.s3utils._transfer.meter import ProgressChoice

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Iterator

    import pandas as pd
    from types_boto3_s3 import S3Client


class S3:
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
        self._connection = connect(
            client,
            profile=profile,
            endpoint_url=endpoint_url,
            region=region,
            workers=workers,
            checksums=checksums,
            requester_pays=requester_pays,
        )

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
        return listing.list_objects(self._connection, S3Url(url), recursive=recursive, suffix=suffix)

    def glob(self, pattern: str | S3Url) -> Iterator[S3Object]:
        """List the objects that match a pattern.

        Args:
            pattern: `s3://bucket/chd/*/2018*/**/*.txt`: `*`, `?` and `[abc]` stay within a folder, `**/` is any
                number of folders. Only what its literal beginning names is listed. `[?]` is a question mark itself.
        """
        return listing.glob(self._connection, S3Url(pattern))

    def walk(self, url: str | S3Url) -> Iterator[tuple[S3Url, builtins.list[S3Url], builtins.list[S3Object]]]:
        """Go through the folders top down, as os.walk does: the folder, the folders in it, the objects in it."""
        return listing.walk(self._connection, S3Url(url))

    def stat(self, url: str | S3Url, *, version_id: str | None = None) -> S3Object:
        """Describe one object.

        Args:
            url: The object.
            version_id: A version that the bucket keeps; the newest unless given.

        Raises:
            NotFound, BucketNotFound: There is none.
            AccessDenied: Not allowed, or (where listing isn't allowed) missing.
        """
        return description.stat(self._connection.at_version(version_id), S3Url(url))

    def exists(self, url: str | S3Url) -> bool:
        """Tell whether there is such an object. A folder isn't an object.

        Raises:
            AccessDenied: It can't be told: a store that may not list answers 403 for missing keys too.
            BucketNotFound: Not even the bucket exists, which is rather a slip than an answer.
        """
        return description.exists(self._connection, S3Url(url))

    def inventory(self, url: str | S3Url) -> pd.DataFrame:
        """List a folder as a table: bucket, key, size (bytes), etag, modified (UTC), storage_class.

        Two of them go to `diff_inventories`.
        """
        return inventory.inventory(self.list(url))

    def read_bytes(self, url: str | S3Url, *, version_id: str | None = None) -> bytes:
        """Read an object, verified.

        Args:
            url: The object.
            version_id: A version that the bucket keeps; the newest unless given.

        Raises:
            NotFound, AccessDenied: As they say.
            ChecksumMismatch, TruncatedTransfer, ChangedDuringRead: What arrived isn't the object.
        """
        return self.read_object(url, version_id=version_id)[1]

    def read_object(self, url: str | S3Url, *, version_id: str | None = None) -> tuple[S3Object, bytes]:
        """Read an object with its description, of one and the same state: its ETag serves for `if_match`."""
        return download.read(self._connection.at_version(version_id), S3Url(url))

    def read_text(self, url: str | S3Url, encoding: str = "utf-8", *, version_id: str | None = None) -> str:
        """Read an object as text; line endings stay as they are.

        Raises:
            InvalidContent: It isn't text of this encoding.
        """
        return texts.read_text(self._connection.at_version(version_id), S3Url(url), encoding)

    def read_json(self, url: str | S3Url, *, version_id: str | None = None) -> Any:  # noqa: ANN401 - JSON is anything
        """Read a JSON object.

        Raises:
            InvalidContent: It isn't JSON.
        """
        return texts.read_json(self._connection.at_version(version_id), S3Url(url))

    def read_frame(
        self,
        url: str | S3Url,
        *,
        version_id: str | None = None,
        **options: Any,  # noqa: ANN401 - pandas' own options
    ) -> pd.DataFrame:
        """Read a table by its suffix: `.csv`, `.csv.gz`, `.parquet` (needs pyarrow), `.jsonl`, `.jsonl.gz`.

        Args:
            url: The object.
            version_id: A version that the bucket keeps; the newest unless given.
            **options: For `pandas.read_csv`, `read_parquet` or `read_json`.

        Raises:
            InvalidUrl: Another suffix.
            InvalidContent: It isn't a table of that kind.
        """
        return tables.read_frame(self._connection.at_version(version_id), S3Url(url), **options)

    def write_bytes(
        self, url: str | S3Url, data: bytes, *, if_absent: bool = False, if_match: str | None = None
    ) -> S3Object:
        """Write an object.

        Args:
            url: Where to.
            data: The content.
            if_absent: Only if there is none yet.
            if_match: Only if the object there has this ETag.

        Returns:
            What was written, with its new ETag.

        Raises:
            AlreadyExists, PreconditionFailed: The condition doesn't hold.
            Conflict: Other writers never let it through.
            NotSupported: The store ignores conditions; nothing was written.
        """
        return upload.put(self._connection, data, S3Url(url), if_absent=if_absent, if_match=if_match)

    def write_text(
        self,
        url: str | S3Url,
        data: str,
        *,
        encoding: str = "utf-8",
        if_absent: bool = False,
        if_match: str | None = None,
    ) -> S3Object:
        """Write text; conditions as in `write_bytes`."""
        return self.write_bytes(url, data.encode(encoding), if_absent=if_absent, if_match=if_match)

    def write_json(
        self,
        url: str | S3Url,
        data: Any,  # noqa: ANN401 - JSON is anything
        *,
        if_absent: bool = False,
        if_match: str | None = None,
    ) -> S3Object:
        """Write JSON, in UTF-8, ending in a line break; conditions as in `write_bytes`.

        Raises:
            InvalidContent: There is a NaN or an infinity in it, which JSON doesn't know.
        """
        return self.write_bytes(url, texts.format_json(data, S3Url(url)), if_absent=if_absent, if_match=if_match)

    def write_frame(
        self,
        frame: pd.DataFrame,
        url: str | S3Url,
        *,
        if_absent: bool = False,
        if_match: str | None = None,
        **options: Any,  # noqa: ANN401 - pandas' own options
    ) -> S3Object:
        """Write a table by its suffix (see `read_frame`), without the index unless `index=True`."""
        data = tables.format_frame(frame, S3Url(url), **options)
        return self.write_bytes(url, data, if_absent=if_absent, if_match=if_match)

    @overload
    def open(
        self,
        url: str | S3Url,
        mode: Literal["r", "rt", "w", "wt", "x", "xt"] = "r",
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        version_id: str | None = None,
    ) -> IO[str]: ...
    @overload
    def open(
        self, url: str | S3Url, mode: Literal["rb", "wb", "xb"], *, version_id: str | None = None
    ) -> IO[bytes]: ...
    def open(
        self,
        url: str | S3Url,
        mode: str = "r",
        *,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        version_id: str | None = None,
    ) -> IO[str] | IO[bytes]:
        """Open an object as a Python file.

        Reading is seekable and fetches ranges as they are needed, all of one state of the object. What is written
        becomes the object when the `with` block ends well, and nothing when it doesn't.

        Args:
            url: The object.
            mode: `r`, `rb`, `w`, `wb`; `x`, `xb` write only if there is none yet.
            encoding: Of text; UTF-8 unless given.
            errors: As in Python's open.
            newline: As in Python's open.
            version_id: A version that the bucket keeps, to read; the newest unless given.

        Raises:
            NotFound: Nothing to read.
            AlreadyExists: `x`, and there is one (when the block ends).
            ValueError: Another mode, or a version to write.
        """
        connection = self._connection.at_version(version_id)
        return open_files.open_object(connection, S3Url(url), mode, encoding=encoding, errors=errors, newline=newline)

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
        return download.download_to(self._connection.at_version(version_id), source, path, verify=verify)

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
        return upload.upload_to(self._connection, Path(path), S3Url(url), if_absent=if_absent)

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
        return bulk.download_all(self._connection, source, Path(folder), progress)

    def upload_all(self, folder: str | Path, url: str | S3Url, *, progress: ProgressChoice = None) -> TransferReport:
        """Send every file below a local folder to a folder in S3.

        Raises:
            PartialFailure: Some failed; the report names each. The others are done.
            LocalFileError: There is no such folder.
        """
        return bulk.upload_all(self._connection, Path(folder), S3Url(url), progress)

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
        return sync.sync(
            self._connection,
            source,
            destination,
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
        return copy.copy(self._connection, S3Url(source), S3Url(target))

    def move(self, source: str | S3Url, target: str | S3Url) -> Transfer:
        """Copy an object, and delete it when the copy is verified; errors as in `copy`, with nothing lost."""
        return copy.move(self._connection, S3Url(source), S3Url(target))

    def delete(self, url: str | S3Url) -> None:
        """Delete one object; there need not be one.

        Raises:
            InvalidUrl: The URL is that of a whole bucket.
        """
        removal.delete(self._connection, S3Url(url))

    def delete_tree(self, url: str | S3Url, *, expect: int | None = None) -> TransferReport:
        """Delete everything below a folder, if it is as many objects as you say.

        Args:
            url: The folder; never a whole bucket.
            expect: How many objects; without it nothing is deleted, and the error names the number.

        Raises:
            GuardRefused: Another number, or a whole bucket; nothing was deleted.
            PartialFailure: Some couldn't be deleted; the report names each.
        """
        return removal.delete_tree(self._connection, S3Url(url), expect=expect)

    def abort_stale_uploads(self, url: str | S3Url, older_than: timedelta | datetime) -> builtins.list[S3Url]:
        """Take back multipart uploads below a folder that were never completed: they cost storage and show nowhere.

        Args:
            url: The folder, or a whole bucket.
            older_than: Only those that began longer ago than this, or before this moment.

        Returns:
            The keys they were for.
        """
        return removal.abort_stale_uploads(self._connection, S3Url(url), older_than)

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
        return description.presign(self._connection, S3Url(url), expires, method)

    def supports_conditional_writes(self, url: str | S3Url) -> bool:
        """Find out whether the store heeds conditions, by really writing a probe beside the URL; asked once a bucket.

        Raises:
            AccessDenied: The probe can't be written.
        """
        return conditions.supports_conditional_writes(self._connection, S3Url(url))

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
