"""Makes one folder like another: local to S3, S3 to local, S3 to S3; by content, with a plan, deletions last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from oseberg.s3utils._bulk import Job, run_jobs
from oseberg.s3utils._copy import copy, same_content
from oseberg.s3utils._digest import by_etag, rule_of
from oseberg.s3utils._fast import Fetcher
from oseberg.s3utils._listing import list_objects
from oseberg.s3utils._local import local_files
from oseberg.s3utils._parallel import run
from oseberg.s3utils._paths import Tree
from oseberg.s3utils._remove import delete_objects
from oseberg.s3utils._report import S3Object, Transfer, TransferFailure, TransferReport, finish
from oseberg.s3utils._translate import local_error, translated
from oseberg.s3utils._upload import upload
from oseberg.s3utils._url import S3Url
from oseberg.s3utils.errors import GuardRefused, InvalidUrl, S3Error, UnsafeKey

if TYPE_CHECKING:
    from datetime import datetime

    from oseberg.s3utils._connection import Connection
    from oseberg.s3utils._progress import ProgressChoice

Compare = Literal["checksum", "size", "time"]
Place = S3Url | Path
_TICK = timedelta(seconds=1)  # stores tell whole seconds


@dataclass(frozen=True)
class Entry:
    """A file on one of the sides."""

    place: S3Object | Path
    size: int
    modified: datetime


def sync(
    connection: Connection,
    source: Place,
    destination: Place,
    *,
    delete: bool,
    compare: Compare,
    dry_run: bool,
    progress: ProgressChoice,
) -> TransferReport:
    """Plan, then do it, then delete what is only at the destination."""
    if compare not in get_args(Compare):
        raise ValueError(f"compare is one of {', '.join(get_args(Compare))}, not {compare!r}.")
    _refuse_overlap(source, destination)
    report = TransferReport(dry_run=dry_run)
    wanted = _entries(connection, source, report)
    present = _entries(connection, destination, TransferReport(), is_destination=True)
    surplus = sorted(present.keys() - wanted.keys()) if delete else []
    if surplus and not wanted:
        raise GuardRefused(
            f"Won't empty {destination}: {source} holds nothing at all. Check its name; delete_tree removes a folder.",
            operation="sync",
        )
    targets = _targets(wanted, destination, report)
    fetcher = Fetcher(connection)
    jobs = [
        _job(connection, fetcher, wanted[name], targets[name])
        for name in _changed(connection, {name: wanted[name] for name in targets}, present, compare, report)
    ]
    if dry_run:
        report.transfers = [job.plan for job in jobs]
        report.transfers += [_deletion(present[name]) for name in surplus]
        return finish(report, "sync")
    workers = fetcher.workers if isinstance(destination, Path) else connection.workers
    run_jobs(workers, jobs, report, progress, "sync")
    _delete(connection, [present[name] for name in surplus], report)
    return finish(report, "sync")


def _refuse_overlap(source: Place, destination: Place) -> None:
    if isinstance(source, S3Url) and isinstance(destination, S3Url):
        one, other = str(source.folder), str(destination.folder)
        if one.startswith(other) or other.startswith(one):
            raise GuardRefused(f"Won't sync {source} with {destination}: one lies in the other.", operation="sync")
    elif not isinstance(source, S3Url) and not isinstance(destination, S3Url):
        raise InvalidUrl(f"One of {source} and {destination} must be an s3:// URL.", operation="sync")


def _entries(
    connection: Connection, place: Place, report: TransferReport, *, is_destination: bool = False
) -> dict[str, Entry]:
    if isinstance(place, S3Url):
        prefix = place.folder.key
        return {
            item.key.removeprefix(prefix): Entry(item, item.size, item.modified)
            for item in list_objects(connection, place)
            if not item.is_folder_marker
        }
    if is_destination and not place.exists():
        return {}
    # Through a link at the destination a deletion would reach files that lie elsewhere.
    files = local_files(place, report, through_links=not is_destination)
    return {file.name: Entry(file.path, file.size, file.modified) for file in files}


def _changed(
    connection: Connection,
    wanted: dict[str, Entry],
    present: dict[str, Entry],
    compare: Compare,
    report: TransferReport,
) -> list[str]:
    """Name what must be moved; equal pairs are counted, pairs that can't be compared are failures."""

    def is_same(name: str) -> bool:
        return name in present and _same(connection, wanted[name], present[name], compare)

    changed = []
    for name, future in run(connection.workers, is_same, wanted):
        try:
            if future.result():
                report.unchanged += 1
            else:
                changed.append(name)
        except S3Error as error:
            report.failures.append(TransferFailure(_label(wanted[name]), error))
    return sorted(changed)


def _same(connection: Connection, wanted: Entry, present: Entry, compare: Compare) -> bool:
    if wanted.size != present.size:
        return False
    if compare == "size":
        return True
    if compare == "time":
        return wanted.modified < present.modified + _TICK
    match wanted.place, present.place:
        case S3Object() as one, S3Object() as other:
            return _same_objects(connection, one, other)
        case (S3Object() as item, Path() as path) | (Path() as path, S3Object() as item):
            return _same_as_file(connection, item, path)
        case _:  # pragma: no cover - sync() refuses two local folders
            raise TypeError(wanted, present)


def _same_objects(connection: Connection, one: S3Object, other: S3Object) -> bool:
    if one.etag == other.etag:
        return True
    return same_content(connection.head(one.url), connection.head(other.url)) is not None


def _same_as_file(connection: Connection, item: S3Object, path: Path) -> bool:
    """Compare by the listed ETag; ask for checksums only if that doesn't settle it."""
    with translated(item.url, "compare"), path.open("rb") as file:
        listed = by_etag({"ETag": item.etag}, item.size)
        if listed and listed.accepts(file):
            return True
        rule = rule_of(connection.head(item.url), item.size)
        # Parts of unusual sizes are taken for a change: moving the file again is safe, and cheaper than asking for all.
        return rule.layout != "size" and rule.accepts(file)


def _targets(wanted: dict[str, Entry], destination: Place, report: TransferReport) -> dict[str, Place]:
    """Give each file its place at the destination; what can't have one is a failure."""
    targets: dict[str, Place] = {}
    tree = Tree(destination) if isinstance(destination, Path) else None
    for name, entry in sorted(wanted.items()):
        try:
            targets[name] = tree.claim(name, _label(entry), entry.size) if tree else _as_url(destination) / name
        except (InvalidUrl, UnsafeKey) as error:
            report.failures.append(TransferFailure(_label(entry), error))
    return targets


def _job(connection: Connection, fetcher: Fetcher, entry: Entry, target: Place) -> Job:
    place = entry.place
    if isinstance(place, Path):
        url = _as_url(target)
        return Job(Transfer("upload", url, place, entry.size), partial(upload, connection, place, url))
    if isinstance(target, S3Url):
        return Job(Transfer("copy", target, None, entry.size), partial(copy, connection, place.url, target))
    return Job(Transfer("download", place.url, target, entry.size), partial(fetcher.fetch, place, target))


def _as_url(place: Place) -> S3Url:
    if isinstance(place, Path):
        raise TypeError(place)  # pragma: no cover - sync() refuses two local folders
    return place


def _label(entry: Entry) -> S3Url | str:
    return entry.place.url if isinstance(entry.place, S3Object) else str(entry.place)


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
                entry.place.unlink()
            except OSError as error:
                report.failures.append(TransferFailure(str(entry.place), local_error(error, None, "delete")))
            else:
                report.transfers.append(_deletion(entry))
