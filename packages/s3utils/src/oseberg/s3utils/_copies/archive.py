"""Copies that never overwrite: equal content counts as done, other content is an error or gets another name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._copies.copy import copy
from oseberg.s3utils._copies.same import same_as_file, same_as_object
from oseberg.s3utils._results.report import Transfer
from oseberg.s3utils._store.conditions import Condition
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._transfer.upload import upload
from oseberg.s3utils.errors import AlreadyExists, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OnConflict: TypeAlias = Literal["error", "version"]
_PACKED = {".gz", ".bz2", ".xz", ".zst"}  # endings that come after another one, which says what is inside
_ABSENT = Condition(if_absent=True)


def archive(
    connection: Connection,
    source: S3Url | Path,
    target: S3Url,
    on_conflict: OnConflict,
    *,
    dry_run: bool = False,
    tick: Callable[[int], object] = lambda _: None,
) -> Transfer:
    """Copy an object or a local file to a name that does not have other content.

    Args:
        connection: The store.
        source: The object or the file.
        target: Where to; a URL that ends in a slash gets the source's own name.
        on_conflict: `error`, or `version` for a name with `.v2`, `.v3`, …
        dry_run: Only say what would be done.
        tick: Called with the number of bytes of each part that was sent.

    Returns:
        What was copied; with the action `unchanged` where it was there already.

    Raises:
        AlreadyExists: There is other content.
    """
    if on_conflict not in get_args(OnConflict):
        raise ValueError(f"on_conflict must be one of {', '.join(get_args(OnConflict))}, not {on_conflict!r}.")
    target = target.named(source.name).require_key("archive to")
    names: Iterator[S3Url] = _names(target)
    name, size = next(names), _size(connection, source, target)
    path = source if isinstance(source, Path) else None
    while True:
        if by := _compared(connection, source, name):
            if by != "different":
                return Transfer("unchanged", name, path, size, by)
            if on_conflict == "error":
                message = f"Can't archive {source}: {name} exists with other content. Nothing was written."
                raise AlreadyExists(message, url=name, operation="archive")
            name = next(names)
        elif dry_run:
            return Transfer("copy" if path is None else "upload", name, path, size)
        else:
            try:
                if isinstance(source, Path):
                    return upload(connection, source, name, _ABSENT, tick)
                return copy(connection, source, name, _ABSENT, tick=tick)
            except AlreadyExists:
                continue  # another writer was faster: what it wrote is compared


def _size(connection: Connection, source: S3Url | Path, target: S3Url) -> int:
    if isinstance(source, S3Url):
        return int(connection.head(source, "archive")["ContentLength"])
    with translated(target, f"archive {source} to"):
        return source.stat().st_size


def _compared(connection: Connection, source: S3Url | Path, name: S3Url) -> str:
    """Return what shows that the object of this name equals the source, `different`, or nothing if it is missing."""
    try:
        head = connection.head(name, "archive to")
    except NotFound as error:
        if type(error) is not NotFound:
            raise
        return ""
    if isinstance(source, Path):
        return same_as_file(connection, name, head, source) or "different"
    return same_as_object(connection, source, name, head) or "different"


def _names(target: S3Url) -> Iterator[S3Url]:
    yield target
    stem, dot, ending = target.name.rpartition(".")
    if f".{ending}" in _PACKED and "." in stem:
        stem, _, inner = stem.rpartition(".")
        ending = f"{inner}.{ending}"
    if not stem:
        stem, dot, ending = target.name, "", ""
    number = 2
    while True:
        yield target.parent / f"{stem}.v{number}{dot}{ending}"
        number += 1
