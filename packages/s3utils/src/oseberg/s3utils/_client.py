"""The front door: one object with every operation. Each method hands over to the room that does the work."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, TypeAlias, overload

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._contents import inventory, pieces, tables, texts
from oseberg.s3utils._lease import Lease
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer, TransferReport
from oseberg.s3utils._store import conditions, description, listing, removal, usage, versions
from oseberg.s3utils._store.client import Checksums, Settings, Store
from oseberg.s3utils._store.conditions import Condition
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.description import RestoreState, RestoreTier
from oseberg.s3utils._store.usage import Usage
from oseberg.s3utils._store.versions import ObjectVersion
from oseberg.s3utils._store.write_options import WriteOptions
from oseberg.s3utils._transfer import archive, audit, bulk, copy, download, open_files, relay, sync, touch, upload
from oseberg.s3utils._transfer.archive import OnConflict
from oseberg.s3utils._transfer.audit import Audited
from oseberg.s3utils._transfer.compare import Compare
from oseberg.s3utils._transfer.meter import ProgressChoice

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd
    from types_boto3_s3 import S3Client

Options: TypeAlias = "WriteOptions | Mapping[str, Any] | None"


class S3:
    """Files in S3. Every URL may be a text or an S3Url; every error is an S3Error.

    An S3 may be shared by threads, forked and pickled: each process connects anew. Only one that was made of a client
    of your own can't be pickled.

    Args:
        client: A boto3 client to use; without one it is made by boto3's own chain (environment, profiles, roles).
        profile: A profile of the AWS configuration.
        endpoint_url: Another store than Amazon's; `AWS_ENDPOINT_URL_S3` works as well.
        region: The region of the bucket.
        workers: How many requests at once; never more than the client has connections.
        checksums: `when_required` for stores that don't know Amazon's newer checksums (uploads carry a Content-MD5
            instead); without it boto3's own setting.
        requester_pays: Agree to pay for requests on buckets that ask for it.
        write_options: What objects are written with: encryption, ACL, storage class, metadata, tags. A `WriteOptions`,
            or a mapping with its names or those of boto3's `put_object`.

    Raises:
        AccessDenied: The profile does not exist.
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
        write_options: Options = None,
    ) -> None:
        store = Store(Settings(profile, endpoint_url, region, workers, checksums), client)
        self._connection = Connection(store, requester_pays, options=WriteOptions.of(write_options))
        _ = self._connection.client  # made now, so that a wrong profile or endpoint is an error here

    # What is there

    def list(
        self, url: str | S3Url, *, recursive: bool = True, suffix: str | Iterable[str] | None = None
    ) -> Iterator[S3Object]:
        """List the objects of a folder, in the order of their keys, as the pages arrive.

        Args:
            url: The folder. `s3://bucket/a` means the folder `a/`, never its sibling `ab`.
            recursive: Whether to include the folders in it; else only what is directly in it.
            suffix: Only keys with this ending, or one of these.

        Returns:
            The objects.

        Raises:
            BucketNotFound, AccessDenied: When the first object is asked for.
        """
        return listing.list_objects(self._connection, S3Url(url), recursive=recursive, suffix=suffix)

    def glob(self, pattern: str | S3Url) -> Iterator[S3Object]:
        """List the objects that match a pattern.

        Args:
            pattern: `s3://bucket/chd/*/2018*/**/*.txt`: `*`, `?` and `[abc]` stay within a folder, `**/` is any
                number of folders. Only what its literal beginning names is listed. `[?]` is a question mark itself.

        Returns:
            The objects, in the order of their keys.
        """
        return listing.glob(self._connection, S3Url(pattern))

    def walk(self, url: str | S3Url) -> Iterator[tuple[S3Url, builtins.list[S3Url], builtins.list[S3Object]]]:
        """Go through the folders top down, as os.walk does.

        Returns:
            For each folder: its URL, the folders in it, the objects in it.
        """
        return listing.walk(self._connection, S3Url(url))

    def stat(self, url: str | S3Url, *, version_id: str | None = None) -> S3Object:
        """Describe one object.

        Args:
            url: The object.
            version_id: A version that the bucket keeps; the newest unless given.

        Returns:
            Its description.

        Raises:
            NotFound, BucketNotFound: There is none.
            AccessDenied: Not allowed, or (where listing isn't allowed) missing.
        """
        return description.stat(self._connection.at_version(version_id), S3Url(url))

    def exists(self, url: str | S3Url) -> bool:
        """Whether there is such an object. A folder isn't an object.

        Returns:
            False only where it is certainly missing.

        Raises:
            AccessDenied: Unknown: a store that may not list answers 403 for missing keys too.
            BucketNotFound: Not even the bucket exists, which is rather a slip than an answer.
        """
        return description.exists(self._connection, S3Url(url))

    def du(self, url: str | S3Url) -> Usage:
        """Add up what is below a folder.

        Returns:
            Number of objects and bytes, also by storage class and by the folders directly in it.
        """
        return usage.du(self._connection, S3Url(url))

    def tree(self, url: str | S3Url, *, depth: int | None = None) -> str:
        """Draw the folders and objects below a folder, with sizes.

        Args:
            url: The folder.
            depth: How many levels of folders; all unless given.

        Returns:
            The drawing, one line for each folder and object.
        """
        return usage.draw_tree(S3Url(url), self.list(url), depth)

    def versions(self, url: str | S3Url) -> Iterator[ObjectVersion]:
        """List the versions that a bucket keeps, deletions included.

        Args:
            url: An object, or a folder (ending in a slash) with everything below it.

        Returns:
            The versions, by key and newest first. Their `version_id` goes to whatever reads or copies.
        """
        return versions.versions(self._connection, S3Url(url))

    def inventory(self, url: str | S3Url) -> pd.DataFrame:
        """List a folder as a table; two of them go to `diff_inventories`.

        Returns:
            One row for each object in the order of their keys: bucket, key (str), size (int64, bytes), etag (str),
            modified (datetime64, UTC), storage_class (str).

        Raises:
            NotSupported: pandas is not installed.
        """
        return inventory.inventory(self.list(url))

    # Contents

    def read_bytes(self, url: str | S3Url, *, version_id: str | None = None) -> bytes:
        """Read an object, verified.

        Args:
            url: The object.
            version_id: A version that the bucket keeps; the newest unless given.

        Returns:
            Its content.

        Raises:
            NotFound, AccessDenied: It can't be read.
            ChecksumMismatch, TruncatedTransfer, ChangedDuringRead: What arrived isn't the object.
        """
        return self.read_object(url, version_id=version_id)[1]

    def read_object(self, url: str | S3Url, *, version_id: str | None = None) -> tuple[S3Object, bytes]:
        """Read an object with its description, both of the same state: its ETag serves for `if_match`.

        Args:
            url: The object.
            version_id: A version that the bucket keeps; the newest unless given.

        Returns:
            The description and the content.
        """
        return download.read(self._connection.at_version(version_id), S3Url(url))

    def read_text(self, url: str | S3Url, encoding: str = "utf-8", *, version_id: str | None = None) -> str:
        """Read an object as text; line endings stay as they are.

        Args:
            url: The object.
            encoding: The text's encoding.
            version_id: A version that the bucket keeps; the newest unless given.

        Returns:
            The text.

        Raises:
            InvalidContent: It isn't text of this encoding.
        """
        return texts.read_text(self._connection.at_version(version_id), S3Url(url), encoding)

    def read_json(self, url: str | S3Url, *, version_id: str | None = None) -> Any:  # noqa: ANN401 - JSON is anything
        """Read an object as JSON.

        Args:
            url: The object.
            version_id: A version that the bucket keeps; the newest unless given.

        Returns:
            What the JSON describes.

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

        Text stays text: a csv file has no types, so each of its columns is text unless `dtype` names another type for
        it, or `write_frame` noted one when it wrote the file. JSON lines have the types of JSON, and long integers keep
        all of their digits.

        Args:
            url: The object.
            version_id: A version that the bucket keeps; the newest unless given.
            **options: For `pandas.read_csv`, `read_parquet` or `read_json`.

        Returns:
            The table, with the columns of the file in their order.

        Raises:
            InvalidUrl: Another suffix.
            InvalidContent: It isn't a table of that format.
            NotSupported: pandas is not installed.
        """
        return tables.read_frame(self._connection.at_version(version_id), S3Url(url), **options)

    def cat(self, url: str | S3Url, *, version_id: str | None = None) -> Iterator[bytes]:
        """Read an object as a stream, whatever its size.

        Args:
            url: The object.
            version_id: A version that the bucket keeps; the newest unless given.

        Returns:
            Its content in chunks. If it has a checksum of the whole, that is compared after the last of them.

        Raises:
            ChecksumMismatch: After the last chunk: what arrived isn't the object.
        """
        return pieces.cat(self._connection.at_version(version_id), S3Url(url))

    def head(self, url: str | S3Url, lines: int = 10, *, encoding: str = "utf-8", version_id: str | None = None) -> str:
        """Read the first lines of an object, and little more than those.

        Args:
            url: The object.
            lines: How many.
            encoding: The text's encoding; bytes that aren't of it are replaced.
            version_id: A version that the bucket keeps; the newest unless given.

        Returns:
            The lines, with their line breaks.
        """
        return pieces.head(self._connection.at_version(version_id), S3Url(url), lines, encoding)

    def tail(self, url: str | S3Url, lines: int = 10, *, encoding: str = "utf-8", version_id: str | None = None) -> str:
        """Read the last lines of an object, and little more than those.

        Args:
            url: The object.
            lines: How many.
            encoding: The text's encoding; bytes that aren't of it are replaced.
            version_id: A version that the bucket keeps; the newest unless given.

        Returns:
            The lines, with their line breaks.
        """
        return pieces.tail(self._connection.at_version(version_id), S3Url(url), lines, encoding)

    def write_bytes(
        self,
        url: str | S3Url,
        data: bytes,
        *,
        if_absent: bool = False,
        if_match: str | None = None,
        write_options: Options = None,
    ) -> S3Object:
        """Write an object.

        Args:
            url: Where to.
            data: The content.
            if_absent: Only if there is none yet.
            if_match: Only if the object there has this ETag.
            write_options: Override those of this S3, one by one.

        Returns:
            What was written, with its new ETag.

        Raises:
            AlreadyExists, PreconditionFailed: The condition doesn't hold.
            Conflict: Other writers never let it through.
            NotSupported: The store ignores conditions; nothing was written.
        """
        return upload.put(self._with(write_options), data, S3Url(url), Condition(if_absent, if_match))

    def write_text(
        self,
        url: str | S3Url,
        data: str,
        *,
        encoding: str = "utf-8",
        if_absent: bool = False,
        if_match: str | None = None,
        write_options: Options = None,
    ) -> S3Object:
        """Write text.

        Args:
            url: Where to.
            data: The text.
            encoding: The encoding.
            if_absent: As in `write_bytes`.
            if_match: As in `write_bytes`.
            write_options: As in `write_bytes`.

        Returns:
            What was written, with its new ETag.
        """
        return upload.put(self._with(write_options), data.encode(encoding), S3Url(url), Condition(if_absent, if_match))

    def write_json(
        self,
        url: str | S3Url,
        data: Any,  # noqa: ANN401 - JSON is anything
        *,
        if_absent: bool = False,
        if_match: str | None = None,
        write_options: Options = None,
    ) -> S3Object:
        """Write JSON, in UTF-8, ending in a line break.

        Args:
            url: Where to.
            data: What `json.dumps` takes.
            if_absent: As in `write_bytes`.
            if_match: As in `write_bytes`.
            write_options: As in `write_bytes`.

        Returns:
            What was written, with its new ETag.

        Raises:
            InvalidContent: There is a NaN or an infinity in it, which JSON doesn't know.
        """
        text = texts.format_json(data, S3Url(url))
        return upload.put(self._with(write_options), text, S3Url(url), Condition(if_absent, if_match))

    def write_frame(
        self,
        frame: pd.DataFrame,
        url: str | S3Url,
        *,
        if_absent: bool = False,
        if_match: str | None = None,
        write_options: Options = None,
        **options: Any,  # noqa: ANN401 - pandas' own options
    ) -> S3Object:
        """Write a table by its suffix (see `read_frame`), without the index unless `index=True`.

        The types of a csv file's columns are noted in the object's metadata, so that `read_frame` returns what was
        written.

        Args:
            frame: The table.
            url: Where to.
            if_absent: As in `write_bytes`.
            if_match: As in `write_bytes`.
            write_options: As in `write_bytes`.
            **options: For `to_csv`, `to_parquet` or `to_json` of pandas.

        Returns:
            What was written, with its new ETag.
        """
        condition = Condition(if_absent, if_match)
        return tables.write_frame(self._with(write_options), frame, S3Url(url), condition, **options)

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
        if_match: str | None = None,
        write_options: Options = None,
    ) -> IO[str]: ...
    @overload
    def open(
        self,
        url: str | S3Url,
        mode: Literal["rb", "wb", "xb"],
        *,
        version_id: str | None = None,
        if_match: str | None = None,
        write_options: Options = None,
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
        if_match: str | None = None,
        write_options: Options = None,
    ) -> IO[str] | IO[bytes]:
        """Open an object as a Python file.

        Reading is seekable and fetches ranges as they are needed, all of one state of the object. What is written
        becomes the object when the `with` block ends well, and nothing when it doesn't.

        Args:
            url: The object.
            mode: `r`, `rb`, `w`, `wb`; `x`, `xb` write only if there is none yet.
            encoding: The text's encoding; UTF-8 unless given.
            errors: As in Python's open.
            newline: As in Python's open.
            version_id: A version that the bucket keeps, to read; the newest unless given.
            if_match: Write only if the object there has this ETag.
            write_options: As in `write_bytes`.

        Returns:
            The open file.

        Raises:
            NotFound: There is nothing to read.
            AlreadyExists: `x`, and there is one (when the block ends).
            ValueError: Another mode, or a version to write.
        """
        connection = self._with(write_options).at_version(version_id)
        text = {"encoding": encoding, "errors": errors, "newline": newline}
        return open_files.open_object(connection, S3Url(url), mode, if_match, **text)

    # Files

    def download(
        self,
        url: str | S3Url | S3Object,
        path: str | Path,
        *,
        verify: bool = True,
        version_id: str | None = None,
        progress: ProgressChoice = False,
    ) -> Transfer:
        """Fetch an object to a local file, which appears whole or not at all.

        Args:
            url: The object; an S3Object is fetched only as it was when it was listed.
            path: The file; a folder (existing, or ending in a slash) gets the object's own name in it.
            verify: Whether to compare the content with the store's checksum or ETag. Where the store has neither, or
                doesn't say how its parts were cut, only the size is compared.
            version_id: A version that the bucket keeps; the newest unless given.
            progress: As in `download_all`; nothing is shown unless asked for.

        Returns:
            What was written, and by what it was verified.

        Raises:
            NotFound, AccessDenied, ArchivedObject: It can't be read.
            ChecksumMismatch, TruncatedTransfer, ChangedDuringRead: What arrived isn't the object.
            LocalFileError: The disk refused.
        """
        source, size = (url, url.size) if isinstance(url, S3Object) else (S3Url(url), 0)
        fetch = partial(download.download_to, self._connection.at_version(version_id), source, path, verify=verify)
        return bulk.watched(progress, size, lambda tick: fetch(tick=tick))

    def upload(
        self,
        path: str | Path,
        url: str | S3Url,
        *,
        if_absent: bool = False,
        if_match: str | None = None,
        write_options: Options = None,
    ) -> Transfer:
        """Send a local file; the store checks what arrives.

        Args:
            path: The file.
            url: Where to; a URL that ends in a slash gets the file's own name.
            if_absent: Only if there is none yet.
            if_match: Only if the object there has this ETag.
            write_options: As in `write_bytes`.

        Returns:
            What was written.

        Raises:
            LocalFileError: The file can't be read.
            ChangedDuringRead: It was written to meanwhile; nothing is published.
            AlreadyExists, PreconditionFailed, NotSupported, Conflict: As in `write_bytes`.
        """
        return upload.upload(self._with(write_options), Path(path), S3Url(url), Condition(if_absent, if_match))

    def download_all(
        self,
        source: str | S3Url | Iterable[S3Object | S3Url | str],
        folder: str | Path,
        *,
        progress: ProgressChoice = None,
    ) -> TransferReport:
        """Fetch a folder, or listed objects, into a local folder. One failure does not stop the others.

        Args:
            source: A folder's URL (keys keep their names relative to it; the URL of one object works too), or
                objects of a listing (they keep their whole keys).
            folder: Where to; created if missing. No key leads out of it.
            progress: A callback `progress(files, files_in_all, label)`; True for a line on standard error, False for
                none, None for one if that is a terminal.

        Returns:
            What was done.

        Raises:
            PartialFailure: Some keys were skipped or failed; the report names each. The others are done.
            NotFound: There is nothing at the URL at all.
        """
        return bulk.download_all(self._connection, source, Path(folder), progress)

    def upload_all(
        self,
        folder: str | Path,
        url: str | S3Url,
        *,
        if_absent: bool = False,
        write_options: Options = None,
        progress: ProgressChoice = None,
    ) -> TransferReport:
        """Send every file below a local folder to a folder in S3. One failure does not stop the others.

        Args:
            folder: The local folder.
            url: The folder in S3.
            if_absent: Only files without an object of their name; the others are failures.
            write_options: As in `write_bytes`.
            progress: As in `download_all`.

        Returns:
            What was done.

        Raises:
            PartialFailure: Some failed; the report names each. The others are done.
            LocalFileError: The folder does not exist.
        """
        condition = Condition(if_absent)
        return bulk.upload_all(self._with(write_options), Path(folder), S3Url(url), progress, condition)

    def sync(
        self,
        source: str | Path | S3Url,
        destination: str | Path | S3Url,
        *,
        delete: bool = False,
        compare: Compare = "checksum",
        dry_run: bool = False,
        write_options: Options = None,
        progress: ProgressChoice = None,
        to: S3 | None = None,
    ) -> TransferReport:
        """Make one folder like another: local to S3, S3 to local, S3 to S3, also in another store.

        Args:
            source: The folder to copy from.
            destination: The folder to make like it.
            delete: Whether to remove what is only at the destination, after everything else succeeded.
            compare: `checksum` looks at the content; `size` at the size alone; `time` also transfers what is newer at
                the source, as `aws s3 sync` does.
            dry_run: Whether to return the plan and do nothing.
            write_options: As in `write_bytes`.
            progress: As in `download_all`.
            to: The store of the destination, if it is another one; objects then go through this machine.

        Returns:
            What was done, or would be.

        Raises:
            PartialFailure: Some files failed; the report names each. The others are done, nothing was deleted.
            GuardRefused: One folder is inside the other, or `delete` with a source that holds nothing.
            InvalidUrl: Neither or both are local, or the source is an object.
            LocalFileError: The folder does not exist.
        """
        return sync.sync(
            self._with(write_options),
            source,
            destination,
            delete=delete,
            compare=compare,
            dry_run=dry_run,
            progress=progress,
            to=to._with(write_options) if to else None,  # noqa: SLF001 - another S3
        )

    # Objects

    def copy(
        self,
        source: str | S3Url,
        target: str | S3Url,
        *,
        if_absent: bool = False,
        if_match: str | None = None,
        version_id: str | None = None,
        write_options: Options = None,
        to: S3 | None = None,
    ) -> Transfer:
        """Copy an object within the store (over 5 GB in parts) or to another one, and compare the copy with it.

        The copy has the metadata, tags, storage class and KMS key of its source, and what this S3 writes with over
        them; it does not have the source's ACL.

        Args:
            source: The object.
            target: Where to; a URL that ends in a slash gets the object's own name.
            if_absent: Only if there is none yet.
            if_match: Only if the object there has this ETag.
            version_id: A version of the source that the bucket keeps; the newest unless given.
            write_options: As in `write_bytes`.
            to: The store of the target, if it is another one; the object then goes through this machine.

        Returns:
            What was copied, and by what it was verified.

        Raises:
            GuardRefused: Onto itself.
            AlreadyExists, PreconditionFailed, NotSupported: As in `write_bytes`.
            ChangedDuringRead: It was replaced meanwhile.
            ChecksumMismatch: The copy isn't like it.
            AccessDenied: Reading or writing isn't allowed, or reading the tags isn't.
        """
        connection, condition = self._with(write_options).at_version(version_id), Condition(if_absent, if_match)
        if to is not None:
            return relay.relay(connection, to._with(write_options), S3Url(source), S3Url(target), condition)  # noqa: SLF001 - another S3
        return copy.copy(connection, S3Url(source), S3Url(target), condition)

    def move(
        self,
        source: str | S3Url,
        target: str | S3Url,
        *,
        if_absent: bool = False,
        if_match: str | None = None,
        write_options: Options = None,
    ) -> Transfer:
        """Copy an object, and delete it when the copy is verified.

        Args:
            source: The object.
            target: Where to; a URL that ends in a slash gets the object's own name.
            if_absent: Only if there is none yet.
            if_match: Only if the object there has this ETag.
            write_options: As in `write_bytes`.

        Returns:
            What was copied, and by what it was verified.

        Raises:
            S3Error: As in `copy`, with nothing lost.
        """
        condition = Condition(if_absent, if_match)
        return copy.move(self._with(write_options), S3Url(source), S3Url(target), condition)

    def archive(
        self,
        source: str | Path | S3Url,
        target: str | S3Url,
        *,
        on_conflict: OnConflict = "error",
        dry_run: bool = False,
        write_options: Options = None,
        progress: ProgressChoice = False,
    ) -> Transfer:
        """Copy an object or a local file to where it is kept, and never overwrite anything there.

        The same content at the target is done already, so that an interrupted archive may simply be run again.

        Args:
            source: The object (`s3://…`) or the local file.
            target: Where to; a URL that ends in a slash gets the source's own name.
            on_conflict: If there is other content: `error`, or `version` for a name such as `a.v2.csv`.
            dry_run: Whether to return the plan and do nothing.
            write_options: As in `write_bytes`.
            progress: As in `download_all`; nothing is shown unless asked for.

        Returns:
            What was copied; with the action `unchanged` where it was there already.

        Raises:
            AlreadyExists: There is other content; nothing was written.
            NotSupported: The store ignores conditions, so that an overwrite could not be ruled out.
        """
        keep = partial(archive.archive, self._with(write_options), sync.place_of(source), S3Url(target), on_conflict)
        return bulk.watched(progress, 0, lambda tick: keep(dry_run=dry_run, tick=tick))

    def archive_all(
        self,
        source: str | Path | S3Url,
        target: str | S3Url,
        *,
        on_conflict: OnConflict = "error",
        dry_run: bool = False,
        write_options: Options = None,
        progress: ProgressChoice = None,
    ) -> TransferReport:
        """Archive every file of a folder; see `archive`. One failure does not stop the others.

        Args:
            source: The folder in S3 (`s3://…`) or the local folder.
            target: The folder in S3 to copy to.
            on_conflict: As in `archive`.
            dry_run: Whether to return the plan and do nothing.
            write_options: As in `write_bytes`.
            progress: As in `download_all`.

        Returns:
            What was done; what was there already is counted as unchanged.

        Raises:
            PartialFailure: Some files failed, or exist with other content; the report names each.
        """
        connection, place = self._with(write_options), sync.place_of(source)
        return bulk.archive_all(connection, place, S3Url(target), on_conflict, dry_run=dry_run, progress=progress)

    def touch(self, url: str | S3Url, *, write_options: Options = None) -> S3Object:
        """Create an empty object, or give the object that is there the present time and keep its content.

        Args:
            url: The object, at most 5 GB.
            write_options: As in `write_bytes`.

        Returns:
            The object as it is now.
        """
        return touch.touch(self._with(write_options), S3Url(url))

    def undelete(self, url: str | S3Url) -> S3Object:
        """Restore a deleted object in a bucket that keeps versions. Safe to repeat.

        Returns:
            The object as it is now.

        Raises:
            NotFound: The bucket keeps no version of it.
        """
        return versions.undelete(self._connection, S3Url(url))

    def audit(
        self, url: str | S3Url, *, ledger: Audited | None = None, progress: ProgressChoice = None
    ) -> TransferReport:
        """Read everything below a folder again, and compare it with the checksums that the store has of it.

        Args:
            url: The folder.
            ledger: A `Ledger` of its own for audits: what it has in its present state is skipped, so that an audit
                that was interrupted goes on; `ledger.forget(older_than=…)` makes old ones due again.
            progress: As in `download_all`.

        Returns:
            What was verified, and by what; what was skipped is counted as unchanged.

        Raises:
            PartialFailure: Some objects are damaged or can't be read; the report names each.
        """
        return audit.audit(self._connection, S3Url(url), ledger, progress)

    def delete(self, url: str | S3Url) -> None:
        """Delete one object; it need not exist.

        Raises:
            InvalidUrl: The URL is that of a whole bucket.
        """
        removal.delete(self._connection, S3Url(url))

    def delete_tree(self, url: str | S3Url, *, expect: int | None = None) -> TransferReport:
        """Delete everything below a folder, if it is as many objects as you say.

        Args:
            url: The folder; never a whole bucket.
            expect: How many objects; without it nothing is deleted, and the error names the number.

        Returns:
            What was deleted.

        Raises:
            GuardRefused: Another number, or a whole bucket; nothing was deleted.
            PartialFailure: Some couldn't be deleted; the report names each.
        """
        return removal.delete_tree(self._connection, S3Url(url), expect=expect)

    def restore(
        self,
        url: str | S3Url,
        *,
        days: int = 7,
        tier: RestoreTier = "Standard",
        version_id: str | None = None,
    ) -> RestoreState:
        """Ask for an object in an archive tier; it can be read minutes to days later. Safe to repeat.

        Args:
            url: The object.
            days: How long it stays readable.
            tier: `Bulk` (cheapest, up to two days), `Standard` (hours) or `Expedited` (minutes, dear).
            version_id: A version that the bucket keeps; the newest unless given.

        Returns:
            `requested`, `in progress`, `restored` (it can be read now), or `not archived`.
        """
        return description.restore(self._connection.at_version(version_id), S3Url(url), days, tier)

    def abort_stale_uploads(self, url: str | S3Url, older_than: timedelta | datetime) -> builtins.list[S3Url]:
        """Abort multipart uploads below a folder that were never completed: they cost storage and show nowhere.

        Args:
            url: The folder, or a whole bucket.
            older_than: Only those that began longer ago than this, or before this moment.

        Returns:
            The keys they were for.
        """
        return removal.abort_stale_uploads(self._connection, S3Url(url), older_than)

    # For others

    def presign(
        self, url: str | S3Url, expires: timedelta | int = timedelta(hours=1), *, method: Literal["GET", "PUT"] = "GET"
    ) -> str:
        """Make a web address that lets anyone who has it read (or write) the object for a while.

        Args:
            url: The object.
            expires: How long, at most seven days; a number is seconds.
            method: `GET` to read, `PUT` to write.

        Returns:
            The address.

        Raises:
            ValueError: Longer than seven days, or not positive; another method.
        """
        return description.presign(self._connection, S3Url(url), expires, method)

    def supports_conditional_writes(self, url: str | S3Url) -> bool:
        """Whether the store honors conditions, found out by really writing a probe next to the URL; once a bucket.

        Returns:
            True where `if_absent` and `if_match` hold.

        Raises:
            AccessDenied: The probe can't be written.
        """
        return conditions.supports_conditional_writes(self._connection, S3Url(url))

    def lease(self, url: str | S3Url, ttl: timedelta | float) -> Lease:
        """Be the only one at work: `with s3.lease("s3://bucket/locks/andrews", timedelta(minutes=5)):`.

        The lease renews itself while the block runs; after a crash it expires when `ttl` has passed by the store's
        clock.

        Args:
            url: An object that represents the lease; it stays when the lease ends.
            ttl: A timedelta, or seconds.

        Returns:
            The lease, a context manager.

        Raises:
            ValueError: `ttl` isn't positive.
            LeaseHeld: When the block begins: somebody else has it. When it ends: it was lost meanwhile.
            NotSupported: The store ignores conditions, so nothing can be held.
        """
        return Lease(self._connection, S3Url(url), ttl if isinstance(ttl, timedelta) else timedelta(seconds=ttl))

    def _with(self, write_options: Options) -> Connection:
        return self._connection.with_options(write_options)
