"""Makes one folder like another: local to S3, S3 to local, S3 to S3; by content, planned, deletions last."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import get_args

from oseberg.s3utils._address.paths import Tree
from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._copies.copy import copy
from oseberg.s3utils._copies.relay import relay
from oseberg.s3utils._folders.bulk import Job, Tick, remove_leftovers, run_jobs
from oseberg.s3utils._folders.carrier import Carrier
from oseberg.s3utils._folders.compare import Compare, Entry, Place, changed, entries_of
from oseberg.s3utils._folders.meter import ProgressChoice
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import Transfer, TransferFailure, TransferReport, finish
from oseberg.s3utils._store.conditions import ALWAYS
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.removal import delete_objects
from oseberg.s3utils._store.translate import local_error
from oseberg.s3utils.errors import ArchivedObject, GuardRefused, InvalidUrl, PartialFailure, S3Error, UnsafeKey


def sync(
    connection: Connection,
    source: str | Place,
    destination: str | Place,
    *,
    delete: bool,
    compare: Compare,
    dry_run: bool,
    progress: ProgressChoice,
    to: Connection | None = None,
) -> TransferReport:
    """Plan and transfer, then delete files that are only at the destination; see `S3.sync`."""
    other = to or connection
    if compare not in get_args(Compare):
        raise ValueError(f"compare must be one of {', '.join(get_args(Compare))}, not {compare!r}.")
    source, destination = place_of(source), place_of(destination)
    if to is None:  # in two stores the same address is two places
        _refuse_overlap(source, destination)
    report = TransferReport(dry_run=dry_run)
    wanted = entries_of(connection, source, report)
    if not wanted and isinstance(source, S3Url):
        _refuse_object(connection, source)
    present = entries_of(other, destination, TransferReport(), is_destination=True)
    surplus = sorted(present.keys() - wanted.keys()) if delete else []
    if surplus and not wanted:
        raise GuardRefused(
            f"Won't empty {destination}: {source} holds nothing at all. Check its name; delete_tree removes a folder.",
            operation="sync",
        )
    targets = _targets(wanted, destination, report)
    carrier = Carrier(connection if isinstance(destination, Path) else other)
    jobs = [
        _job(connection, to, carrier, wanted[name], targets[name])
        for name in changed((connection, other), {name: wanted[name] for name in targets}, present, compare, report)
    ]
    if dry_run:
        report.transfers = [job.plan for job in jobs]
        report.transfers += [_deletion(present[name]) for name in surplus]
        return finish(report, "sync")
    if isinstance(destination, Path):
        remove_leftovers(jobs)
    is_local = isinstance(source, Path) or isinstance(destination, Path)
    workers = carrier.workers if is_local else connection.workers
    try:
        run_jobs(workers, jobs, report, progress, "sync")
    except PartialFailure:
        # An object in an archive tier can't be read, perhaps for years; it is at the source, so that no deletion is
        # about it. Any other failure keeps everything at the destination.
        if not all(isinstance(failure.error, ArchivedObject) for failure in report.failures):
            raise
    _delete(other, [present[name] for name in surplus], report)
    return finish(report, "sync")


def place_of(place: str | Place) -> Place:
    """Return the URL or the local path that a text names."""
    if isinstance(place, Path):
        return place
    return S3Url(place) if str(place).lower().startswith("s3://") else Path(str(place))


def _refuse_overlap(source: Place, destination: Place) -> None:
    if isinstance(source, S3Url) and isinstance(destination, S3Url):
        one, other = str(source.folder), str(destination.folder)
        if one.startswith(other) or other.startswith(one):
            raise GuardRefused(f"Won't sync {source} with {destination}: one is inside the other.", operation="sync")
    elif not isinstance(source, S3Url) and not isinstance(destination, S3Url):
        raise InvalidUrl(f"One of {source} and {destination} must be an s3:// URL.", operation="sync")


def _refuse_object(connection: Connection, source: S3Url) -> None:
    """Refuse a file's URL in place of a folder's: with nothing below it, the call would silently do nothing."""
    if not source.key or source.key.endswith("/"):
        return
    try:
        connection.head(source, "sync")
    except S3Error:
        return  # missing, or not visible to this account
    message = f"Can't sync {source}: it is an object, not a folder. Use download or copy."
    raise InvalidUrl(message, url=source, operation="sync")


def _targets(wanted: dict[str, Entry], destination: Place, report: TransferReport) -> dict[str, Place]:
    """Return each file's place at the destination; names that can't have one are failures."""
    targets: dict[str, Place] = {}
    tree = Tree(destination) if isinstance(destination, Path) else None
    for name, entry in sorted(wanted.items()):
        try:
            targets[name] = tree.claim(name, entry.label, entry.size) if tree else _as_url(destination) / name
        except (InvalidUrl, UnsafeKey) as error:
            report.failures.append(TransferFailure(entry.label, error))
    return targets


def _job(connection: Connection, to: Connection | None, carrier: Carrier, entry: Entry, target: Place) -> Job:
    place = entry.place
    if isinstance(place, Path):
        url = _as_url(target)
        return Job(Transfer("upload", url, place, entry.size), partial(carrier.send, place, url, entry.size, ALWAYS))
    if isinstance(target, S3Url):
        return Job(
            Transfer("copy", target, None, entry.size),
            partial(_copied, connection, to, place.url, target),
            to is not None,
        )
    return Job(Transfer("download", place.url, target, entry.size), partial(carrier.fetch, place, target))


def _copied(connection: Connection, to: Connection | None, source: S3Url, target: S3Url, tick: Tick) -> Transfer:
    if to is not None:
        return relay(connection, to, source, target, tick=tick)
    return copy(connection, source, target, tick=tick)


def _as_url(place: Place) -> S3Url:
    if isinstance(place, Path):
        raise TypeError(place)  # pragma: no cover - sync() refuses two local folders
    return place


def _deletion(entry: Entry) -> Transfer:
    if isinstance(entry.place, S3Object):
        return Transfer("delete", entry.place.url, None, entry.size)
    return Transfer("delete", None, entry.place, entry.size)


def _delete(connection: Connection, entries: list[Entry], report: TransferReport) -> None:
    objects = [entry.place for entry in entries if isinstance(entry.place, S3Object)]
    deleted = delete_objects(connection, objects)
    report.transfers += deleted.transfers
    report.failures += deleted.failures
    for entry in entries:
        if isinstance(entry.place, Path):
            try:
                entry.place.unlink(missing_ok=True)  # another sync may have been faster
            except OSError as error:
                report.failures.append(TransferFailure(str(entry.place), local_error(error, None, "delete")))
            else:
                report.transfers.append(_deletion(entry))
