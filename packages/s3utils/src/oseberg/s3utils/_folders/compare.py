"""Compares two folders: which files differ, by content or by the attributes that the caller chooses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._copies.copy import same_content
from oseberg.s3utils._parallel import run
from oseberg.s3utils._results.objects import S3Object
from oseberg.s3utils._results.report import TransferFailure, TransferReport
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.listing import list_objects
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._transfer.local_files import local_files
from oseberg.s3utils._verify.digest import by_etag, rule_of
from oseberg.s3utils.errors import S3Error

if TYPE_CHECKING:
    from datetime import datetime

Compare = Literal["checksum", "size", "time"]
Place = S3Url | Path
_TICK = timedelta(seconds=1)  # stores report whole seconds


@dataclass(frozen=True)
class Entry:
    """A file on one of the sides."""

    place: S3Object | Path
    size: int
    modified: datetime

    @property
    def label(self) -> S3Url | str:
        """The name of the file in a report."""
        return self.place.url if isinstance(self.place, S3Object) else str(self.place)


def entries_of(
    connection: Connection, place: Place, report: TransferReport, *, is_destination: bool = False
) -> dict[str, Entry]:
    """List the files of a folder by their names below it; unreadable ones go to the report."""
    if isinstance(place, S3Url):
        prefix = place.folder.key
        return {
            item.key.removeprefix(prefix): Entry(item, item.size, item.modified)
            for item in list_objects(connection, place)
            if not item.is_folder_marker
        }
    if is_destination and not place.exists():
        return {}
    # Through a link at the destination a deletion would reach files elsewhere.
    files = local_files(place, report, through_links=not is_destination)
    return {file.name: Entry(file.path, file.size, file.modified) for file in files}


def changed(
    stores: tuple[Connection, Connection],
    wanted: dict[str, Entry],
    present: dict[str, Entry],
    compare: Compare,
    report: TransferReport,
) -> list[str]:
    """Return the files to transfer; equal pairs are counted, pairs that can't be compared are failures.

    Args:
        stores: Those of the source and of the destination.
        wanted: The files of the source.
        present: The files of the destination.
        compare: How to compare.
        report: What failures are added to.

    Returns:
        The names, sorted.
    """
    connection = stores[0]

    def is_same(name: str) -> bool:
        return name in present and _same(stores, wanted[name], present[name], compare)

    names = []
    for name, outcome in run(connection.workers, is_same, wanted):
        try:
            if outcome.result():
                report.unchanged += 1
            else:
                names.append(name)
        except S3Error as error:
            report.failures.append(TransferFailure(wanted[name].label, error))
    return sorted(names)


def _same(stores: tuple[Connection, Connection], wanted: Entry, present: Entry, compare: Compare) -> bool:
    if wanted.size != present.size:
        return False
    if compare == "size":
        return True
    if compare == "time":
        return wanted.modified < present.modified + _TICK
    match wanted.place, present.place:
        case S3Object() as one, S3Object() as other:
            return _same_objects(stores, one, other)
        case S3Object() as item, Path() as path:
            return _same_as_file(stores[0], item, path)
        case Path() as path, S3Object() as item:
            return _same_as_file(stores[1], item, path)
        case _:  # pragma: no cover - sync() refuses two local folders
            raise TypeError(wanted, present)


def _same_objects(stores: tuple[Connection, Connection], one: S3Object, other: S3Object) -> bool:
    if one.etag == other.etag:
        return True
    return same_content(stores[0].head(one.url), stores[1].head(other.url)) is not None


def _same_as_file(connection: Connection, item: S3Object, path: Path) -> bool:
    """Compare by the listed ETag; ask for checksums only if that doesn't settle it."""
    with translated(item.url, "compare"), path.open("rb") as file:
        listed = by_etag({"ETag": item.etag}, item.size)
        if listed and listed.accepts(file):
            return True
        rule = rule_of(connection.head(item.url), item.size)
        # Parts of unusual sizes are taken for a change: moving the file again is safe, and cheaper than asking for all.
        return rule.layout != "size" and rule.accepts(file)
