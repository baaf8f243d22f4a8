"""Downloads one object to one local file: verified, resumed after a broken connection, never half written."""

from __future__ import annotations

import io
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.exceptions import IncompleteReadError

from oseberg.s3utils._address.paths import Tree
from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._parallel import run
from oseberg.s3utils._results.objects import S3Object, described
from oseberg.s3utils._results.report import Transfer
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._store.translate import translated
from oseberg.s3utils._transfer.local_files import whole_file
from oseberg.s3utils._verify.digest import CHUNK, MIB, SIZE_ONLY, Rule, new_hasher, rule_of
from oseberg.s3utils._verify.part_sizes import look_again
from oseberg.s3utils.errors import (
    ChangedDuringRead,
    ConnectionFailed,
    NotFound,
    NotSupported,
    PreconditionFailed,
    TruncatedTransfer,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

Tick: TypeAlias = "Callable[[int], object]"
_Fill: TypeAlias = "Callable[[Connection, S3Url, dict[str, Any], BinaryIO, Rule, Tick], bool]"
IN_SEGMENTS = 16 * MIB  # above this in several ranges at once
SEGMENT = 8 * MIB
_TRIES = 5
_PAUSE = 0.1  # seconds before the first resumption, doubled each time


def download(
    connection: Connection,
    source: S3Url | S3Object,
    path: Path,
    *,
    verify: bool = True,
    through_link: bool = False,
    tick: Callable[[int], object] = lambda _: None,
) -> Transfer:
    """Fetch one object. With an S3Object, only as it was when it was listed.

    Args:
        connection: The store.
        source: The object.
        path: The file.
        verify: Whether to compare the content with the store's checksum or ETag.
        through_link: Whether `path` is the caller's own choice, so that a symbolic link there stays one.
        tick: Called with the number of bytes that have arrived since, for objects that are fetched in ranges.

    Returns:
        What was written, and by what it was verified.
    """
    into = Into(path=path, verify=verify, through_link=through_link, tick=tick)
    if isinstance(source, S3Url) or source.size > IN_SEGMENTS:
        return _download_described(connection, source, into)
    return _into_file(connection, source.url, get(connection, source.url, etag=source.etag), into, _fill)


@dataclass(frozen=True, kw_only=True)
class Into:
    """The local end of a download.

    Attributes:
        path: The file.
        verify: Whether to compare the content with the store's checksum or ETag.
        through_link: Whether a symbolic link at `path` stays one.
        tick: Called with the number of bytes that have arrived since, for objects that are fetched in ranges.
    """

    path: Path
    verify: bool
    through_link: bool
    tick: Callable[[int], object]


def _download_described(connection: Connection, source: S3Url | S3Object, into: Into) -> Transfer:
    """Fetch after asking for the description: a large object is read in ranges, so no stream is begun."""
    url, listed = (source.url, source.etag) if isinstance(source, S3Object) else (source, None)
    head = connection.head(url)
    etag = head["ETag"].strip('"')
    if listed and listed != etag:
        raise _changed(url)
    if head["ContentLength"] > IN_SEGMENTS and connection.workers > 1:
        return _into_file(connection, url, head, into, _fill_in_segments)
    return _into_file(connection, url, get(connection, url, etag=etag), into, _fill)


def _into_file(connection: Connection, url: S3Url, answer: dict[str, Any], into: Into, fill: _Fill) -> Transfer:
    size = int(answer["ContentLength"])
    rule = rule_of(answer, size) if into.verify else SIZE_ONLY
    with whole_file(into.path, url, modified=answer["LastModified"], through_link=into.through_link) as file:
        good = fill(connection, url, answer, file, rule, into.tick)
        by = rule.name if good else look_again(connection, url, answer, file)
    return Transfer("download", url, into.path, size, by if into.verify else "")


def _fill(connection: Connection, url: S3Url, first: dict[str, Any], file: BinaryIO, rule: Rule, _: Tick) -> bool:
    """Write an object to a file, in one stream; return whether the content is right."""
    whole = rule.layout == "whole"
    digest = _write(stream(connection, url, first, int(first["ContentLength"])), file, rule.algorithm if whole else "")
    return digest == rule.expected if whole else rule.accepts(file)


def _fill_in_segments(
    connection: Connection, url: S3Url, first: dict[str, Any], file: BinaryIO, rule: Rule, tick: Tick
) -> bool:
    """Write a large object to a file, in parallel ranges that are digested on the way where possible."""
    size, etag = int(first["ContentLength"]), first["ETag"].strip('"')
    length = rule.segment or SEGMENT

    def fetch(start: int) -> tuple[bytes, int]:
        stop = min(start + length, size)
        answer = get(connection, url, etag=etag, span=(start, stop))
        with Path(file.name).open("r+b") as place:
            place.seek(start)
            chunks = stream(connection, url, answer, stop - start, start)
            digest = _write(chunks, place, rule.algorithm if rule.segment is not None else "")
        tick(stop - start)
        return digest, stop - start

    pieces = {start: outcome.result() for start, outcome in run(connection.workers, fetch, range(0, size, length))}
    good = rule.segment is not None and rule.accepts_pieces([pieces[at] for at in sorted(pieces)])
    return good or rule.accepts(file)


def _write(chunks: Iterator[bytes], file: BinaryIO, algorithm: str) -> bytes:
    """Write chunks to a file and return their digest, if one is requested."""
    hasher = new_hasher(algorithm) if algorithm else None
    for chunk in chunks:
        file.write(chunk)
        if hasher:
            hasher.update(chunk)
    return hasher.digest() if hasher else b""


def read(connection: Connection, url: S3Url) -> tuple[S3Object, bytes]:
    """Fetch one object into memory, verified, with its description."""
    answer, data = read_answer(connection, url)
    return described(answer, url), data


def read_answer(connection: Connection, url: S3Url) -> tuple[dict[str, Any], bytes]:
    """Fetch one object into memory, verified, with the store's whole answer."""
    first = get(connection, url)
    size = int(first["ContentLength"])
    content = io.BytesIO()
    for chunk in stream(connection, url, first, size):
        content.write(chunk)
    if not rule_of(first, size).accepts(content):
        look_again(connection, url, first, content)
    return first, content.getvalue()


def get(
    connection: Connection, url: S3Url, *, etag: str | None = None, span: tuple[int, int] | None = None
) -> dict[str, Any]:
    """Request an object or a range of its bytes, only if its ETag is still the given one.

    Raises:
        ChangedDuringRead: It isn't. Stores that ignore If-Match are caught by the answer's ETag.
        NotSupported: The store ignores ranges.
    """
    try:
        answer = connection.call(
            "get_object",
            url.require_key("read"),
            "read",
            IfMatch=f'"{etag}"' if etag else None,
            Range=f"bytes={span[0]}-{span[1] - 1}" if span else None,
            ChecksumMode=None if span else "ENABLED",
        )
    except PreconditionFailed as error:
        raise _changed(url) from error
    except NotFound as error:
        if etag:
            raise _changed(url) from error
        raise
    if etag and answer["ETag"].strip('"') != etag:
        answer["Body"].close()
        raise _changed(url)
    if span and answer["ContentLength"] != span[1] - span[0]:
        answer["Body"].close()
        message = f"Can't read {url}: the store ignores ranges, and sent the whole object."
        raise NotSupported(message, url=url, operation="read")
    return answer


def stream(connection: Connection, url: S3Url, first: dict[str, Any], size: int, start: int = 0) -> Iterator[bytes]:
    """Yield `size` bytes from `start` on, beginning with an open answer; resume after each break.

    Raises:
        TruncatedTransfer: It broke too often.
        ChangedDuringRead: The object was replaced between two attempts.
    """
    etag = first["ETag"].strip('"')
    done, failures, answer = 0, 0, first
    if not size:
        first["Body"].read()  # there is nothing to read, but only reading gives the connection back
    while done < size:
        try:
            with translated(url, "read"):
                while done < size and (chunk := answer["Body"].read(min(CHUNK, size - done))):
                    done += len(chunk)
                    yield chunk
                if done < size:
                    raise IncompleteReadError(actual_bytes=done, expected_bytes=size)
        except (TruncatedTransfer, ConnectionFailed):
            answer["Body"].close()
            failures += 1
            if failures == _TRIES:
                raise
            time.sleep(_PAUSE * 2**failures)
            answer = get(connection, url, etag=etag, span=(start + done, start + size))


def _changed(url: S3Url) -> ChangedDuringRead:
    message = f"Can't read {url}: it was replaced or removed meanwhile; list or read it again."
    return ChangedDuringRead(message, url=url, operation="read")


def download_to(
    connection: Connection, source: S3Url | S3Object, path: str | Path, *, verify: bool, tick: Tick
) -> Transfer:
    """Fetch one object to a file, or into a folder under the object's own name; see `download`."""
    target, is_chosen = local_target(source, path)
    return download(connection, source, target, verify=verify, through_link=is_chosen, tick=tick)


def local_target(source: S3Url | S3Object, path: str | Path) -> tuple[Path, bool]:
    """Find out which file a download writes.

    Args:
        source: The object.
        path: The file, or a folder (existing, or ending in a slash) for the object's own name.

    Returns:
        The file, and whether it is the caller's own choice.
    """
    url = source.url if isinstance(source, S3Object) else source
    with translated(url, "download"):
        is_folder = str(path).endswith(("/", os.sep)) or Path(path).is_dir()
    return (Tree(path).claim(url.name, url), False) if is_folder else (Path(path), True)
