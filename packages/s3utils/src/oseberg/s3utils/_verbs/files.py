"""Methods between the local disk and a store, for one file and for folders."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._copies.same import download_if_changed
from oseberg.s3utils._folders import bulk
from oseberg.s3utils._folders import sync as sync_room
from oseberg.s3utils._folders.compare import Compare
from oseberg.s3utils._folders.meter import ProgressChoice
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer, TransferReport
from oseberg.s3utils._store.conditions import Condition
from oseberg.s3utils._transfer import upload as upload_room
from oseberg.s3utils._transfer.download import download_to
from oseberg.s3utils._verbs.front import Front, Options

if TYPE_CHECKING:
    from collections.abc import Iterable


def download(
    self: Front,
    url: str | S3Url | S3Object,
    path: str | Path,
    *,
    verify: bool = True,
    if_changed: bool = False,
    dry_run: bool = False,
    version_id: str | None = None,
    progress: ProgressChoice = False,
) -> Transfer:
    """Fetch an object to a local file, which appears whole or not at all.

    Args:
        url: The object; an S3Object is fetched only as it was when it was listed.
        path: The file; a folder (existing, or ending in a slash) gets the object's own name in it.
        verify: Whether to compare the content with the store's checksum or ETag. Where the store has neither, or
            doesn't say how its parts were cut, only the size is compared.
        if_changed: Whether to leave a file alone that has the object's content already, by its checksum or ETag.
        dry_run: Whether to write nothing and return what would be written; for `if_changed`.
        version_id: A version that the bucket keeps; the newest unless given.
        progress: As in `download_all`; nothing is shown unless asked for.

    Returns:
        What was written, and by what it was verified; with the action `unchanged` where `if_changed` left it alone.

    Raises:
        NotFound, AccessDenied, ArchivedObject: It can't be read.
        ChecksumMismatch, TruncatedTransfer, ChangedDuringRead: What arrived isn't the object.
        LocalFileError: The disk refused.
        ValueError: `dry_run` without `if_changed`, which would plan nothing but the download.
    """
    if dry_run and not if_changed:
        raise ValueError("dry_run shows whether the file has changed: pass if_changed=True with it.")
    source, size = (url, url.size) if isinstance(url, S3Object) else (S3Url(url), 0)
    way = partial(download_if_changed, dry_run=dry_run) if if_changed else download_to
    fetch = partial(way, self._connection.at_version(version_id), source, path, verify=verify)
    return bulk.watched(progress, size, lambda tick: fetch(tick=tick))


def upload(
    self: Front,
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
        if_absent: Only if it does not exist yet.
        if_match: Only if the object there has this ETag.
        write_options: As in `write_bytes`.

    Returns:
        The transfer: source, target, size, action, and what verified the content.

    Raises:
        LocalFileError: The file can't be read.
        ChangedDuringRead: It was written to meanwhile; nothing is published.
        AlreadyExists, PreconditionFailed, NotSupported, Conflict: As in `write_bytes`.
    """
    return upload_room.upload(self._with(write_options), Path(path), S3Url(url), Condition(if_absent, if_match))


def download_all(
    self: Front,
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
        A report with every transfer; files that were unchanged are counted.

    Raises:
        PartialFailure: Some keys were skipped or failed; the report names each. The others are done.
        NotFound: There is nothing at the URL at all.
    """
    return bulk.download_all(self._connection, source, Path(folder), progress)


def upload_all(
    self: Front,
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
        A report with every transfer.

    Raises:
        PartialFailure: Some failed; the report names each. The others are done.
        LocalFileError: The folder does not exist.
    """
    condition = Condition(if_absent)
    return bulk.upload_all(self._with(write_options), Path(folder), S3Url(url), progress, condition)


def sync(
    self: Front,
    source: str | Path | S3Url,
    destination: str | Path | S3Url,
    *,
    delete: bool = False,
    compare: Compare = "checksum",
    dry_run: bool = False,
    write_options: Options = None,
    progress: ProgressChoice = None,
    to: Front | None = None,
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
    return sync_room.sync(
        self._with(write_options),
        source,
        destination,
        delete=delete,
        compare=compare,
        dry_run=dry_run,
        progress=progress,
        to=to._with(write_options) if to else None,  # noqa: SLF001 - another S3
    )
