"""Methods on stored objects: copies, archives, deletions and audits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._copies import archive as archive_room
from oseberg.s3utils._copies import copy as copy_room
from oseberg.s3utils._copies import relay
from oseberg.s3utils._copies.archive import OnConflict
from oseberg.s3utils._folders import audit as audit_room
from oseberg.s3utils._folders import bulk, sync
from oseberg.s3utils._folders.audit import Audited
from oseberg.s3utils._folders.meter import ProgressChoice
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer, TransferReport
from oseberg.s3utils._store import description, removal, versions
from oseberg.s3utils._store.conditions import Condition
from oseberg.s3utils._store.description import RestoreState, RestoreTier
from oseberg.s3utils._verbs.front import Front, Options

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from pathlib import Path


def copy(
    self: Front,
    source: str | S3Url,
    target: str | S3Url,
    *,
    if_absent: bool = False,
    if_match: str | None = None,
    version_id: str | None = None,
    write_options: Options = None,
    to: Front | None = None,
) -> Transfer:
    """Copy an object within the store (over 5 GB in parts) or to another one, and compare the copy with it.

    The copy has the metadata, tags, storage class and KMS key of its source, and what this S3 writes with over
    them; it does not have the source's ACL.

    Args:
        source: The object.
        target: Where to; a URL that ends in a slash gets the object's own name.
        if_absent: Only if it does not exist yet.
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
    return copy_room.copy(connection, S3Url(source), S3Url(target), condition)


def move(
    self: Front,
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
        if_absent: Only if it does not exist yet.
        if_match: Only if the object there has this ETag.
        write_options: As in `write_bytes`.

    Returns:
        What was copied, and by what it was verified.

    Raises:
        S3Error: As in `copy`, with nothing lost.
    """
    condition = Condition(if_absent, if_match)
    return copy_room.move(self._with(write_options), S3Url(source), S3Url(target), condition)


def archive(
    self: Front,
    source: str | Path | S3Url,
    target: str | S3Url,
    *,
    on_conflict: OnConflict = "error",
    dry_run: bool = False,
    write_options: Options = None,
    progress: ProgressChoice = False,
) -> Transfer:
    """Copy an object or a local file to an archive, where nothing is ever overwritten.

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
    keep = partial(archive_room.archive, self._with(write_options), sync.place_of(source), S3Url(target), on_conflict)
    return bulk.watched(progress, 0, lambda tick: keep(dry_run=dry_run, tick=tick))


def archive_all(
    self: Front,
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
        source: The folder or object in S3 (`s3://…`), or the local folder.
        target: The folder in S3 to copy to.
        on_conflict: As in `archive`.
        dry_run: Whether to return the plan and do nothing.
        write_options: As in `write_bytes`.
        progress: As in `download_all`.

    Returns:
        What was done; what was there already is counted as unchanged.

    Raises:
        PartialFailure: Some files failed, or exist with other content; the report names each.
        NotFound: There is nothing to archive.
    """
    connection, place = self._with(write_options), sync.place_of(source)
    return bulk.archive_all(connection, place, S3Url(target), on_conflict, dry_run=dry_run, progress=progress)


def undelete(self: Front, url: str | S3Url) -> S3Object:
    """Restore a deleted object in a bucket that keeps versions. Safe to repeat.

    Returns:
        The object as it is now.

    Raises:
        NotFound: The bucket keeps no version of it.
    """
    return versions.undelete(self._connection, S3Url(url))


def audit(
    self: Front, url: str | S3Url, *, ledger: Audited | None = None, progress: ProgressChoice = None
) -> TransferReport:
    """Read everything below a folder again, and compare it with the store's checksums.

    Args:
        url: The folder, or one object.
        ledger: A `Ledger` of its own for audits: what it has in its present state is skipped, so that an audit
            that was interrupted goes on; `ledger.forget(older_than=…)` makes old ones due again.
        progress: As in `download_all`.

    Returns:
        What was verified, and by what; what was skipped is counted as unchanged.

    Raises:
        PartialFailure: Some objects are damaged or can't be read; the report names each.
        NotFound: There is nothing to audit.
    """
    return audit_room.audit(self._connection, S3Url(url), ledger, progress)


def delete(self: Front, url: str | S3Url) -> None:
    """Delete one object; it need not exist.

    Raises:
        InvalidUrl: The URL is that of a whole bucket.
    """
    removal.delete(self._connection, S3Url(url))


def delete_tree(self: Front, url: str | S3Url, *, expect: int | None = None) -> TransferReport:
    """Delete everything below a folder, if the number of objects is the one that you state.

    Args:
        url: The folder; never a whole bucket.
        expect: How many objects; without it nothing is deleted, and the error names the number.

    Returns:
        A report with every deleted object.

    Raises:
        GuardRefused: Another number, or a whole bucket; nothing was deleted.
        PartialFailure: Some couldn't be deleted; the report names each.
    """
    return removal.delete_tree(self._connection, S3Url(url), expect=expect)


def restore(
    self: Front,
    url: str | S3Url,
    *,
    days: int = 7,
    tier: RestoreTier = "Standard",
    version_id: str | None = None,
) -> RestoreState:
    """Request an object in an archive tier; it can be read minutes to days later. Safe to repeat.

    Args:
        url: The object.
        days: How long it stays readable.
        tier: `Bulk` (cheapest, up to two days), `Standard` (hours) or `Expedited` (minutes, dear).
        version_id: A version that the bucket keeps; the newest unless given.

    Returns:
        `requested`, `in progress`, `restored` (it can be read now), or `not archived`.
    """
    return description.restore(self._connection.at_version(version_id), S3Url(url), days, tier)


def abort_stale_uploads(self: Front, url: str | S3Url, older_than: timedelta | datetime) -> list[S3Url]:
    """Abort multipart uploads below a folder that were never completed: they cost storage and are not listed.

    Args:
        url: The folder, or a whole bucket.
        older_than: Only those that began longer ago than this, or before this moment.

    Returns:
        The keys they were for.
    """
    return removal.abort_stale_uploads(self._connection, S3Url(url), older_than)
