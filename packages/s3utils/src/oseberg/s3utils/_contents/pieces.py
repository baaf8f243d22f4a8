"""Head, tail and streams of large objects: ranges instead of downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oseberg.s3utils._address.url import S3Url
from oseberg.s3utils._store.connection import Connection
from oseberg.s3utils._transfer.download import get, stream
from oseberg.s3utils._verify.digest import MIB, new_hasher, rule_of
from oseberg.s3utils.errors import ChecksumMismatch

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST = MIB // 16  # more than ten lines of most files; doubled until it is enough


def cat(connection: Connection, url: S3Url) -> Iterator[bytes]:
    """Yield an object's content; see `S3.cat`."""
    answer = get(connection, url)
    size = int(answer["ContentLength"])
    rule = rule_of(answer, size)
    hasher = new_hasher(rule.algorithm) if rule.layout == "whole" else None
    for chunk in stream(connection, url, answer, size):
        if hasher:
            hasher.update(chunk)
        yield chunk
    if hasher and hasher.digest() != rule.expected:
        message = f"Can't read {url}: the {rule.name} of the received bytes differs from the store's. Discard them."
        raise ChecksumMismatch(message, url=url, operation="read")


def head(connection: Connection, url: S3Url, lines: int, encoding: str) -> str:
    """Return the first lines; see `S3.head`."""
    size, etag = _size_and_tag(connection, url)
    length, data = 0, b""
    while data.count(b"\n") < lines and length < size:
        start, length = length, min(size, max(_FIRST, 2 * length))
        data += _range(connection, url, etag, start, length)
    return b"".join(data.splitlines(keepends=True)[:lines]).decode(encoding, errors="replace") if lines > 0 else ""


def tail(connection: Connection, url: S3Url, lines: int, encoding: str) -> str:
    """Return the last lines; see `S3.tail`."""
    size, etag = _size_and_tag(connection, url)
    length, data = 0, b""
    # One line break more: the one before the first line that is wanted; the last line may end in one or not.
    while data.removesuffix(b"\n").count(b"\n") < lines and length < size:
        stop, length = size - length, min(size, max(_FIRST, 2 * length))
        data = _range(connection, url, etag, size - length, stop) + data
    return b"".join(data.splitlines(keepends=True)[-lines:]).decode(encoding, errors="replace") if lines > 0 else ""


def _size_and_tag(connection: Connection, url: S3Url) -> tuple[int, str]:
    answer = connection.head(url)
    return int(answer["ContentLength"]), answer["ETag"].strip('"')


def _range(connection: Connection, url: S3Url, etag: str, start: int, stop: int) -> bytes:
    """Read a range of the object in one fixed state."""
    answer = get(connection, url, etag=etag, span=(start, stop))
    return b"".join(stream(connection, url, answer, stop - start, start))
